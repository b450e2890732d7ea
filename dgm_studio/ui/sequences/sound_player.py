"""Playing a sound, where Qt comes with what plays it; elsewhere it is kept as a WAV file."""

from __future__ import annotations

import importlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QUrl

from dgm_studio.protocol.messages import Array
from dgm_studio.studio.files.wave import to_wave

_FINER = 8
"""Sound cards know no 2 kHz: so many times as many samples are played, in straight lines between those there are."""


@cache
def multimedia() -> Any:
    """The module of Qt that plays sounds; None where it is not installed."""
    try:
        return importlib.import_module("PySide6.QtMultimedia")
    except ImportError:
        return None


class SoundPlayer(QObject):
    """Plays one sound at a time."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._effect: Any = None
        self._number = 0

    def play(self, sound: Array, rate: int) -> None:
        """Play a sound (T,) int16; what was playing stops."""
        found = multimedia()
        if found is None:
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dgm-studio-")
            self._effect = found.QSoundEffect(self)
        self._effect.stop()
        self._number += 1
        path = Path(self._folder.name) / f"{self._number}.wav"
        path.write_bytes(to_wave(finer(sound, _FINER), _FINER * rate))
        self._effect.setSource(QUrl.fromLocalFile(str(path)))
        self._effect.play()


def finer(sound: Array, times: int) -> Array:
    """So many times as many samples, in straight lines between those there are."""
    at = np.arange(len(sound) * times) / times
    between: Array = np.interp(at, np.arange(len(sound)), sound.astype(np.float64))
    return between.round().astype(np.int16)
