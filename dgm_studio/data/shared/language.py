"""A toy language of images with one object or two: ``red circle``, ``red circle above blue square``.

Its sentences are a colour and a shape, or two of them with ``left of`` or ``above`` between, never the same twice: 276 in all.
A caption and its swap have the same words and mean different images.
"""

from __future__ import annotations

from itertools import product

from dgm_studio.data.shared.objects import COLOURS, SHAPES

RELATIONS = ("left of", "above")
OBJECTS = tuple(f"{colour} {shape}" for colour, shape in product(COLOURS, SHAPES))
PAIRS = tuple((a, relation, b) for a, relation, b in product(OBJECTS, RELATIONS, OBJECTS) if a != b)
CAPTIONS = (*OBJECTS, *(" ".join(pair) for pair in PAIRS))
"""Every sentence, those of one object first."""
WORDS = tuple(sorted({word for caption in CAPTIONS for word in caption.split()}))
LONGEST = max(len(caption.split()) for caption in CAPTIONS)

_NUMBER = {caption: i for i, caption in enumerate(CAPTIONS)}


def number(first: str, relation: str = "", second: str = "") -> int:
    """The number of a caption of one object or two. Raises KeyError where it is no sentence."""
    return _NUMBER[f"{first} {relation} {second}".strip()]


def swapped(caption: int) -> int:
    """The number of the caption with its objects swapped; of one object its own."""
    if caption < len(OBJECTS):
        return caption
    first, relation, second = PAIRS[caption - len(OBJECTS)]
    return number(second, relation, first)


def spelt(caption: int) -> list[int]:
    """The numbers of its words from 1 on, filled up with 0 to the longest caption."""
    words = [1 + WORDS.index(word) for word in CAPTIONS[caption].split()]
    return words + [0] * (LONGEST - len(words))
