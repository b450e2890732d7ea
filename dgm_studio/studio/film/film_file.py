"""A film as a file: frames of pixels in, one whole file or none out.

`FilmFile` takes frames in order, encodes two at a time in threads of its own, and puts the file in its place when all are
in it. MP4 is encoded by ffmpeg, the one on the path or that of the extra ``video``.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from dgm_studio.atomic import replacing
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array

from .choice import BadFilm
from .film_forms import Apng, FilmForm, Gif, WebP

_FORMS: dict[str, type[FilmForm]] = {".webp": WebP, ".png": Apng, ".gif": Gif}
_THREADS = 2
_AHEAD = 3
"""Frames that may wait to be encoded."""


class FilmFile(Protocol):
    """What takes the frames of a film, (H, W, 3) or where the film has a transparent ground (H, W, 4), uint8."""

    def add(self, pixels: Array) -> None: ...


def ffmpeg() -> str:
    """The program that encodes MP4. Raises BadFilm where there is none."""
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        raise BadFilm(
            tr(
                "An .mp4 needs ffmpeg, which is not on the path, or the extra: pip install 'dgm-studio[video]'. .webp, .png "
                "and .gif need nothing."
            )
        ) from None
    found = imageio_ffmpeg.get_ffmpeg_exe()
    assert isinstance(found, str)
    return found


@contextmanager
def film_file(
    path: Path, size: tuple[int, int], count: int, fps: float, *, loop: bool = True, alpha: bool = False
) -> Iterator[FilmFile]:
    """What takes ``count`` frames of a size (width, height); when the block is left the film is at ``path``, and if by an
    exception, nothing is. Raises BadFilm for an ending that is not known or a missing encoder, OSError.
    """
    ending = path.suffix.lower()
    if ending == ".mp4":
        with _through_ffmpeg(path, size, fps) as frames:
            yield frames
        return
    form = _FORMS.get(ending)
    if form is None:
        raise BadFilm(
            tr("{name} does not end in {names} or .mp4: name it so.", name=path.name, names=", ".join(_FORMS))
        )
    with replacing(path) as file, ThreadPoolExecutor(_THREADS, "film") as pool:
        writer = _Written(form(size, count, fps, loop, alpha), file, pool)
        try:
            yield writer
            writer.finish(count)
        finally:
            writer.drop()


def write_film(path: Path, frames: Iterable[Array], count: int, fps: float, *, loop: bool = True) -> None:
    """Write frames (H, W, 3) of one size. Raises BadFilm, OSError."""
    each = iter(frames)
    first = next(each)
    with film_file(path, (first.shape[1], first.shape[0]), count, fps, loop=loop) as film:
        film.add(first)
        for frame in each:
            film.add(frame)


class _Written:
    """Frames on their way into a file."""

    def __init__(self, form: FilmForm, file: IO[bytes], pool: ThreadPoolExecutor) -> None:
        self._form, self._file, self._pool = form, file, pool
        self._before: Array | None = None
        self._waiting: deque[Future[tuple[bytes, tuple[int, int, int, int]]]] = deque()
        self._written = 0
        form.begin(file)

    def add(self, pixels: Array) -> None:
        while len(self._waiting) >= _AHEAD:
            self._write_next()
        self._waiting.append(self._pool.submit(self._form.packed, self._before, pixels))
        self._before = pixels

    def _write_next(self) -> None:
        data, where = self._waiting.popleft().result()
        self._form.write(self._file, self._written, data, where)
        self._written += 1

    def finish(self, count: int) -> None:
        while self._waiting:
            self._write_next()
        if self._written != count:
            raise RuntimeError(f"a film of {count} frames was given {self._written}")
        self._form.end(self._file)

    def drop(self) -> None:
        """Let go of what nobody waits for any more."""
        for one in self._waiting:
            one.cancel()


class _Piped:
    """Frames on their way into ffmpeg."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def add(self, pixels: Array) -> None:
        self._pipe.write(np.ascontiguousarray(pixels[..., :3]).data)


@contextmanager
def _through_ffmpeg(path: Path, size: tuple[int, int], fps: float) -> Iterator[_Piped]:
    """H.264 as every player knows it, with even sides and the colours of a screen."""
    program, (width, height) = ffmpeg(), size
    with replacing(path) as file, tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "film.mp4"
        filters = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv"
        command = [
            program, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}",
            "-i", "-", "-an", "-vf", filters, "-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p",
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-movflags", "+faststart",
            str(target),
        ]  # fmt: skip
        with tempfile.TemporaryFile() as said:
            # leaving it closes the pipe, into which what is left cannot be written where the process is gone, and waits
            with suppress(BrokenPipeError), subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said) as process:
                assert process.stdin is not None
                try:
                    yield _Piped(process.stdin)
                except BrokenPipeError:
                    process.wait()
                except BaseException:
                    process.kill()
                    raise
            ended = process.returncode
            if ended or not target.is_file():
                said.seek(0)
                words = said.read().decode(errors="replace").strip().splitlines()
                raise OSError(
                    tr(
                        "ffmpeg did not write {name}: {word}",
                        name=path.name,
                        word=words[-1] if words else tr("it ended with {ended}", ended=ended),
                    )
                )
        with target.open("rb") as made:
            shutil.copyfileobj(made, file)
