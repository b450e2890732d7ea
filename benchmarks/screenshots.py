"""The pictures of the README, made by the program itself: `python -m benchmarks.screenshots [NAME ...] [--out FOLDER]`.

Each opens the real window, does what a person would do, waits until everything is drawn, and grabs it. Training is
counted in steps, so that a slow machine takes longer and not worse pictures; all of them take some eight minutes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .surroundings import surroundings

if TYPE_CHECKING:
    from dgm_studio.ui.window.main_window import MainWindow

SIZE = (1440, 900)


def plane(window: MainWindow, effort: float) -> None:
    """The default session, trained; a point of the plane probed."""
    from .window import train_to

    window.studio.toggle_layer("path")
    train_to(window.studio, round(3000 * effort))
    window.plane.canvas.clicked.emit(0.5, 0.25)


def mosaic(window: MainWindow, effort: float) -> None:
    """Digits in many fonts by diffusion, a row per class."""
    from .window import train_to

    _open(window, "glyphs", "diffusion", conditional=True)
    window.studio.set_sampling(count=100)
    train_to(window.studio, round(3000 * effort))


def paint(window: MainWindow, effort: float) -> None:
    """The lower half of a digit masked with the brush, and what the same model makes of it."""
    from dgm_studio.studio.painting.brush import Brush

    from .window import wait_for

    mosaic(window, effort)
    studio = window.studio
    studio.set_image_view("paint")
    view = window.images.paint
    view.start_from(studio.run.data.x[7])
    canvas = view.canvas
    height, width = canvas.shape
    canvas.begin((0.15 * width, 0.72 * height), Brush(size=round(0.36 * height)))
    for i in range(1, 41):
        t = i / 40
        canvas.move((width * (0.15 + 0.7 * t), height * (0.72 + 0.05 * math.sin(7 * t))))
    canvas.end()
    view.answers.choice.choose_method("dps")
    view.fill()
    wait_for(lambda: studio.run.filled is not None and studio.run.filled.done, studio)


def conditional(window: MainWindow, effort: float) -> None:
    """Class regions of an autoregressive model on two moons, and the law of x2 where a line is held, beside the truth."""
    from dgm_studio.protocol.spec import DataChoice

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_workspace("2d")
    studio.set_spec(data=DataChoice(name="moons"), family="autoregressive", conditional=True, config={})
    wait_for(lambda: studio.resolved is not None and studio.resolved.family == "autoregressive", studio)
    studio.set_layers(("data", "density", "regions"))
    train_to(studio, round(2000 * effort))
    window.plane.canvas.clicked.emit(0.5, 0.25)
    window.plane.given.toggle()
    wait_for(lambda: studio.run.conditioned is not None and studio.run.classified is not None, studio)


def shoot_out(window: MainWindow, effort: float) -> None:
    """The lower half of a digit, answered by four families that were kept and by the one in front."""
    import numpy as np

    from .window import train_to, wait_for

    studio = window.studio
    for family, steps in (("kde", 200), ("vae", 1500), ("autoregressive", 300), ("glo", 1500), ("diffusion", 1500)):
        _open(window, "digits", family, conditional=False)
        train_to(studio, round(steps * effort))
        if family != "diffusion":
            before = len(studio.shoot_out.contenders)
            studio.shoot_out.keep()
            wait_for(lambda before=before: len(studio.shoot_out.contenders) > before, studio)
    view = window.images
    view.paint.start_from(studio.run.data.x[7])
    mask = np.zeros(view.canvas.shape, np.float32)
    mask[view.canvas.shape[0] // 2 :] = 1
    view.canvas.set_mask(mask)
    studio.set_image_view("shoot-out")
    view.shoot_out.start()
    wait_for(lambda: not studio.shoot_out.busy, studio)


def side_by_side(window: MainWindow, effort: float) -> None:
    """Four families on 25 Gaussians, trained together for the same steps, and how their samples come closer to the data."""
    from dgm_studio.protocol.spec import DataChoice

    from .window import run_for, wait_for

    studio = window.studio
    studio.set_workspace("2d")
    studio.set_spec(data=DataChoice(name="25-gaussians"), family="diffusion", config={})
    wait_for(lambda: studio.resolved is not None and studio.resolved.family == "diffusion", studio)
    studio.set_workspace("compare")
    for family in ("gan", "flow", "kde"):
        studio.comparison.add_family(family)
    runs = studio.comparison.runs
    wait_for(lambda: all(run.opened is not None for run in studio.comparison.runs.values()), studio)
    studio.set_layers(("data", "samples", "density"))
    studio.comparison.set_budget("steps", round(1500 * effort))
    studio.comparison.train()
    wait_for(lambda: all(run.step >= round(1500 * effort) for run in runs.values() if run.learns), studio, 600.0)
    studio.comparison.measure_all()
    studio.show_measure("sliced_wasserstein")
    for notice in list(studio.notices.items):
        studio.dismiss(notice.number)
    run_for(20.0)


def latent(window: MainWindow, effort: float) -> None:
    """The plane of a VAE with two latent dimensions on digits in many fonts, the point dragged to a place."""
    from .window import settle, train_to, wait_for

    studio = window.studio
    _open(window, "glyphs", "vae", conditional=False, config={"latent": 2})
    train_to(studio, round(6000 * effort))
    studio.set_image_view("latent")
    wait_for(lambda: studio.run.latents is not None, studio)
    settle()
    window.images.latent.plane.drag(0.8, -0.5)
    wait_for(lambda: studio.run.decoded is not None, studio)


def sequences(window: MainWindow, effort: float) -> None:
    """Sums by an autoregressive model, some of them wrong, beside the data, and one whose second number is filled in."""
    from dgm_studio.protocol.spec import DataChoice
    from dgm_studio.ui.sequences.sequences_view import SequencesView

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_workspace("sequences")
    studio.set_spec(data=DataChoice(name="sums"))
    wait_for(lambda: studio.resolved is not None and studio.resolved.data.name == "sums", studio)
    train_to(studio, round(350 * effort))
    view = window.findChild(SequencesView)
    view.beside.setChecked(True)
    wait_for(lambda: studio.run.measured is not None and studio.run.samples is not None, studio)
    before = studio.run.filled
    view.filling.again.click()
    wait_for(lambda: studio.run.filled is not before and studio.run.filled.done, studio)


def sounds(window: MainWindow, effort: float) -> None:
    """Plucked strings by an autoregressive model half on their way, what it expects at the head, and a gap that is filled."""
    from dgm_studio.protocol.spec import DataChoice
    from dgm_studio.ui.sequences.sequences_view import SequencesView

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_workspace("sequences")
    studio.choose_data(DataChoice(name="plucked"))
    wait_for(lambda: studio.resolved is not None and studio.resolved.data.name == "plucked", studio)
    train_to(studio, round(400 * effort))
    run = studio.run
    wait_for(lambda: run.samples is not None and run.samples.done and run.samples.shown_step == run.step, studio)
    view = window.findChild(SequencesView)
    view.sounds.beside.setChecked(True)
    wait_for(lambda: run.measured is not None, studio)
    view.sounds.data.click(1)
    wait_for(lambda: view.sounds.head.predicted is not None, studio)
    before = run.filled
    wait_for(lambda: run.filled is not None and run.filled is not before and run.filled.done, studio)
    view.sounds.samples.click(2)
    before = run.filled
    wait_for(lambda: run.filled is not before and run.filled.done, studio)
    studio.set_time(0.12)
    wait_for(lambda: view.sounds.head.predicted is not None, studio)


def paths(window: MainWindow, effort: float) -> None:
    """A policy that passes an obstacle on either side, regression that does not, and plans followed with other noise."""
    from dgm_studio.protocol.messages import RolledOut
    from dgm_studio.ui.paths.paths_view import PathsView

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_workspace("paths")
    wait_for(lambda: studio.run.opened is not None, studio)
    train_to(studio, round(2000 * effort))
    view = window.findChild(PathsView)
    view.following.stride.enter(0.1)
    view.following.keep.setChecked(False)
    view.following.follow.click()
    wait_for(lambda: studio.run.latest(RolledOut) is not None, studio)
    view.following.stop()
    for _ in range(17):
        view.following.advance()


def program(window: MainWindow, effort: float) -> None:
    """Spirals of two arms held, and the numbers of one inferred from it: its phase has two modes."""
    from .window import wait_for

    _open(window, "turtle", "vae", params={"program": "spirals", "examples": 500})
    window.studio.set_image_view("program")
    view = window.images.program
    window.studio.controls["program.hold.arms"].set("2")
    wait_for(lambda: view.drawn.count > 0, window.studio)
    view.drawn.click(1)
    wait_for(lambda: view.again.count > 0, window.studio)


def between(window: MainWindow, effort: float) -> None:
    """Two moons carried to eight Gaussians: points in the colours of where they came from, and pairs of training."""
    from dgm_studio.protocol.spec import DataChoice

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_spec(data=DataChoice(name="8-gaussians"), source=DataChoice(name="moons"), family="bridge", config={})
    wait_for(lambda: studio.resolved is not None and studio.resolved.family == "bridge", studio)
    studio.set_layers(("data", "samples", "density", "source", "pairs"))
    train_to(studio, round(2500 * effort))


def given(window: MainWindow, effort: float) -> None:
    """Two satellites under a given angle, the near one or the far one left to the model."""
    from dgm_studio.protocol.spec import DataChoice

    from .window import train_to, wait_for

    studio = window.studio
    studio.set_spec(
        data=DataChoice(name="two-satellites"), source=None, family="flow-matching", conditional=True, config={}
    )
    wait_for(lambda: "sampling.given.angle" in studio.controls, studio)
    studio.set_layers(("data", "samples", "density"))
    studio.controls["sampling.given.angle"].set(135.0)
    train_to(studio, round(2500 * effort))


def attack(window: MainWindow, effort: float) -> None:
    """Held-out digits moved by 0.1, who is fooled, how likely flow matching finds them, and purified by it."""
    from .window import train_to, wait_for

    studio = window.studio
    _open(window, "digits", "flow-matching", conditional=True)
    train_to(studio, round(1200 * effort))
    studio.set_image_view("attack")
    adversarial = studio.adversarial
    wait_for(lambda: adversarial.told is not None and not adversarial.busy, studio)
    before = adversarial.told
    studio.controls["attack.purify"].set(0.4)
    wait_for(lambda: adversarial.told is not before and not adversarial.busy, studio)


def maximise(window: MainWindow, effort: float) -> None:
    """What pleases a network most as a 3: in pixels, with jitter and blur, and under flow matching as a prior."""
    from .window import run_for, train_to, wait_for

    studio = window.studio
    _open(window, "digits", "flow-matching", conditional=True)
    train_to(studio, round(1200 * effort))
    studio.set_image_view("maximise")
    wait_for(lambda: studio.maximising.busy or bool(studio.maximising.methods), studio)
    studio.controls["maximise.class"].set(3)
    run_for(1.0)
    wait_for(lambda: bool(studio.maximising.methods) and not studio.maximising.busy, studio)


def shelf(window: MainWindow, effort: float) -> None:
    """All lessons, one of them begun."""
    from .window import run_for

    _play(window, "08-moving-target", 0)
    window.studio.lesson.next()
    window.studio.lesson.to_shelf()
    run_for(1.0)


def lesson(window: MainWindow, effort: float) -> None:
    """A step of a lesson: a ring painted where samples were expected, the trained model, and where they came to lie."""
    from dgm_studio.studio.lesson.painted import PaintedPrediction

    from .window import train_to, wait_for

    studio = window.studio
    _play(window, "12-straight-lines", 0)
    wait_for(lambda: studio.run.data is not None, studio)
    ring = tuple((2.0 * math.cos(t / 20 * math.pi), 2.0 * math.sin(t / 20 * math.pi)) for t in range(41))
    step = studio.lesson.step
    assert step is not None
    studio.lesson.predict(step.blocks.index(step.predictions[0]), PaintedPrediction((ring,), 0.22).made)
    train_to(studio, round(600 * effort))
    studio.toggle_layer("samples")
    wait_for(lambda: studio.run.samples is not None and studio.run.samples.done, studio)


def presenter(window: MainWindow, effort: float) -> None:
    """The same in front of a class."""
    from .window import run_for

    lesson(window, effort)
    window.toggle_presenter()
    run_for(1.0)
    window.showNormal()
    window.resize(1280, 720)
    run_for(2.0)


Show = Callable[["MainWindow", float], None]
SITTINGS: tuple[tuple[str, dict[str, Show]], ...] = (
    ("dark", {"studio-2d-dark": plane}),
    ("light", {"studio-images-light": mosaic, "studio-paint": paint}),
    ("dark", {"studio-latent": latent, "studio-condition": conditional}),
    ("light", {"studio-shoot-out": shoot_out}),
    ("dark", {"studio-compare": side_by_side}),
    ("light", {"studio-sequences": sequences}),
    ("dark", {"studio-sounds": sounds}),
    ("dark", {"studio-paths": paths, "studio-program": program}),
    ("light", {"studio-between": between, "studio-given": given}),
    ("light", {"studio-attack": attack, "studio-maximise": maximise}),
    ("light", {"studio-lessons": shelf, "studio-lesson": lesson}),
    ("dark", {"studio-presenter": presenter}),
)
"""Pictures by name that are taken one after the other in one window, and its look."""


def _play(window: MainWindow, name: str, at: int) -> None:
    """A step of a lesson that comes with the program, once it is open."""
    from dgm_studio.lessons.finding import find_lessons

    from .window import wait_for

    found = next(each.lesson for each in find_lessons() if each.lesson is not None and each.lesson.name == name)
    window.studio.lesson.play(found, at)
    wait_for(lambda: not window.studio.lesson.is_opening and window.studio.run.opened is not None, window.studio)


def _open(
    window: MainWindow,
    data: str,
    family: str,
    *,
    conditional: bool = False,
    config: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> None:
    """The images workspace with a run of this family on this data; nothing changes when it is there already."""
    from dgm_studio.protocol.spec import DataChoice

    from .window import wait_for

    studio = window.studio
    studio.set_workspace("images")
    wait_for(lambda: window.images is not None, studio)
    studio.set_spec(
        data=DataChoice(name=data, params=params or {}), family=family, conditional=conditional, config=config or {}
    )

    def there() -> bool:
        spec = studio.resolved
        return spec is not None and (spec.data.name, spec.family, spec.conditional) == (data, family, conditional)

    wait_for(there, studio)


def render(look: str, pictures: dict[str, Show], folder: Path, effort: float) -> Iterator[Path]:
    """Open the window, show, grab. Raises OSError when a picture cannot be written."""
    from .window import open_window, run_for, settle

    with open_window(look, SIZE) as window:
        for name, show in pictures.items():
            show(window, effort)
            settle()
            for notice in list(window.studio.notices.items):
                window.studio.dismiss(notice.number)
            run_for(0.5)
            path = folder / f"{name}.png"
            if not window.grab().save(str(path), "PNG"):
                raise OSError(f"{path} could not be written")
            yield path


def main() -> None:
    names = [name for _, pictures in SITTINGS for name in pictures]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.screenshots", description="Render the README's pictures."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(names)}; all when none is named")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no picture {unknown.pop()!r}; there is {', '.join(names)}")
    options.out.mkdir(parents=True, exist_ok=True)
    with surroundings():
        for look, pictures in SITTINGS:
            wanted = {name: show for name, show in pictures.items() if not options.names or name in options.names}
            if wanted:
                for path in render(look, wanted, options.out, 0.02 if options.quick else 1.0):
                    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
