"""An images run made of arrays: a studio without an engine, and the events an engine would send."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue, FamilyInfo
from dgm_studio.protocol.messages import RunInfo, SamplerInfo
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.studio import Studio

SCHEMA = {
    "type": "object",
    "properties": {"steps": {"type": "integer", "default": 32, "minimum": 2, "maximum": 256, "scale": "log"}},
}
DIFFUSION = FamilyInfo("diffusion", "Diffusion", "", "", "", "", SCHEMA, SCHEMA, {"points": None, "images": None})
METHODS = (
    SamplerInfo(
        "replacement", "Replacement", "Overwrites the known pixels at every step.", SCHEMA, "heuristic", "mask"
    ),
    SamplerInfo("smc", "Twisted SMC", "Weighted particles.", SCHEMA, "asymptotic", "mask"),
    SamplerInfo("sdedit", "SDEdit", "Noised, then denoised.", SCHEMA, "heuristic", "strokes"),
    SamplerInfo("restore", "Restore", "Guided.", SCHEMA, "heuristic", "observation"),
)


class Silent:
    """A backend that records intents and says what it is given."""

    def __init__(self):
        self.sent, self.events = [], []

    def start(self):
        self.events.append(m.Ready("", 0, Catalogue(families=(DIFFUSION,))))

    def send(self, intent):
        self.sent.append(intent)

    def poll(self):
        events, self.events = self.events, []
        return events

    def close(self):
        return True

    def last(self, kind):
        return next((i for i in reversed(self.sent) if isinstance(i, kind)), None)

    def all(self, kind):
        return [i for i in self.sent if isinstance(i, kind)]


class World:
    """A studio on an images run; ``shape`` is (H, W) or (H, W, 3)."""

    def __init__(self, places, shape=(28, 28), view="samples"):
        self.backend = Silent()
        self.studio = Studio(self.backend, places, Session(workspace="images", image_view=view))
        self.studio.start()
        self.studio.pump()
        self.shape = shape
        self.rng = np.random.default_rng(0)
        self.run = self.studio.run.name

    def pictures(self, n, shape=None):
        return self.rng.integers(0, 256, (n, *(shape or self.shape)), np.uint8)

    def push(self, *events):
        self.backend.events.extend(events)
        self.studio.pump()

    def open(self, **changes):
        channels = 3 if len(self.shape) == 3 else 1
        known = {
            "data_title": "Digits", "event": (channels, *self.shape[:2]), "classes": ("0", "1", "2"), "examples": 100,
            "endless": False, "entropy": None, "has_truth": False, "extent": None, "parameters": 10, "recipe_steps": 9,
            "samplers": (), "methods": METHODS, "density": None, "field": None, "latent_size": 2,
            "can_invert": True, "latent_gaussian": True, "uses_label": True, "temperature": "", "device": "CPU",
        }  # fmt: skip
        info = RunInfo(**{**known, **changes})
        self.data = self.pictures(20)
        labels = np.arange(20) % 3
        self.push(m.Opened(self.run, 0, self.studio.spec, info), m.Data(self.run, 0, self.data, labels))

    def samples(self, n=16, done=True, frames=9, path=True, kept=8):
        x = self.pictures(n)
        k = min(kept, n)
        steps = self.pictures(frames * k).reshape(frames, k, *self.shape) if path else None
        times = np.linspace(0, 1, frames) if path else None
        event = m.Samples(self.run, 5, x, np.arange(n) % 3, steps, times, steps, done, 0.2, 5)
        self.push(event)
        return event

    def latents(self, encode=True, size=2):
        latents = self.rng.normal(size=(30 if encode else 0, 2))
        grid = self.pictures(25).reshape(5, 5, *self.shape)
        axes = np.eye(2, size)
        self.push(
            m.Latents(
                self.run, 5, latents, np.arange(30) % 3 if encode else None, np.zeros(size), axes, grid, (-3, 3, -3, 3)
            )
        )

    def filled(self, x, done=True, progress=None, **more):
        asked = self.backend.last(m.Fill)
        progress = progress or (1.0 if done else 0.5)
        self.push(m.Filled(self.run, 5, asked.ticket, x, progress, done, asked.method, "heuristic", **more))


@pytest.fixture
def places():
    return Places()


@pytest.fixture
def world(places):
    return World(places)


@pytest.fixture
def images(world, qtbot, shown):
    """The view on a world with a run that is open."""
    world.open()
    return shown(world)


@pytest.fixture
def paint(images):
    """The canvas's view, in front."""
    images.choose("paint")
    return images.paint


@pytest.fixture
def shown(qtbot):
    """Makes the view of a world and shows it."""
    from dgm_studio.ui.images.images import ImagesView

    hosts = []

    def show(world, size=(900, 700)):
        # Inside a plain widget, as in the window: layouts of the view do not resize it.
        host = QWidget()
        hosts.append(host)
        host.resize(*size)
        view = ImagesView(world.studio)
        view.setParent(host)
        view.resize(*size)
        host.show()
        qtbot.waitExposed(host)
        return view

    yield show
    for host in hosts:
        host.close()
        host.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
