"""Numbers as people read and type them: short, tabular, with a thin space between thousands."""

from __future__ import annotations

import math

THIN = "\u202f"


def format_number(value: float, digits: int = 3, integer: bool = False) -> str:
    """A number in at most ``digits`` significant figures: ``1 000``, ``0.07``, ``1e-4``, ``−1.32``."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if integer or (float(value).is_integer() and abs(value) >= 1000):
        text = f"{round(value):,}".replace(",", THIN)
    else:
        size = abs(value)
        if 1e-3 <= size < 10 ** -(digits - 1):
            text = f"{value:.{max(digits - 1, 1)}g}"
        elif size != 0 and (size < 1e-3 or size >= 1e6):
            mantissa, exponent = f"{value:.{max(digits - 2, 0)}e}".split("e")
            mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
            text = f"{mantissa}e{int(exponent)}"
        else:
            whole = len(str(int(size)))
            text = f"{value:,.{max(digits - whole, 0)}f}".replace(",", THIN)
    return text.replace("-", "−") if text.startswith("-") else text


def parse_number(text: str) -> float | None:
    """The number someone typed, with or without thousands, unit or a true minus sign; None when there is none."""
    cleaned = text.strip().replace("−", "-")
    for space in (" ", THIN, "\u00a0", "_"):
        cleaned = cleaned.replace(space, "")
    if "," in cleaned:  # 1,000 is a thousand, 0,5 a half
        head, _, tail = cleaned.rpartition(",")
        thousands = len(tail) == 3 and "." not in tail and head.lstrip("-") not in ("", "0")
        cleaned = cleaned.replace(",", "") if thousands or "." in tail else cleaned.replace(",", ".")
    while cleaned and not (cleaned[-1].isdigit() or cleaned[-1] == "."):
        cleaned = cleaned[:-1]
    try:
        value = float(cleaned)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
