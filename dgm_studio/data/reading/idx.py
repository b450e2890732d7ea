"""IDX, the format of MNIST and its relatives, packed or not.

Two zero bytes, the element type, the number of axes, each length as a big-endian 32-bit number, then the elements in row
order, big-endian too (LeCun, Cortes and Burges, "The MNIST database").
"""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .packed import opened

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 4


def read_idx(path: Path, most: int) -> NDArray[np.generic]:
    """The array of an IDX file, of at most so many bytes. Raises `DataError`."""
    try:
        with opened(path) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= _MOST_AXES:
                raise DataError(
                    tr(
                        "{path} begins with {hex}, not with an IDX magic number such as 00 00 08 03: choose an "
                        "IDX file",
                        path=path,
                        hex=head.hex(" ") or "nothing",
                    )
                )
            if head[2] not in _TYPES:
                known = ", ".join(f"0x{code:02x}" for code in _TYPES)
                raise DataError(
                    tr(
                        "{path} holds elements of type 0x{head:02x}, which IDX has not: it has {known}",
                        path=path,
                        head=head[2],
                        known=known,
                    )
                )
            kind = np.dtype(_TYPES[head[2]])
            lengths = file.read(4 * head[3])
            if len(lengths) < 4 * head[3]:
                raise DataError(tr("{path} is cut short inside its header: get a whole copy", path=path))
            shape = struct.unpack(f">{head[3]}I", lengths)
            size = math.prod(shape) * kind.itemsize
            if size > most:
                raise DataError(
                    tr(
                        "{path} claims {size:.1f} GiB: keep it below {most:.0f} GiB",
                        path=path,
                        size=size / 2**30,
                        most=most / 2**30,
                    )
                )
            body = file.read(size)
    except FileNotFoundError as error:
        raise DataError(tr("{path} does not exist: check the name and the folder", path=path)) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            tr("{path} is damaged or cannot be read ({error}): get a whole copy", path=path, error=error)
        ) from error
    if len(body) < size:
        raise DataError(
            tr(
                "{path} is cut short: {body} of {size} bytes are there; get a whole copy",
                path=path,
                body=len(body),
                size=size,
            )
        )
    array: NDArray[np.generic] = np.frombuffer(body, kind).reshape(shape)
    return array.astype(kind.newbyteorder("="), copy=False)
