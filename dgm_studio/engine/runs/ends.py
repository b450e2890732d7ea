"""The ends of a run that goes from one data set to another: the examples of either, in the units of the data."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from dgm_studio.contract import DataSet, DataSpec, ExamplePool, Units, rng_for
from dgm_studio.language import tr
from dgm_studio.nets.kmeans import kmeans, nearest

from ..errors import UserError

_POOL = 10_000
"""Examples kept of a set that never ends."""
_PARTS = 6
"""Parts of points that have no classes, by which it is seen where they go."""
_SEED = 55


def between(spec: DataSpec, data: DataSet, source: DataSet, units: Units) -> DataSpec:
    """What a model of ``spec`` learns of the data, with both ends. Raises UserError where examples are not of one shape."""
    if source.spec.event != data.spec.event:
        raise UserError(
            tr(
                "Samples cannot start from {name}: it has {shaped}, and {name_2} has {shaped_2}. Choose "
                "two data sets whose examples have one shape.",
                name=source.name,
                shaped=_shaped(source.spec),
                name_2=data.name,
                shaped_2=_shaped(data.spec),
            )
        )
    return replace(spec, source=_pool(source, units), target=_pool(data, units))


def _pool(data: DataSet, units: Units) -> ExamplePool:
    examples = data.train if data.fresh is None else data.fresh(_POOL, rng_for(0, _SEED))
    exact = data.log_density

    def log_density(x: Tensor) -> Tensor:
        assert exact is not None
        nats = exact(units.to_data(x)) + units.log_volume(data.spec.size)
        return nats.to(x)

    parts = data.spec.classes
    if not parts and not data.spec.is_image and len(examples) >= _PARTS:
        x = units.to_model(examples.x)
        centres = kmeans(x, _PARTS, rng_for(0, _SEED, 1))
        centres = centres[centres[:, 0].argsort()]
        examples = replace(examples, label=nearest(x, centres))
        parts = tuple(f"part {i + 1}" for i in range(_PARTS))
    return ExamplePool(data.name, examples, units, parts, None if exact is None else log_density)


def _shaped(spec: DataSpec) -> str:
    if not spec.is_image:
        return "points"
    channels, height, width = spec.event
    return tr(
        "{word} images of {width} x {height} pixels",
        word="colour" if channels == 3 else "grey",
        width=width,
        height=height,
    )
