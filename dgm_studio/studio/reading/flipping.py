"""One bit of a file turned: what a scratch on a disk does."""

from __future__ import annotations


def flipped(data: bytes, coded: int, bit: int) -> bytes:
    """The bytes with bit ``bit`` of the last ``coded`` bytes turned, counted from the first of them and around their end."""
    if not coded:
        return data
    byte, place = divmod(bit % (8 * coded), 8)
    turned = bytearray(data)
    turned[len(data) - coded + byte] ^= 128 >> place
    return bytes(turned)
