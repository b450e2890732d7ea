"""The dialog of films: it asks for what the verb takes, follows the process that films, and tidies up after it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from dgm_studio.cli import filming
from dgm_studio.cli.main import cli
from dgm_studio.protocol import messages as m
from dgm_studio.studio.film.choice import FilmChoice
from dgm_studio.ui import background
from dgm_studio.ui.film.dialog import FilmDialog, arguments_of

_GOOD = "import sys; sys.stderr.write('frame 3 of 9\\n'); open(sys.argv[1], 'wb').write(b'film')"
_BAD = "import sys; sys.stderr.write('dgm-studio: the disk is full.\\n'); sys.exit(1)"
_SLOW = "import sys, time; sys.stderr.write('frame 1 of 9\\n'); sys.stderr.flush(); time.sleep(60)"


@pytest.fixture
def shown(running, studio, monkeypatch):
    """A window with a trained run, whose films are made by a line of Python; calls with it, and gives the dialog."""

    def show(code: str) -> FilmDialog:
        monkeypatch.setattr(
            background, "command", lambda verb, run, arguments, out: [sys.executable, "-c", code, str(out)]
        )
        studio.commands.run("file.film")
        return running.window.films.dialog

    return show


def _written(studio, backend, say) -> m.Save:
    """Let the engine say that it wrote what it was asked for."""
    asked = [intent for intent in backend.sent if isinstance(intent, m.Save)][-1]
    say(m.Saved(studio.run.name, studio.run.step, asked.path, {}))
    return asked


def test_a_film_is_made_in_the_background_of_a_copy_with_its_kept_steps(
    shown, studio, backend, say, tmp_path: Path, qtbot
) -> None:
    dialog, out = shown(_GOOD), tmp_path / "a.webp"
    dialog.write(out)
    assert not dialog.make.isVisible()
    document = studio.document
    with qtbot.waitSignal(dialog.wrote, timeout=20_000):
        asked = _written(studio, backend, say)
    assert asked.history
    assert asked.path.parent != tmp_path
    assert not asked.path.parent.exists()
    assert studio.document == document  # the copy is nobody's file
    assert "Wrote a.webp" in studio.notices.items[-1].message
    assert dialog.film is None
    assert dialog.make.isVisible()


def test_what_goes_wrong_is_said(shown, studio, backend, say, tmp_path: Path, qtbot) -> None:
    dialog = shown(_BAD)
    dialog.write(tmp_path / "a.webp")
    with qtbot.waitSignal(dialog.failed, timeout=20_000):
        _written(studio, backend, say)
    assert "the disk is full" in studio.notices.items[-1].message
    dialog.write(tmp_path / "a.avi")
    assert "does not end in" in dialog.about.text()
    assert dialog.film is None


def test_a_film_that_is_cancelled_leaves_nothing(shown, studio, backend, say, tmp_path: Path, qtbot) -> None:
    dialog, out = shown(_SLOW), tmp_path / "a.webp"
    dialog.write(out)
    film = dialog.film
    with qtbot.waitSignal(film.progressed, timeout=20_000):
        _written(studio, backend, say)
    (tmp_path / ".a.webp.0f.part").write_bytes(b"half")
    assert dialog.progress.maximum() == 9
    with qtbot.waitSignal(film.ended, timeout=20_000) as ended:
        dialog.stop.click()
    assert ended.args == ["stopped"]
    assert not list(tmp_path.glob("*.webp*"))
    assert not list(tmp_path.glob(".*.part"))


def test_closing_the_window_ends_the_film(shown, running, studio, backend, say, tmp_path: Path, qtbot) -> None:
    dialog = shown(_SLOW)
    dialog.write(tmp_path / "a.webp")
    with qtbot.waitSignal(dialog.film.progressed, timeout=20_000):
        _written(studio, backend, say)
    dialog.reject()
    assert not dialog.isVisible()
    studio.commands.run("file.film")
    assert running.window.films.dialog is dialog  # it is still being made
    running.window.films.end()
    assert running.window.films.dialog is None


def test_the_verb_understands_what_the_dialog_asks_for(monkeypatch, tmp_path: Path) -> None:
    asked = FilmChoice(
        of="training", seconds=2.5, fps=24, size=(640, 480), loop=False, back=True, theme="light", title=False,
        number=False, legend=False, transparent=True, extent=(-1.5, 2.0, -3.0, 0.25), through=((0.0, -1.5), (2.0, 1.0)),
    )  # fmt: skip
    seen = []
    monkeypatch.setattr("dgm_studio.ui.film.filming.film", lambda run, choice, out, tell, ends: seen.append(choice))
    run = tmp_path / "a.dgm"
    run.write_bytes(b"")
    for choice in (asked, replace(FilmChoice(), seconds=4.0)):
        (tmp_path / "a.webp").write_bytes(b"")
        done = CliRunner().invoke(cli, ["film", str(run), *arguments_of(choice), "--out", str(tmp_path / "a.webp")])
        assert done.exit_code == 0, done.output
    assert seen == [asked, FilmChoice()]
    assert filming.extent_of("-1,2,-3,4") == (-1, 2, -3, 4)
