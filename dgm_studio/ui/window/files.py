"""Dialogs for files: open and save runs, open data, export samples. Every failure becomes a notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from dgm_studio.atomic import write as write_whole
from dgm_studio.language import tr
from dgm_studio.protocol.messages import EXPORT_ENDINGS, ExportForm
from dgm_studio.protocol.spec import PICTURE, DataChoice, DataKind
from dgm_studio.studio.files.arrivals import ONE_IMAGE, choice_of
from dgm_studio.studio.files.links import BadLink, to_link
from dgm_studio.studio.reading.command_line import command_lines
from dgm_studio.studio.reading.python_script import WRITTEN, NoScript
from dgm_studio.studio.studio import Studio

from ..look import theme
from .link_dialog import LinkDialog

_SETS = tr("Pictures (*.zip *.npz *.npy *.idx *.gz *.csv *ubyte);;All files (*)")
_ONE_IMAGE = tr("Pictures (*.png *.jpg *.jpeg *.jfif *.webp *.avif *.bmp *.gif *.tif *.tiff)")
_LINES = tr("Strings (*.txt *.text *.lst *.words);;All files (*)")
_RECORDINGS = tr("Recordings (*.wav *.wave);;All files (*)")
_RUNS = tr("DGM Studio runs (*.dgm)")
_SESSIONS = tr("DGM Studio sessions (*.dgm)")
_SCRIPTS = tr("Python (*.py);;Notebook (*.ipynb)")
_MODELS: dict[str, ExportForm] = {
    "Python that needs only torch and numpy (*.py)": "standalone",
    "Weights (*.safetensors)": "safetensors",
    "Graph of a step (*.onnx)": "onnx",
}
_SMALL = tr("Small runs: half precision, no optimiser (*.dgm)")


_OWN_FORMS: dict[DataKind, tuple[tuple[str, ...], str]] = {
    "points": ((tr("Table (*.csv)"), tr("Picture of the plane (*.png)")), ".csv"),
    "images": ((tr("Mosaic (*.png)"),), ".png"),
    "strings": ((tr("Text, one string a line (*.txt)"),), ".txt"),
    "sounds": ((tr("Sound, one after the other (*.wav)"),), ".wav"),
    "paths": ((), ".npy"),
}
"""Forms in which samples of a kind are written beside arrays, the usual first, and its ending."""


class Files:
    """``image`` of the view is asked for when points are exported as PNG."""

    def __init__(self, window: QWidget, studio: Studio, view: QWidget) -> None:
        self._window, self._studio, self._view = window, studio, view
        self.question: QMessageBox | None = None
        """What was asked last before something is replaced."""

    def new(self) -> None:
        self._studio.new()

    def open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open run"), self._folder(), _RUNS)
        if name:
            self._studio.open(Path(name))

    def copy_link(self) -> None:
        """Put the session as a link on the clipboard; a notice says so, or why there is none."""
        link = self._link()
        if link:
            theme.application().clipboard().setText(link)
            self._studio.notify(
                "info", tr("The link is on the clipboard: {link:,} letters, without weights.", link=len(link))
            )

    def copy_commands(self) -> None:
        """Put what trains and samples the run in front again on the clipboard, for a terminal."""
        run = self._studio.run
        classes = () if run.opened is None else run.opened.info.classes
        spec = self._studio.spec if run.opened is None else run.opened.spec
        theme.application().clipboard().setText("\n".join(command_lines(spec, run.step, tuple(classes))))
        self._studio.notify("info", tr("The commands that train and sample this run again are on the clipboard."))

    def export_python(self) -> None:
        """Write what trains and samples the run in front again as a script or a notebook, by the ending of the name."""
        run = self._studio.run
        if run.opened is None:
            return
        proposed = str(Path(self._folder()) / f"{run.opened.spec.data.label}-{run.opened.spec.family}.py")
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Export as Python"), proposed, _SCRIPTS)
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.py")
        write = WRITTEN.get(path.suffix.lower())
        if write is None:
            self._studio.notify(
                "warn", tr("Python is not written as {suffix}.", suffix=path.suffix), tr("Name it .py or .ipynb.")
            )
            return
        try:
            text = write(run.opened.spec, run.step, tuple(run.opened.info.classes))
            write_whole(path, text.encode())
        except (NoScript, OSError) as error:
            self._studio.notify("bad", tr("{name} was not written: {error}", name=path.name, error=error))
        else:
            self._studio.notify("info", tr("Wrote {name}; run it where dgm_studio is installed.", name=path.name))

    def export_model(self) -> None:
        """Write the model in front for other programs, in the form that is chosen or that the name ends in."""
        run = self._studio.run
        if run.opened is None:
            return
        proposed = str(Path(self._folder()) / f"{run.opened.spec.data.label}-{run.opened.spec.family}.py")
        name, chosen = QFileDialog.getSaveFileName(self._window, tr("Export model"), proposed, ";;".join(_MODELS))
        if not name:
            return
        form = _MODELS.get(chosen, "standalone")
        path = Path(name) if Path(name).suffix else Path(name + EXPORT_ENDINGS[form])
        by_ending = {ending: each for each, ending in EXPORT_ENDINGS.items()}.get(path.suffix.lower())
        if by_ending is None:
            endings = ", ".join(EXPORT_ENDINGS.values())
            self._studio.notify(
                "warn",
                tr("A model is not written as {suffix}.", suffix=path.suffix),
                tr("Name it {endings}.", endings=endings),
            )
            return
        self._studio.export_model(by_ending, path)

    def show_link(self) -> None:
        """The same, as a code for a camera."""
        link = self._link()
        if link:
            LinkDialog(link, self._window).show()

    def _link(self) -> str:
        try:
            return to_link(self._studio.session)
        except BadLink as error:
            self._studio.notify("warn", str(error))
            return ""

    def save(self) -> None:
        """Write the run to its file; where it has none, or something else wrote that, a person says where."""
        document = self._studio.document
        if document is None:
            self.save_as()
        elif document.altered:
            said = tr("{name} was changed by another program since.", name=document.path.name)
            self._ask_first(said, tr("Replace it with the run in front?"), lambda: self._studio.save(document.path))
        else:
            self._studio.save(document.path)

    def save_as(self) -> None:
        self._save_where(tr("Save run"), self._proposed(), [_RUNS], lambda path, _: self._studio.save(path))

    def save_copy(self) -> None:
        """As it is, or a small one."""
        self._save_where(
            tr("Save a copy"),
            self._proposed(" copy"),
            [_RUNS, _SMALL],
            lambda path, kind: self._studio.save_copy(path, exact=kind != _SMALL),
        )

    def save_session(self) -> None:
        """Several runs and what is on screen, in one file."""
        proposed = str(Path(self._folder()) / "session.dgm")
        self._save_where(tr("Save session"), proposed, [_SESSIONS], lambda path, _: self._studio.sessions.save(path))

    def revert(self) -> None:
        """Read the run in front again from its file."""
        document = self._studio.document
        if document is not None:
            self._studio.open(document.path)

    def _proposed(self, more: str = "") -> str:
        document, spec = self._studio.document, self._studio.spec
        stem = document.path.stem if document is not None else f"{Path(spec.data.label).stem}-{spec.family}"
        return str(Path(self._folder()) / f"{stem}{more}.dgm")

    def _save_where(self, title: str, proposed: str, kinds: list[str], write: Callable[[Path, str], None]) -> None:
        name, kind = QFileDialog.getSaveFileName(self._window, title, proposed, ";;".join(kinds))
        if not name:
            return
        path = Path(name)
        if path.suffix:
            write(path, kind)
            return
        path = path.with_suffix(".dgm")
        if path.exists():  # which the dialog has not asked about
            self._ask_first(
                tr("{name} is there already.", name=path.name), tr("Replace it?"), lambda: write(path, kind)
            )
        else:
            write(path, kind)

    def _ask_first(self, said: str, question: str, replace: Callable[[], None]) -> None:
        """Ask once before something is replaced."""
        self.question = box = QMessageBox(QMessageBox.Icon.Warning, tr("DGM Studio"), said, parent=self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setInformativeText(question)
        box.addButton(tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.accepted.connect(replace)
        box.open()

    def open_data(self) -> None:
        """A file of points for the plane; for images a file, or a folder of pictures."""
        self._choose_file(self.take_data)

    def open_source(self) -> None:
        """The same, for what samples start from."""
        self._choose_file(self.take_source)

    def _choose_file(self, take: Callable[[str], None]) -> None:
        if self._studio.kind == "points":
            self._open_file(tr("Points (*.csv *.tsv *.tab *.txt *.dat *.npy *.npz *.gz);;All files (*)"), take)
            return
        if self._studio.kind == "paths":
            self._studio.notify("info", tr("Paths come from no file: draw demonstrations around the obstacle."))
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._studio.kind in ("strings", "sounds"):
            menu.addAction(tr("Strings, one a line of a text file"), lambda: self._open_file(_LINES, take))
            menu.addAction(tr("Folder of recordings"), lambda: self._open_folder(take))
            menu.addAction(tr("One recording, cut into seconds"), lambda: self._open_file(_RECORDINGS, take))
            menu.popup(self._window.cursor().pos())
            return
        menu.addAction(tr("Folder of pictures"), lambda: self._open_folder(take))
        menu.addAction(tr("File of pictures (ZIP, IDX, NPZ, NPY, CSV)"), lambda: self._open_file(_SETS, take))
        menu.addAction(tr("One picture, for textures"), lambda: self._open_file(_ONE_IMAGE, take))
        menu.popup(self._window.cursor().pos())

    def _open_folder(self, take: Callable[[str], None]) -> None:
        take(QFileDialog.getExistingDirectory(self._window, tr("Open a folder"), self._folder()))

    def _open_file(self, kinds: str, take: Callable[[str], None]) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Open data"), self._folder(), kinds)
        take(name)

    def take_data(self, name: str) -> None:
        """Learn from a file or folder; an empty name: the dialog was left. Among images one picture is a set of its own."""
        if name:
            self._studio.choose_data(self._choice(name, {"size": ONE_IMAGE}))

    def take_source(self, name: str) -> None:
        """Start from a file or folder; an empty name: the dialog was left. Pictures get the size and colours of the data."""
        if name:
            opened = self._studio.run.opened
            shape = () if opened is None or self._studio.kind != "images" else opened.info.event
            like = {"size": shape[-1], "colour": "colour" if shape[0] == 3 else "grey"} if len(shape) == 3 else {}
            resized = Path(name).is_dir() or Path(name).suffix.lower() == ".zip"
            choice = self._choice(name, like)
            self._studio.choose_source(choice.model_copy(update={"params": like}) if resized else choice)

    def _choice(self, name: str, of_picture: dict[str, Any]) -> DataChoice:
        """As `choice_of`, of one picture with settings ``of_picture``."""
        choice = choice_of(self._studio, Path(name))
        return choice.model_copy(update={"params": of_picture}) if choice.name == PICTURE else choice

    def export(self) -> None:
        own, ending = _OWN_FORMS[self._studio.kind]
        kinds = [tr("NumPy array (*.npy)"), tr("NumPy archive with classes (*.npz)"), *own]
        proposed = str(Path(self._folder()) / f"samples{ending}")
        preferred = kinds[2 if own else 0]
        name, kind = QFileDialog.getSaveFileName(
            self._window, tr("Export samples"), proposed, ";;".join(kinds), preferred
        )
        if name:
            path = Path(name)
            kind = kind if kind in kinds else preferred  # some dialogs return no kind
            self.write(path if path.suffix else path.with_suffix(kind[kind.rindex("*") + 1 : -1]))

    def write(self, path: Path) -> None:
        """Write the samples that are shown, in the form the ending asks for."""
        # with all that reads pictures, which the window need not wait for
        from dgm_studio.studio.files.export import write_samples

        studio, samples = self._studio, self._studio.run.samples
        if samples is None:
            studio.notify("warn", tr("There are no samples to export yet."), tr("Wait until the first ones are shown."))
            return
        try:
            if path.suffix.lower() == ".png" and studio.workspace == "2d":
                if not self._view.grab().save(str(path), "PNG"):
                    raise OSError(tr("{path} could not be written", path=path))
            else:
                info = studio.run.opened.info if studio.run.opened is not None else None
                if info is None:
                    write_samples(path, samples.x, samples.labels)
                else:
                    write_samples(path, samples.x, samples.labels, info.classes, info.axes, info.alphabet, info.rate)
        except (OSError, ValueError) as error:
            studio.notify(
                "bad", tr("The samples were not exported: {error}.", error=error), tr("Choose another name or folder.")
            )
        else:
            studio.notify("info", tr("Exported {x} samples to {name}.", x=len(samples.x), name=path.name))

    def _folder(self) -> str:
        document, recent = self._studio.document, self._studio.settings.recent
        last = document.path if document is not None else Path(recent[0]) if recent else None
        return str(Path.home() if last is None else last.parent)
