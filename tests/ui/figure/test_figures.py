"""Figures: opened by something else they have the size, the vectors and the words that were asked for."""

from __future__ import annotations

import base64
import csv
import io
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as xml

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

import dgm_studio
from dgm_studio.api.job import Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.figure.choice import BadFigure, FigureChoice, length_of
from dgm_studio.studio.film.choice import FilmChoice
from dgm_studio.studio.session.session import Session
from dgm_studio.ui.figure.dialog import FigureDialog
from dgm_studio.ui.figure.figure import written
from dgm_studio.ui.figure.saved import draw_all, draw_saved
from dgm_studio.ui.figure.vectors import painters, svg_of
from dgm_studio.ui.film.filming import offstage
from dgm_studio.ui.film.shooting import frames
from dgm_studio.ui.look import theme
from dgm_studio.ui.look.plots import Plot

SVG = "{http://www.w3.org/2000/svg}"
POINTS, SAMPLES = 60, 40


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flow on three groups of points, with the density on."""
    job, path = Job(), tmp_path_factory.mktemp("figure") / "plane.dgm"
    data = DataChoice(name="8-gaussians", params={"examples": POINTS})
    job.open(RunSpec(data=data, family="kde", sampling=Sampling(count=SAMPLES, seed=3), seed=5))
    job.ask(m.Train(job.name, steps=1), m.Finished)
    seen = Session(layers=("data", "samples", "density")).model_dump_json().encode()
    job.ask(m.MeasureNow(job.name, 1), m.Measured)
    job.ask(m.Save(job.name, path, {"session.json": seen}), m.Saved)
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    job, path = Job(), tmp_path_factory.mktemp("figure") / "digits.dgm"
    spec = RunSpec(data=DataChoice(name="digits"), family="vae", config={"width": 16}, sampling=Sampling(count=4))
    job.open(spec)
    job.ask(m.Train(job.name, steps=3), m.Finished)
    job.ask(m.Save(job.name, path), m.Saved)
    return path


def _paths(root: xml.Element) -> list[xml.Element]:
    return [each for each in root.iter() if each.tag in (f"{SVG}path", f"{SVG}polyline", f"{SVG}circle")]


def test_an_svg_has_points_lines_and_letters_as_vectors_and_heat_maps_alone_as_pixels(
    plane: Path, tmp_path: Path
) -> None:
    caption = draw_saved(plane, FigureChoice(width=10, height=7), tmp_path / "a.svg", tmp_path / "a.npz")
    root = xml.parse(tmp_path / "a.svg").getroot()
    sides = [float(root.get(side).removesuffix("mm")) for side in ("width", "height")]
    assert sides == pytest.approx([100, 70], abs=0.2)
    assert len(_paths(root)) > POINTS + SAMPLES
    words = {"".join(text.itertext()).strip() for text in root.iter(f"{SVG}text")}
    assert {"0", "samples", "density"} <= {word.strip("● ") for word in words}
    assert len(list(root.iter(f"{SVG}image"))) == 2  # the density, and its colours in the key
    assert not [each for each in root.iter() if each.get("vector-effect", "none") != "none"]
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names))
    assert caption.title in root.findtext(f"{SVG}title")
    assert f"DGM Studio {dgm_studio.__version__}" in root.findtext(f"{SVG}desc")
    assert "step 1, seed 5" in caption.provenance
    assert "±" in caption.text
    with np.load(tmp_path / "a.npz") as behind:
        assert behind["samples"].shape == (SAMPLES, 2)
        assert behind["data"].shape == (POINTS, 2)
        assert behind["density.field"].ndim == 2


@pytest.mark.parametrize(("slot", "least"), [("sequences", "text"), ("paths", "path")])
def test_strings_are_letters_and_paths_are_lines(slot: str, least: str, tmp_path: Path) -> None:
    job = Job()
    job.open(Session().spec(slot).with_sampling(count=12))
    job.ask(m.Save(job.name, tmp_path / "run.dgm"), m.Saved)
    with offstage(tmp_path / "run.dgm", "dark") as place:
        shot = list(frames(place, FilmChoice(seconds=0.1, size=(240, 160), rest=0)))
        assert (shot[0] != shot[-1]).any()
        content, _ = written(place.studio, FigureChoice(), ".svg", draw_all(place))
    root = xml.fromstring(content)
    assert len(list(root.iter(f"{SVG}{least}"))) > 12
    assert not list(root.iter(f"{SVG}image"))


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="librsvg2-bin is not installed")
def test_another_renderer_shows_the_svg_as_the_png(plane: Path, tmp_path: Path) -> None:
    choice = FigureChoice(width=8, height=6, legend=False)
    draw_saved(plane, choice, tmp_path / "a.svg")
    draw_saved(plane, choice, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as png:
        size, wanted = png.size, np.asarray(png.convert("L").resize((160, 120)), float)
    subprocess.run(
        ["rsvg-convert", "-w", str(size[0]), "-h", str(size[1]), tmp_path / "a.svg", "-o", tmp_path / "b.png"],
        check=True,
    )
    with Image.open(tmp_path / "b.png") as png:
        shown = np.asarray(png.convert("L").resize((160, 120)), float)
    assert np.abs(wanted - shown).mean() < 6  # letters are of another font there
    assert np.corrcoef(wanted.ravel(), shown.ravel())[0, 1] > 0.9


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
def test_a_pdf_has_one_page_of_the_size_with_letters_and_few_images(plane: Path, tmp_path: Path) -> None:
    draw_saved(plane, FigureChoice(width=10, height=7, serif=True), tmp_path / "a.pdf")

    def said(*command: str) -> str:
        return subprocess.run([*command], check=True, capture_output=True, text=True).stdout

    about = said("pdfinfo", str(tmp_path / "a.pdf"))
    assert "Pages:           1" in about
    size = next(line for line in about.splitlines() if line.startswith("Page size"))
    assert [float(v) for v in size.split()[2:5:2]] == pytest.approx([283.6, 198.5], abs=1.5)
    assert "density" in said("pdftotext", str(tmp_path / "a.pdf"), "-")
    images = said("pdfimages", "-list", str(tmp_path / "a.pdf")).splitlines()[2:]
    assert len([line for line in images if line.split()[2] == "image"]) == 2
    subprocess.run(["pdftoppm", "-r", "60", "-png", tmp_path / "a.pdf", tmp_path / "page"], check=True)
    with Image.open(next(tmp_path.glob("page*.png"))) as page:
        assert np.asarray(page.convert("L")).std() > 5


def test_a_png_has_its_resolution_and_words(digits: Path, tmp_path: Path) -> None:
    draw_saved(digits, FigureChoice(width=5.08, height=5.08, scale=2), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as png:
        assert png.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert png.size == pytest.approx((1200, 1200), abs=4)
        assert "images" in png.text["Description"]
        assert "VAE" in png.text["Title"]
        assert png.getpixel((0, 0)) == (255, 255, 255)


def test_curves_and_their_table(plane: Path, digits: Path, tmp_path: Path) -> None:
    draw_saved(digits, FigureChoice(view="loss"), tmp_path / "a.svg", tmp_path / "a.csv")
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8").splitlines()))
    assert rows[0] == ["curve", "step", "value", "error"]
    assert [row[1] for row in rows[1:4]] == ["1", "2", "3"]
    assert len(_paths(xml.parse(tmp_path / "a.svg").getroot())) >= 1
    with pytest.raises(BadFigure, match="measured yet"):
        draw_saved(digits, FigureChoice(view="quality"), tmp_path / "b.svg")
    with pytest.raises(BadFigure, match="no table of points"):
        draw_saved(digits, FigureChoice(), tmp_path / "c.svg", tmp_path / "c.csv")
    assert not (tmp_path / "b.svg").exists()


def test_a_view_as_it_is_on_screen_is_the_same_in_vectors(tmp_path: Path, qapp: QApplication) -> None:
    """Its parts at their places: what a plot, letters and a picture of few pixels are on screen, another renderer shows."""
    page = QWidget()
    page.setFixedSize(300, 200)
    label, image, plot = QLabel("Words", page), QLabel(page), Plot("plot")
    plot.setParent(page)
    label.setGeometry(10, 10, 120, 20)
    pixels = QImage(2, 2, QImage.Format.Format_RGB32)
    pixels.fill(Qt.GlobalColor.red)
    pixels.setPixelColor(0, 0, Qt.GlobalColor.blue)
    image.setPixmap(QPixmap.fromImage(pixels).scaled(60, 60))
    image.setGeometry(10, 60, 60, 60)
    plot.setGeometry(100, 40, 200, 160)
    plot.item.plot([0, 1, 2], [0, 1, 0])
    page.show()
    content = svg_of(page, painters(page), QColor("white"), "title", "words", alone=True)
    page.close()
    root = xml.fromstring(content)
    said = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
    assert {"Words", "0", "1"} <= said
    assert len(_paths(root)) > 3
    (picture,) = root.iter(f"{SVG}image")
    held = Image.open(io.BytesIO(base64.b64decode(picture.get("{http://www.w3.org/1999/xlink}href").partition(",")[2])))
    assert min(held.size) >= 256  # however few pixels it has
    page.deleteLater()


def test_lengths_are_read_and_what_cannot_be_drawn_is_said() -> None:
    assert [length_of(text) for text in ("8cm", "80 mm", "2in", "7.5")] == pytest.approx([8, 8, 5.08, 7.5])
    for wrong in ("", "cm", "8 miles"):
        with pytest.raises(BadFigure, match="such as 8cm"):
            length_of(wrong)
    for choice, name, said in (
        (FigureChoice(width=1), "a.svg", "cm wide"),
        (FigureChoice(width=float("nan")), "a.svg", "cm wide"),
        (FigureChoice(), "a.jpg", "does not end in"),
        (FigureChoice(view="inside out"), "a.svg", "There is no view"),
    ):
        with pytest.raises(BadFigure, match=said):
            choice.check(Path(name))


def test_the_view_in_front_is_copied_and_saved_from_the_window(running, studio, tmp_path: Path) -> None:
    window, before, look = running.window, studio.session, theme.tokens()
    studio.commands.run("edit.copy_view")
    image: QImage = QApplication.clipboard().image()
    assert image.width() == pytest.approx(2 * window.plane.canvas.width(), abs=4)
    studio.commands.run("file.figure")
    dialog = window.findChild(FigureDialog)
    dialog.numbers.enter(True)
    assert dialog.write(tmp_path / "a.svg")
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"a.svg", "a.svg.txt", "a.svg.npz"}
    assert "Alternative text" in (tmp_path / "a.svg.txt").read_text("utf-8")
    dialog.view.enter("as-seen")
    assert dialog.write(tmp_path / "b.svg")
    root = xml.parse(tmp_path / "b.svg").getroot()
    assert float(root.get("width").removesuffix("mm")) == pytest.approx(80, abs=0.2)
    assert {"".join(text.itertext()) for text in root.iter(f"{SVG}text")} & {"-1", "0", "1"}
    ground = root.find(f"{SVG}rect").get("fill")
    dialog.look.enter("dark")
    assert dialog.write(tmp_path / "c.svg")
    assert xml.parse(tmp_path / "c.svg").getroot().find(f"{SVG}rect").get("fill") != ground
    assert theme.tokens() is look  # the window has its own again
    assert not dialog.write(tmp_path / "b.bmp")
    assert "does not end in" in dialog.about.text()
    assert dialog.write(tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as png:
        assert png.width == pytest.approx(8 / 2.54 * 300, abs=4)
    assert not dialog.write(tmp_path / "nowhere" / "b.png")
    assert studio.session == before
    dialog.reject()
