"""Reports: one file that fetches nothing, in both themes, with what was measured and how to make it again."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from dgm_studio.api.job import Job
from dgm_studio.cli.main import cli
from dgm_studio.json_text import as_text
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.files.links import from_link
from dgm_studio.studio.film.choice import BadFilm
from dgm_studio.studio.report.page import Report, ReportLines, ReportTable, to_html
from dgm_studio.studio.session.session import Session
from dgm_studio.tables.result_table import ResultCell, ResultTable, RunResult
from dgm_studio.ui import background
from dgm_studio.ui.report.report import report

SEEN = Session(layers=("data", "samples")).model_dump_json().encode()


def _saved(path: Path, family: str, extras: dict[str, bytes] | None = None) -> Path:
    job = Job()
    data = DataChoice(name="8-gaussians", params={"examples": 80})
    config = {"width": 16} if family == "flow" else {}
    job.open(RunSpec(data=data, family=family, config=config, sampling=Sampling(count=50), seed=3))
    job.ask(m.Train(job.name, steps=2), m.Finished)
    job.ask(m.Save(job.name, path, {"session.json": SEEN, **(extras or {})}), m.Saved)
    return path


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _saved(tmp_path_factory.mktemp("report") / "flow.dgm", "flow")


class _Read(HTMLParser):
    """What a page holds, and what it would fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.media: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), name
            if name in ("src", "srcset", "href"):
                self.sources.append(value or "")
            if name == "media":
                self.media.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_page_needs_nothing_beside_it_and_says_how_to_make_the_run_again(flow: Path, tmp_path: Path) -> None:
    told: list[str] = []
    report(flow, tmp_path / "r.html", told.append)
    page = _Read((tmp_path / "r.html").read_text("utf-8"))
    assert "script" not in page.tags
    assert len(page.sources) >= 4
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert set(page.media) == {"(prefers-color-scheme: dark)"}
    assert "Held-out likelihood" in page.words
    assert "±" in page.words
    assert "--family flow" in page.words
    assert "--steps 2" in page.words
    link = re.search(r"dgm:1\.[\w-]+", page.words)
    assert from_link(link[0]).spec("2d").family == "flow"
    assert "step 2, seed 3" in page.words
    assert told[0] == "drawing"
    assert [each.name for each in tmp_path.iterdir()] == ["r.html"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_the_pdf_says_the_same(flow: Path, tmp_path: Path) -> None:
    report(flow, tmp_path / "r.pdf", lambda _: None)
    words = subprocess.run(["pdftotext", tmp_path / "r.pdf", "-"], check=True, capture_output=True, text=True).stdout
    assert "Held-out likelihood" in words
    assert "dgm-studio train" in words
    images = subprocess.run(
        ["pdfimages", "-list", tmp_path / "r.pdf"], check=True, capture_output=True, text=True
    ).stdout
    assert len(images.splitlines()) > 3


def test_a_comparison_is_reported_with_its_table(tmp_path: Path) -> None:
    other = _saved(tmp_path / "kde.dgm", "kde")
    cells = {
        "likelihood": ResultCell(1.25, 0.03, "nats", "exact"),
        "compression": ResultCell(kind="cannot", refused="No <file>."),
    }
    runs = [RunResult(name, name, {}, {}, 0, 2, 0.1, cells) for name in ("flow", "kde")]
    table = ResultTable("8 gaussians", "2 steps each", tuple(runs), {"version": "here"})
    extras = {"comparison.json": as_text(table.to_json()).encode(), "runs/01.dgm": other.read_bytes()}
    both = _saved(tmp_path / "both.dgm", "flow", extras)
    report(both, tmp_path / "r.html", lambda _: None)
    page = _Read((tmp_path / "r.html").read_text("utf-8"))
    assert "Side by side" in page.words
    assert page.words.count("1.25 ± 0.03 nats exact") == 2
    assert "No <file>." in page.words
    assert "Settings of Kernel density" in page.words
    assert page.words.count("dgm-studio train") == 2


def test_words_cannot_become_elements() -> None:
    bad = '<script>alert("x")</script>'
    page = to_html(Report(bad, [bad], [(bad, [ReportTable([bad], [[bad]], [bad]), ReportLines([bad], bad)])], bad))
    assert "script" not in _Read(page).tags
    assert _Read(page).words.count("alert") == 10


def test_what_cannot_be_reported_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.dgm"
    bad.write_bytes(b"no run")
    with pytest.raises(BadFilm, match="not a whole"):
        report(bad, tmp_path / "r.html", lambda _: None)
    for out, said in (("r.doc", "does not end in"), ("r.html", "not a whole")):
        done = CliRunner().invoke(cli, ["report", str(bad), "--out", str(tmp_path / out)])
        assert done.exit_code == 2
        assert said in done.output
    assert [each.name for each in tmp_path.iterdir()] == ["bad.dgm"]


def test_the_window_writes_one_in_the_background(
    running, studio, backend, say, monkeypatch, tmp_path: Path, qtbot
) -> None:
    asked: list[str] = []

    def write(verb: str, run: Path, arguments: list[str], out: Path) -> list[str]:
        asked.append(verb)
        return [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('page')", str(out)]

    monkeypatch.setattr(background, "command", write)
    reports = running.window.reports
    reports.write(tmp_path / "r.doc")
    assert "does not end in" in studio.notices.items[-1].message
    reports.write(tmp_path / "r.html")
    saved = [intent for intent in backend.sent if isinstance(intent, m.Save)][-1]
    with qtbot.waitSignal(reports.running.ended, timeout=20_000):
        say(m.Saved(studio.run.name, studio.run.step, saved.path, {}))
    assert asked == ["report"]
    assert "Wrote r.html" in studio.notices.items[-1].message
    assert (tmp_path / "r.html").read_text("utf-8") == "page"
    assert reports.running is None
