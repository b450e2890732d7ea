"""The verb gallery: a trained model that comes with the program, as a file of one's own."""

from __future__ import annotations

from pathlib import Path

from dgm_studio import atomic
from dgm_studio.api.job import BadInput
from dgm_studio.studio.files.exhibits import exhibits
from dgm_studio.studio.wording import nearest

from .job import result
from .output import check_target


def write_exhibit(name: str, out: Path | None, as_json: bool) -> None:
    """Copy an exhibit; see `dgm-studio gallery --help`. Raises BadInput for a name that there is not."""
    found = {each.name: each for each in exhibits()}
    if name not in found:
        raise BadInput(f"There is no {name!r} in the gallery.{nearest(name, list(found))} `list gallery` has all.")
    path = Path(f"{name}.dgm") if out is None else out
    check_target(path, (".dgm",))
    exhibit = found[name]
    atomic.write(path, exhibit.path.read_bytes())
    told = {"out": str(path), "title": exhibit.title, "step": exhibit.step, "bytes": exhibit.size}
    result(told, as_json, f"{exhibit.title}: wrote {path}. {exhibit.tip}")
