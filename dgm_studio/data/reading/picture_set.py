"""Many picture files read as one set: cut and scaled to one size, on one scale for each kind of numbers."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

from dgm_studio.contract import Loading
from dgm_studio.data_error import DataError

from .listing import ListedFile
from .picture_file import decoded, fit
from .pictures import ANY, scaled
from .scale import Pixels, Scale, Scales, Span, scale_of, span_of

_PLAIN = Scale(0.0, 255.0)


@dataclass
class PictureSet:
    """The ``entries`` that could be read, their ``pixels`` (H, W) or (H, W, 3), the ``scales`` of their numbers by
    kind, and what was done, in words.
    """

    entries: list[ListedFile] = field(default_factory=list)
    pixels: list[Pixels] = field(default_factory=list)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def read_all(
    entries: Sequence[ListedFile], size: tuple[int, int], problems: list[str], kept: Scales = ANY
) -> Generator[Loading, None, PictureSet]:  # fmt: skip
    """Read pictures, as high and wide as ``size``, on the scales a run has ``kept``; what cannot be read is added to the
    ``problems``.

    Only numbers that turn out to be on another scale than 0..255 are read twice: once for their range, once for what they are.
    """
    found = PictureSet()
    kinds: list[str] = []
    spans: dict[str, Span] = {}
    words: dict[str, int] = {}
    for done, entry in enumerate(entries):
        yield Loading(done, len(entries), entry.parts[-1])
        try:
            file = decoded(entry.file(), entry.where)
            span = span_of(entry.where, file.values)
        except DataError as problem:
            problems.append(str(problem))
            continue
        picture = scaled(file, _PLAIN if span.kind == "8 bits" else Scale(span.low, max(span.high, span.low + 1)))
        found.entries.append(entry)
        found.pixels.append(fit(picture.pixels, size))
        kinds.append(span.kind)
        spans[span.kind] = span if span.kind not in spans else spans[span.kind] | span
        for word in picture.said:
            words[word] = words.get(word, 0) + 1
    scales = {kind: _scale(kind, span, kept, kinds.count(kind) == 1) for kind, span in spans.items()}
    again = [i for i, kind in enumerate(kinds) if (scales[kind].low, scales[kind].high) != (0, 255) or kind != "8 bits"]
    for done, i in enumerate(again):
        yield Loading(done, len(again), found.entries[i].parts[-1])
        file = decoded(found.entries[i].file(), found.entries[i].where)
        found.pixels[i] = fit(scaled(file, scales[kinds[i]]).pixels, size)
    found.scales = {kind: (scale.low, scale.high) for kind, scale in scales.items()}
    said = [words_ if count == len(kinds) else f"{words_} ({count} of {len(kinds)})" for words_, count in words.items()]
    found.said = (*(scale.said for scale in scales.values() if scale.said), *said)
    return found


def _scale(kind: str, span: Span, kept: Scales, alone: bool) -> Scale:
    return scale_of(f"one of the pictures of {kind}", span, kept, alone=alone)
