"""A walk on the latent plane, filmed: the point goes its way, and the picture beside it is what is decoded there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array, Extent
from dgm_studio.studio.film.choice import BadFilm, FilmChoice
from dgm_studio.studio.film.offstage import Offstage
from dgm_studio.studio.studio import Studio

from ..images.latent_plane import Plane
from .scenes import Scene
from .stage import Stage

_ROUND = 0.6
"""Of the plane: how far from its middle a walk goes around it."""


class LatentScene(Scene):
    """The plane of latents with its manifold, its point, and the picture of it."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__()
        self._studio, self.slot = studio, slot
        self.plane = Plane(asks=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plane)

    @property
    def parts(self) -> list[QWidget]:
        return [self.plane]

    def ask(self, t: float) -> None:
        self._studio.look(frozenset({"latent"}), slot=self.slot)

    def lags(self, t: float, step: int) -> bool:
        latents = self._studio.runs[self.slot].latents
        return latents is None or latents.shown_step != step

    def show_latents(self) -> m.Latents:
        """Take what the engine has mapped; it is there once nothing `lags`."""
        run = self._studio.runs[self.slot]
        assert run.latents is not None
        assert run.opened is not None
        self.plane.show_latents(run.latents, run.opened.info.classes)
        return run.latents

    def show_point(self, place: Array, image: Array) -> None:
        """The point at a place (2,) and what is decoded there."""
        self.plane.show_place(place)
        self.plane.show_image(image)


def latent_walk(offstage: Offstage, stage: Stage, choice: FilmChoice) -> Iterator[Array]:
    """The frames of a walk. Raises BadFilm where the run has no latent plane."""
    studio, run = offstage.studio, offstage.studio.run
    assert run.opened is not None
    info = run.opened.info
    if len(stage.slots) > 1:
        raise BadFilm(tr("A comparison has no latent plane: give one run."))
    if info.latent_size is None or info.kind != "images":
        raise BadFilm(
            tr(
                "{family_title} on {data_title} has no latent plane. Images by a VAE, a GAN, a flow, "
                "diffusion or flow matching have one.",
                family_title=studio.catalogue.family_title(run.opened.spec.family),
                data_title=info.data_title,
            )
        )
    scene = stage.scenes[stage.slots[0]]
    assert isinstance(scene, LatentScene)
    scene.ask(1.0)
    offstage.work_while(lambda: scene.lags(1.0, run.step))
    offstage.settle()
    if run.latents is None:
        raise BadFilm(tr("The engine has mapped no latents of this run."))
    latents = scene.show_latents()
    places = walk(choice, latents.extent)
    told: list[m.DecodedLatents] = []
    leave = studio.on(m.DecodedLatents, told.append)
    found, numbers = np.unique(places, axis=0, return_inverse=True)
    z = latents.centre + found @ latents.axes if len(latents.axes) else found
    try:
        studio.backend.send(
            m.DecodeLatents(run.name, z.astype(np.float32), studio.ask.ticket(), studio.spec.sampling.label)
        )
        offstage.work_until(lambda: bool(told), tr("picture of these latents"))
    finally:
        leave()
    for place, number in zip(places, numbers.ravel(), strict=True):
        scene.show_point(place, told[0].examples[number])
        stage.show_moment(f"({place[0]:.2f}, {place[1]:.2f})".replace("-", "\u2212"))
        yield stage.pixels()


def walk(choice: FilmChoice, extent: Extent) -> Array:
    """Where on the plane each frame is (frames, 2): in straight lines and at one pace through the places that were given, else
    once around the middle of an extent. Raises BadFilm for places outside of it.
    """
    left, right, low, high = extent
    at = choice.places()
    if choice.through is None:
        turn = 2 * np.pi * at
        middle, reach = np.array([(left + right) / 2, (low + high) / 2]), np.array([right - left, high - low]) / 2
        around: Array = middle + _ROUND * reach * np.stack([np.cos(turn), np.sin(turn)], -1)
        return around
    stops = np.array(choice.through, float)
    outside = (stops < (left, low)) | (stops > (right, high))
    if outside.any():
        x, y = stops[outside.any(1)][0]
        raise BadFilm(
            tr(
                "The latent plane goes from {left:.2f} to {right:.2f} and from {low:.2f} to {high:.2f}; "
                "({x:g}, {y:g}) is outside.",
                left=left,
                right=right,
                low=low,
                high=high,
                x=x,
                y=y,
            )
        )
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(stops, axis=0), axis=1))])
    if lengths[-1] == 0:
        raise BadFilm(tr("A walk goes through two places or more that differ, such as 0,0;1,1."))
    return np.stack([np.interp(at * lengths[-1], lengths, stops[:, axis]) for axis in (0, 1)], -1)
