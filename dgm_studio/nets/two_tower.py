"""Two towers, one for images and one for captions, that meet in one space: contrastive learning (CLIP, Radford et al. 2021,
arXiv:2103.00020).

Of a batch of pairs each image shall be nearer to its own caption than to the others, and the other way round:

    loss = 1/2 (CE_rows + CE_columns) of  exp(s) <image_i, caption_j>,

where captions that say the same count as one's own. A tower that reads words in order tells ``A above B`` from ``B above A``;
one that only sums them, a bag of words, cannot: both have the same embedding (Yuksekgonul et al. 2023, arXiv:2210.01936).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dgm_studio.contract.context import embeddings
from dgm_studio.resources import resource

EMBEDDING = 32


class ImageTower(nn.Module):
    """Images (n, 3, 16, 16) in [-1, 1] to unit vectors (n, size)."""

    def __init__(self, size: int = EMBEDDING, width: int = 24) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(2 * width * 16, 128),
            nn.SiLU(),
            nn.Linear(128, size),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(self.body(x), dim=1)


class CaptionTower(nn.Module):
    """Captions (n, length) of word numbers from 1 on, 0 where they have ended, to unit vectors (n, size).

    An ``ordered`` one reads the words side by side, each in its place; else it adds them up.
    """

    def __init__(self, words: int, length: int, size: int = EMBEDDING, *, ordered: bool = True) -> None:
        super().__init__()
        self.ordered = ordered
        self.word = nn.Embedding(words + 1, 24, padding_idx=0)
        self.body = nn.Sequential(nn.Linear(24 * (length if ordered else 1), 128), nn.SiLU(), nn.Linear(128, size))

    def forward(self, caption: Tensor) -> Tensor:
        word = self.word(caption)
        return functional.normalize(self.body(word.flatten(1) if self.ordered else word.sum(1)), dim=1)


class ImageReader(nn.Module):
    """An image tower that has learned to meet a table of caption embeddings that stays: it tells which caption an image has."""

    def __init__(self, table: Tensor) -> None:
        """``table`` (captions, size) has rows of mean square one."""
        super().__init__()
        self.images = ImageTower(table.shape[1])
        self.scale = nn.Parameter(torch.tensor(math.log(10.0)))
        self.register_buffer("table", functional.normalize(table, dim=1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """log p(caption | image) (n, captions) of images (n, 3, 16, 16) in [-1, 1], each caption as common as the others."""
        assert isinstance(self.table, Tensor)
        scores: Tensor = self.scale.exp() * self.images(x) @ self.table.T
        return scores.log_softmax(1)


@cache
def image_reader(name: str) -> ImageReader:
    """The reader that comes with the program beside the embeddings of that name. Raises FileNotFoundError where none does."""
    reader = ImageReader(embeddings(name))
    with np.load(resource(f"towers/{name}.npz"), allow_pickle=False) as arrays:
        reader.load_state_dict({key: torch.from_numpy(a.astype(np.float32)) for key, a in arrays.items()})
    return reader.requires_grad_(False)


class TwoTowers(nn.Module):
    """An image and a caption tower with the scale of their likeness."""

    def __init__(self, words: int, length: int, *, ordered: bool = True) -> None:
        super().__init__()
        self.images, self.captions = ImageTower(), CaptionTower(words, length, ordered=ordered)
        self.scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def likeness(self, x: Tensor, caption: Tensor) -> Tensor:
        """(n, m) of images (n, 3, 16, 16) and captions (m, length), in units of the softmax."""
        scores: Tensor = self.scale.exp() * self.images(x) @ self.captions(caption).T
        return scores

    def loss(self, x: Tensor, caption: Tensor) -> Tensor:
        """The contrastive loss of pairs of images (n, 3, 16, 16) and captions (n, length), in nats."""
        scores = self.likeness(x, caption)
        same = (caption[:, None] == caption).all(-1).to(scores)
        target = same / same.sum(1, keepdim=True)
        return 0.5 * (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target))
