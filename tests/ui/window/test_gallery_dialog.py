"""The gallery in the window: a card for each exhibit, which opens it into a run that belongs to no file."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog

from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.exhibits import exhibits
from dgm_studio.ui.window.gallery_dialog import GalleryDialog
from dgm_studio.ui.window.main_window import MainWindow

from .. import fake_backend as fake


def shown(window: MainWindow) -> GalleryDialog:
    window.studio.commands["file.gallery"].run()
    (dialog,) = (d for d in window.findChildren(QDialog) if isinstance(d, GalleryDialog))
    return dialog


def test_a_card_opens_its_exhibit(window: MainWindow, backend: fake.FakeBackend) -> None:
    dialog = shown(window)
    assert [card.exhibit for card in dialog.cards] == list(exhibits())
    card = dialog.cards[3]
    card.click()
    (load,) = (intent for intent in backend.sent if isinstance(intent, m.Load))
    assert load.path == card.exhibit.path
    assert not dialog.isVisible()


def test_what_was_opened_from_it_belongs_to_no_file(window: MainWindow, say) -> None:
    studio, exhibit = window.studio, exhibits()[0]
    say(fake.ready())
    say(fake.opened(studio.run.name, studio.spec))
    say(m.Loaded(studio.run.name, exhibit.step, exhibit.path, {}))
    assert studio.document is None
    assert str(exhibit.path) not in studio.settings.recent


def test_the_palette_finds_exhibits_by_their_words(window: MainWindow, say) -> None:
    say(fake.ready())
    found = window.palette_dialog.found("moons by diffusion")
    assert any(command.id == "exhibit.moons-diffusion" for command in found)
