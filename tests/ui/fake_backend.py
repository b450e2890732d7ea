"""A backend without an engine: records what it is sent and says what a test tells it to say."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import numpy as np

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue, DeviceInfo, FamilyInfo, MeasureInfo, SourceInfo
from dgm_studio.protocol.spec import RunSpec

Kind = TypeVar("Kind", bound=m.Intent)


def number(title: str, default: float, low: float, high: float, **extra: Any) -> dict[str, Any]:
    kind = "integer" if isinstance(default, int) else "number"
    return {"title": title, "description": f"What {title} does.", "default": default, "type": kind, "minimum": low,
            "maximum": high, "scale": "linear", "unit": "", "advanced": False, **extra}  # fmt: skip


CONFIG = {
    "properties": {
        "width": number("Width", 128, 8, 512, scale="log"),
        "layers": number("Layers", 3, 1, 8),
        "coupling": {"title": "Coupling", "description": "Pairing.", "default": "ot", "enum": ["ot", "independent"]},
        "residual": {"title": "Residual", "description": "Skip.", "default": True, "type": "boolean"},
        "dropout": number("Dropout", 0.0, 0.0, 0.9, advanced=True),
    }
}
TRAINING = {
    "properties": {
        "batch": number("Batch", 256, 8, 8192, scale="log"),
        "learning_rate": number("Learning Rate", 5e-3, 1e-6, 0.1, scale="log"),
    }
}
KNOBS = {
    "properties": {"steps": number("Steps", 16, 1, 256, scale="log"), "guidance": number("Guidance", 1.0, 0.0, 8.0)}
}
FAMILIES = (
    ("flow-matching", "Flow matching", "velocity · ODE"),
    ("diffusion", "Diffusion", "denoise · SDE"),
    ("flow", "Flow", "exact density"),
    ("vae", "VAE", "latent · bound"),
    ("gan", "GAN", "two players"),
    ("kde", "Kernel density", "filing cabinet"),
)
PLANES = ("moons", "checkerboard", "gaussians-8", "rings", "spirals", "pinwheel", "swiss-roll", "drawn")
PICTURES = ("digits", "glyphs", "icons", "scenes")

CATALOGUE = Catalogue(
    (
        *(SourceInfo(n, n.capitalize(), f"{n}.", "points",
                     {"properties": {"noise": number("Noise", 0.1, 0.0, 1.0)} if n == "moons" else {}}) for n in PLANES),
        *(SourceInfo(n, n.capitalize(), f"{n}.", "images", {"properties": {}}) for n in PICTURES),
    ),
    tuple(
        FamilyInfo(n, t, s, "", f"{t}.", "", CONFIG, TRAINING,
                   {"points": None, "images": "Too many dimensions." if n == "kde" else None})
        for n, t, s in FAMILIES
    ),
    (
        MeasureInfo("gap", "Above the entropy", "nats", "likelihood", "", "", "0, which the true density gives", True),
        MeasureInfo("sliced_w2", "Sliced W2", "", "closeness", "", "", "what two draws of the data give", True),
    ),
    (DeviceInfo("cpu", "CPU", None),),
)  # fmt: skip


class FakeBackend:
    """See `dgm_studio.protocol.backend.Backend`."""

    def __init__(self) -> None:
        self.sent: list[m.Intent] = []
        self.started = self.closed = False
        self.restarts = 0
        self._events: list[m.Event] = []

    def start(self) -> None:
        self.started = True

    def send(self, intent: m.Intent) -> None:
        self.sent.append(intent)

    def poll(self) -> list[m.Event]:
        events, self._events = self._events, []
        return events

    def restart(self) -> None:
        self.restarts += 1

    def close(self, timeout: float = 2.0) -> bool:
        self.closed = True
        return True

    def say(self, *events: m.Event) -> None:
        self._events.extend(events)

    def of(self, kind: type[Kind]) -> list[Kind]:
        """What was sent of one kind."""
        return [intent for intent in self.sent if isinstance(intent, kind)]


def ready() -> m.Ready:
    return m.Ready("", 0, CATALOGUE)


def info(workspace: str = "2d", **changes: Any) -> m.RunInfo:
    plane = workspace == "2d"
    values: dict[str, Any] = {
        "data_title": "Moons" if plane else "Digits",
        "event": (2,) if plane else (1, 8, 8),
        "classes": ("upper", "lower") if plane else tuple("0123456789"),
        "examples": 2000,
        "endless": False,
        "entropy": 1.2 if plane else None,
        "has_truth": plane,
        "extent": (-2.2, 2.2, -1.8, 1.8) if plane else None,
        "parameters": 33_538,
        "recipe_steps": 2000,
        "samplers": (m.SamplerInfo("midpoint", "Midpoint", "Second order.", KNOBS),
                     m.SamplerInfo("euler", "Euler", "First order.", KNOBS)),
        "methods": (m.SamplerInfo("repaint", "RePaint", "Resampling.", KNOBS, "heuristic", "mask"),),
        "density": "exact" if plane else None,
        "field": "velocity" if plane else None,
        "latent_size": None if plane else 2,
        "can_invert": not plane,
        "latent_gaussian": not plane,
        "uses_label": True,
        "temperature": "Scales the noise the samples start from.",
        "device": "CPU",
    }  # fmt: skip
    return m.RunInfo(**{**values, **changes})


def resolved(spec: RunSpec) -> RunSpec:
    """A spec as the engine gives it back, with every value in use."""
    config = {k: v["default"] for k, v in CONFIG["properties"].items()}
    training = {k: v["default"] for k, v in TRAINING["properties"].items()}
    knobs = {k: v["default"] for k, v in KNOBS["properties"].items()}
    sampling = {"sampler": spec.sampling.sampler or "midpoint", "knobs": {**knobs, **spec.sampling.knobs}}
    return spec.with_(config={**config, **spec.config}, training={**training, **spec.training}).with_sampling(
        **sampling
    )


def opened(name: str, spec: RunSpec, workspace: str = "2d", **changes: Any) -> m.Opened:
    return m.Opened(name, 0, resolved(spec), info(workspace, **changes))


def moons(n: int, seed: int = 0, spread: float = 0.08) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) float32 on two moons, and which."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    angle = rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], -1)
    x[label == 1] = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], -1)[label == 1]
    return (1.3 * x + rng.normal(0, spread, (n, 2))).astype(np.float32), label


def samples(name: str, n: int = 1000, step: int = 100, frames: int = 17) -> m.Samples:
    """Samples of the plane with their way there from noise."""
    x, labels = moons(n, 1, 0.12)
    k = min(n, 256)
    noise = np.random.default_rng(2).normal(0, 1.2, (k, 2)).astype(np.float32)
    times = np.linspace(0, 1, frames).astype(np.float32)
    swirl = np.stack([noise[:, 1], -noise[:, 0]], -1)
    path = np.stack([(1 - t) * noise + t * x[:k] + 0.8 * t * (1 - t) * swirl for t in times])
    return m.Samples(name, step, x, labels, path, times, None, True, 0.05, step)


_EXTENT = (-2.6, 2.6, -1.9, 1.9)


@cache
def _grids() -> tuple[np.ndarray, ...]:
    """Log-density of a model, the true one, their difference and a velocity, over the plane."""
    columns, rows = 96, 70
    x = np.linspace(_EXTENT[0], _EXTENT[1], columns)
    y = np.linspace(_EXTENT[2], _EXTENT[3], rows)
    grid = np.stack(np.meshgrid(x, y), -1)
    centres, _ = moons(300, 3, 0.0)
    square = ((grid[:, :, None] - centres) ** 2).sum(-1)
    true = np.log(np.exp(-square / (2 * 0.12**2)).mean(-1) / (2 * np.pi * 0.12**2) + 1e-30)
    model = np.log(np.exp(-square / (2 * 0.18**2)).mean(-1) / (2 * np.pi * 0.18**2) + 1e-30)
    near = centres[square.argmin(-1)]
    drawn = model, true, np.exp(model) - np.exp(true), near - grid
    return tuple(values.astype(np.float32) for values in drawn)


def fields(name: str, step: int = 100) -> list[m.Field]:
    """Every field of the plane."""
    kinds = {"density": "exact", "truth": "exact", "difference": "exact", "field": "velocity"}
    return [
        m.Field(name, step, layer, values, _EXTENT, kind, 1.0, step)
        for (layer, kind), values in zip(kinds.items(), _grids(), strict=True)
    ]


def curves(name: str, step: int = 3000) -> m.Curves:
    at = np.arange(1, step, max(1, step // 400)).astype(float)
    rng = np.random.default_rng(4)
    loss = 0.4 + 0.5 * np.exp(-at / 500) + 0.02 * rng.normal(size=len(at))
    few = at[::10]
    return m.Curves(
        name, step, {"loss": m.Curve(at, loss, title="loss")},
        {"gap": m.Curve(few, 0.05 + np.exp(-few / 400), None, 0.0, "nats", "Above the entropy"),
         "sliced_w2": m.Curve(few, 0.04 + 0.4 * np.exp(-few / 300), None, 0.03, "", "Sliced W2")},
    )  # fmt: skip


def progress(name: str, phase: m.Phase = "training", step: int = 3120, activity: str = "") -> m.Progress:
    return m.Progress(name, step, phase, 312.0, 0.18, 10.0, "CPU", activity)


def value(number: float) -> dict[str, float | None]:
    """What a measure says: a number with an error of a tenth and no floor."""
    return {"value": number, "error": 0.1, "floor": None}


def measured(name: str, step: int = 3000) -> m.Measured:
    values = {"gap": {"value": 0.07, "error": 0.01, "floor": 0.0}}
    return m.Measured(
        name,
        step,
        values,
        {"gap": "0.07 nats above the entropy.", "sliced_wasserstein": "Sliced W2 0.041 (data vs data 0.032)."},
    )


def history(name: str, shown: int | None = None, step: int = 3120) -> m.History:
    return m.History(name, step, np.arange(0, step, 240), shown)
