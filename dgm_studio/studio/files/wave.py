"""Sounds as a WAV file: PCM of 16 bits, one channel."""

from __future__ import annotations

import io
import wave

import numpy as np

from dgm_studio.protocol.messages import Array


def to_wave(sounds: Array, rate: int) -> bytes:
    """Sounds (n, T) int16 one after the other, as they are read again."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.ascontiguousarray(sounds, "<i2").tobytes())
    return buffer.getvalue()
