"""JSON that every reader takes: what is not finite is null, and said beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def as_text(values: dict[str, Any]) -> str:
    """One JSON object."""
    why: dict[str, str] = {}
    plain = _finite(values, "", why)
    return json.dumps({**plain, "not_finite": why} if why else plain, allow_nan=False)


def _finite(value: Any, path: str, why: dict[str, str]) -> Any:
    """The value with null for each number that is not finite, of which ``why`` is told by its path."""
    if isinstance(value, Mapping):
        return {key: _finite(part, f"{path}.{key}" if path else str(key), why) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part, f"{path}.{i}", why) for i, part in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        why[path] = "not a number" if math.isnan(value) else "minus infinity" if value < 0 else "infinity"
        return None
    return value
