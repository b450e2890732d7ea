"""The gallery: a thumbnail of every data set, made from a handful of examples."""

from __future__ import annotations

from collections.abc import Callable

from dgm_studio.contract import Work, rng_for
from dgm_studio.data.thumbnail import thumbnail
from dgm_studio.protocol import messages as m

from .. import catalogue


def thumbnails(size: int, emit: Callable[[m.Event], None]) -> Work[None]:
    """Tell a `Thumbnail` for every data set that can be previewed, one a slice."""
    for source in catalogue.sources().values():
        if source.preview is not None:
            emit(m.Thumbnail("", 0, source.name, thumbnail(source.preview(rng_for(0, 5)), size)))
            yield
