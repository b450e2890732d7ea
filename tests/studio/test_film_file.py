"""Film files: read back by another program they have the frames, size and length that were asked for, or are not there."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from dgm_studio.studio.film import film_file as module
from dgm_studio.studio.film.choice import BadFilm, FilmChoice, size_of
from dgm_studio.studio.film.film_file import film_file, write_film

COUNT, FPS = 7, 24


def _frames(alpha: bool = False) -> list[np.ndarray]:
    """A square that moves over a gradient, once standing still; of few colours, so that a GIF holds them all."""
    found = []
    for i in range(COUNT):
        page = np.zeros((31, 46, 4), np.uint8)
        page[..., 0] = np.arange(46) // 4 * 20
        page[..., 3] = 255 if not alpha else 0
        at = 3 * min(i, 4)
        page[at : at + 9, at : at + 12] = (250, 160, 60, 255)
        found.append(page if alpha else page[..., :3].copy())
    return found


@pytest.mark.parametrize("ending", [".webp", ".png", ".gif"])
def test_what_is_read_back_is_what_was_written(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    given = _frames()
    write_film(path, given, COUNT, FPS)
    with Image.open(path) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (COUNT, (46, 31), 0)
        shown, length = [], 0.0
        for frame in ImageSequence.Iterator(film):
            shown.append(np.asarray(frame.convert("RGB")))
            length += frame.info["duration"]
    assert length == pytest.approx(1000 * COUNT / FPS, abs=5 if ending == ".gif" else 1)
    for a, b in zip(given, shown, strict=True):
        if ending == ".gif":  # its tables hold 255 colours, found by an octree
            assert np.abs(a.astype(int) - b).max() <= 16
        else:
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("ending", [".webp", ".png", ".gif"])
def test_a_transparent_ground_stays_transparent_where_something_was_before(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    given = _frames(alpha=True)
    with film_file(path, (46, 31), COUNT, FPS, alpha=True) as film:
        for frame in given:
            film.add(frame)
    with Image.open(path) as read:
        for i, frame in enumerate(ImageSequence.Iterator(read)):
            np.testing.assert_array_equal(np.asarray(frame.convert("RGBA"))[..., 3], given[i][..., 3])


def test_a_video_has_the_frames_and_even_sides(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    given = [frame.repeat(3, 0).repeat(3, 1) for frame in _frames()]
    write_film(path, given, COUNT, FPS)
    command = [module.ffmpeg(), "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(command, capture_output=True, check=True)
    said = read.stderr.decode()
    assert "138x94" in said
    assert f"{FPS} fps" in said
    shown = np.frombuffer(read.stdout, np.uint8).reshape(-1, 94, 138, 3)[:, :93]
    assert len(shown) == COUNT
    for a, b in zip((given[0], given[-1]), (shown[0], shown[-1]), strict=True):
        assert np.abs(a.astype(int) - b).mean() < 6  # colours are at half resolution in it


@pytest.mark.parametrize("ending", [".webp", ".gif", ".png", ".mp4"])
def test_half_a_film_leaves_nothing(tmp_path: Path, ending: str) -> None:
    old = tmp_path / f"film{ending}"
    old.write_bytes(b"old")

    def broken_off() -> Iterator[np.ndarray]:
        yield _frames()[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(old, broken_off(), COUNT, FPS)
    assert old.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == [old.name]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.WebP, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write_film(tmp_path / "film.webp", _frames(), COUNT, FPS)
    assert not list(tmp_path.iterdir())


def test_a_missing_ffmpeg_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(BadFilm, match=r"dgm-studio\[video\]"):
        write_film(tmp_path / "film.mp4", _frames(), COUNT, FPS)
    assert not list(tmp_path.iterdir())


def test_an_ffmpeg_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ffmpeg", lambda: "false")
    with pytest.raises(OSError, match=r"film\.mp4"):
        write_film(tmp_path / "film.mp4", [frame.repeat(40, 0).repeat(40, 1) for frame in _frames()], COUNT, FPS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("a.avi", {}, "does not end in"),
        ("a.gif", {"fps": 60}, "GIF holds at most"),
        ("a.mp4", {"transparent": True}, "no transparent ground"),
        ("a.webp", {"size": (1920, 9)}, "wide and"),
        ("a.webp", {"seconds": 1e6}, "more than"),
        ("a.webp", {"seconds": float("inf")}, "seconds"),
    ],
)
def test_what_cannot_be_filmed_is_refused_before_anything_is_done(name: str, changes: dict, said: str) -> None:
    with pytest.raises(BadFilm, match=said):
        FilmChoice(**changes).check(Path(name))


def test_sizes_are_read() -> None:
    assert size_of("1920x1080") == (1920, 1080)
    for wrong in ("1920", "ax3", "-3x4", "1920x"):
        with pytest.raises(BadFilm, match="WIDTHxHEIGHT"):
            size_of(wrong)


@pytest.mark.parametrize("count", [2, 3, 8, 9, 300])
def test_there_and_back_meets_both_ends_once(count: int) -> None:
    places = FilmChoice(seconds=count / 30, back=True).places()
    assert len(places) == count
    assert places[0] == 0
    assert (places == 1).sum() == 1
    assert (places == 0).sum() == 1
    assert (np.diff(places[: count // 2 + 1]) > 0).all()
    assert (np.diff(places[count // 2 :]) < 0).all()


def test_a_film_rests_at_its_end() -> None:
    places = FilmChoice(seconds=2.0, fps=30, rest=0.5).places()
    assert len(places) == 60
    assert (places[-16:] == 1).all()
    assert places[-17] < 1
