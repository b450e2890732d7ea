"""What the image benchmarks share: an independent classifier, pictures on sheets, and which families are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from dgm_studio.engine.catalogue import families

from .learning import Ground

DATA = ("digits", "glyphs")
OF_ONE_PICTURE = {"texture", "patchmatch"}
"""Families that continue a picture instead of modelling a set: they have nothing to say about fresh examples."""
_SEEN_BY_CLASSIFIER = 4000
_GREYS = 16
_GAP = 2

Predict = Callable[[Tensor], Tensor]


def asked(names: list[str], on: Ground, *, labelled: bool) -> list[str]:
    """Families that can be trained on the set: those named, else all. Raises ValueError for a name there is none of."""
    if unknown := set(names) - set(families()):
        raise ValueError(f"there is no family {unknown.pop()!r}; there is {', '.join(families())}")
    chosen = names or [name for name in families() if name not in OF_ONE_PICTURE]
    return [name for name in chosen if families()[name].accepts(on.spec(labelled=labelled)) is None]


def classifier(on: Ground) -> tuple[Predict, float]:
    """A support-vector machine on the pixels, which knows nothing of our networks, and its accuracy on held-out pictures."""
    from sklearn.svm import SVC

    label, truth = on.data.train.label, on.data.held_out.label
    assert label is not None
    assert truth is not None
    machine = SVC(C=10.0)
    machine.fit(on.train()[:_SEEN_BY_CLASSIFIER].flatten(1).numpy(), label[:_SEEN_BY_CLASSIFIER].numpy())

    def predict(x: Tensor) -> Tensor:
        """Pictures (n, C, H, W) to class numbers (n,); pictures of no finite value are of no class."""
        rows = x.flatten(1)
        guess = torch.from_numpy(machine.predict(rows.nan_to_num().clamp(-1, 1).numpy()))
        return torch.where(rows.isfinite().all(1), guess, -1)

    return predict, float((predict(on.held_out()) == truth).float().mean())


def write_sheet(path: Path, rows: Mapping[str, np.ndarray], zoom: int) -> None:
    """A picture with one row of pictures, uint8 (columns, H, W), per name; sixteen greys keep the file small."""
    framed = {
        name: np.pad(row.repeat(zoom, 1).repeat(zoom, 2), ((0, 0), (0, _GAP), (0, _GAP)), constant_values=255)
        for name, row in rows.items()
    }
    page = np.concatenate([np.concatenate([*row], 1) for row in framed.values()])
    height = page.shape[0] // len(rows)
    font = ImageFont.load_default(11)
    margin = 8 + max(round(font.getlength(name)) for name in rows)
    sheet = Image.new("L", (margin + page.shape[1], page.shape[0]), 255)
    sheet.paste(Image.fromarray(page), (margin, 0))
    pen = ImageDraw.Draw(sheet)
    for i, name in enumerate(rows):
        pen.text((4, (i + 0.5) * height), name, fill=0, font=font, anchor="lm")
    greys = sheet.point([round(v * (_GREYS - 1) / 255) for v in range(256)])
    small = Image.fromarray(np.asarray(greys), "P")
    small.putpalette([v * 255 // (_GREYS - 1) for v in range(_GREYS) for _ in range(3)])
    path.parent.mkdir(parents=True, exist_ok=True)
    small.save(path, "PNG", optimize=True, bits=4)
