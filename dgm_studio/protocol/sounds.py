"""Sounds as people keep them: whole numbers of 16 bits, as in a WAV file."""

LOUDEST = 1 << 15
"""The sample that is 1 in model units; -1 is the least that 16 bits hold."""
