"""The measured table: repeats become a mean with its error, reasons stand in place of figures, and text says the same."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from dgm_studio.contract import GROUPS
from dgm_studio.protocol import messages as m
from dgm_studio.studio.compare.published import PUBLISHED, Claim, published
from dgm_studio.studio.compare.table_image import drawn
from dgm_studio.studio.compare.writing import comma_separated, figure_said, latex, markdown, plain
from dgm_studio.tables.figures import RunFindings, diverged_figures, figures_of, refused_figures
from dgm_studio.tables.result_table import COLUMNS, ResultCell, ResultTable, RunResult, titles_of, together


def run(family: str, seed: int, value: float, **config: object) -> RunResult:
    cells = {
        "training": ResultCell(1.0, None, "share", "stable"),
        "likelihood": ResultCell(value, 0.01, "nats", "exact"),
        "compression": ResultCell(kind="cannot", refused="Points are real numbers."),
    }
    return RunResult(family, family.upper(), config, {}, seed, 100, 2.0, cells)


TABLE = ResultTable(
    "moons", "20 seconds each", (run("flow", 0, 2.0), run("flow", 1, 2.2), run("gan", 0, 3.0)), {"Device": "CPU"}
)


def test_repeats_are_one_row_with_their_standard_error() -> None:
    flow, gan = TABLE.rows
    assert (flow.title, len(flow.runs), gan.title) == ("FLOW", 2, "GAN")
    cell = flow.cells["likelihood"]
    assert cell.value == pytest.approx(2.1)
    assert cell.error == pytest.approx(np.std([2.0, 2.2], ddof=1) / 2**0.5)
    assert (cell.count, cell.unit, cell.kind) == (2, "nats", "exact")
    assert gan.cells["likelihood"].error == 0.01


def test_shares_of_repeats_are_pooled_and_the_worst_is_said() -> None:
    cell = together(
        [ResultCell(1.0, None, "share", "stable", count=3), ResultCell(1 / 3, None, "share", "unstable", count=3)]
    )
    assert figure_said(cell) == "unstable 4/6"


def test_a_repeat_without_a_value_is_not_counted_and_its_reason_stays() -> None:
    cell = together([ResultCell(2.0, 0.1, "nats", "exact"), ResultCell(kind="diverged", refused="It ran away.")])
    assert (cell.value, cell.error, cell.refused) == (2.0, 0.1, "It ran away.")


def test_a_figure_does_not_depend_on_who_else_is_there() -> None:
    alone = replace(TABLE, runs=TABLE.runs[2:])
    assert alone.rows[0].cells == TABLE.rows[1].cells


def test_runs_of_one_family_are_called_by_what_differs() -> None:
    runs = [run("gan", 0, 1.0, r1=0.0, width=8), run("gan", 0, 1.0, r1=0.02, width=8), run("flow", 0, 1.0, width=8)]
    assert titles_of(runs) == ["GAN, r1 0.0", "GAN, r1 0.02", "FLOW"]


def test_json_has_every_key_and_null_where_there_is_nothing() -> None:
    found = json.loads(json.dumps(TABLE.to_json()))
    assert (found["data"], found["budget"]) == ("moons", "20 seconds each")
    one = found["runs"][0]
    assert {"family", "config", "seed", "steps", "seconds", "cells"} <= set(one)
    for cell in one["cells"].values():
        assert {"value", "error", "unit", "kind", "refused"} <= set(cell)
    assert one["cells"]["compression"]["value"] is None
    assert one["cells"]["likelihood"]["refused"] is None


def test_markdown_csv_and_latex_say_the_same() -> None:
    rows = [line for line in markdown(TABLE).splitlines() if line.startswith("|")]
    assert rows[0] == "| model | training | likelihood | compression |"
    assert rows[2] == "| FLOW (n = 2) | stable 2/2 | 2.10 ± 0.10 nats exact | cannot |"
    assert "* Points are real numbers." in markdown(TABLE)
    parsed = list(csv.DictReader(io.StringIO(comma_separated(TABLE))))
    assert float(parsed[0]["likelihood"]) == pytest.approx(2.1)
    assert (parsed[0]["n"], parsed[1]["compression"], parsed[1]["compression_kind"]) == ("2", "", "cannot")
    text = latex(TABLE)
    assert r"2.10 $\pm$ 0.10 nats exact" in text
    assert text.count("&") == 3 * 3
    assert "20 seconds each" in plain(TABLE)


def test_columns_are_called_by_their_titles() -> None:
    called = replace(TABLE, titles={"likelihood": "Held-out likelihood"})
    assert "Held-out likelihood" in markdown(called).splitlines()[0]
    assert "Held-out likelihood" in latex(called)
    assert "likelihood_error" in comma_separated(called), "programs read names"


def test_the_image_grows_with_its_rows() -> None:
    few, many = drawn(replace(TABLE, runs=TABLE.runs[2:])), drawn(TABLE)
    assert few.shape[2] == 3
    assert many.shape[0] > few.shape[0]
    assert many.min() < 100


INFO = m.RunInfo(
    data_title="moons", event=(2,), classes=("a", "b"), examples=10, endless=True, entropy=2.0, has_truth=True,
    extent=(-1, 1, -1, 1), parameters=3, recipe_steps=10, samplers=(), methods=(), density="exact", field="velocity",
    latent_size=2, can_invert=True, latent_gaussian=True, uses_label=False, temperature="", device="CPU",
)  # fmt: skip


def figure(value: float, floor: float | None = None) -> dict[str, float | None]:
    return {"value": value, "error": 0.1, "floor": floor}


def measured(**values: dict[str, float | None]) -> m.Measured:
    return m.Measured("r", 5, values, {}, units={"nll": "nats", "nll_bound": "nats"})


def test_a_likelihood_is_exact_a_bound_or_said_to_be_neither() -> None:
    assert figures_of(RunFindings("A", INFO, measured(nll=figure(2.0))))["likelihood"].kind == "exact"
    assert figures_of(RunFindings("A", INFO, measured(nll_bound=figure(2.0))))["likelihood"].kind == "lower bound"
    none = figures_of(RunFindings("A", replace(INFO, density=None), measured()))["likelihood"]
    assert (none.value, none.kind) == (None, "cannot")
    factor = figures_of(RunFindings("A", replace(INFO, density="unnormalised"), measured()))["likelihood"]
    assert factor.kind == "unnormalised"


def test_a_likelihood_whose_solver_is_off_has_not_converged() -> None:
    off = replace(measured(nll=figure(2.0)), numerical=0.05)
    cell = figures_of(RunFindings("A", INFO, off))["likelihood"]
    assert (cell.value, cell.kind) == (2.0, "not converged")
    assert "0.05" in cell.note
    assert figures_of(RunFindings("A", INFO, replace(off, numerical=0.01)))["likelihood"].kind == "exact"


def test_a_likelihood_of_rounded_images_is_not_shown_as_one_of_all_levels() -> None:
    cell = figures_of(RunFindings("A", INFO, replace(measured(nll=figure(0.4)), rounded_to=2)))["likelihood"]
    assert cell.kind == "exact of 2 levels"
    assert "easier" in cell.note


def test_what_belongs_beside_a_figure_stands_in_its_note() -> None:
    told = measured(
        linear_probe=figure(0.9, 0.1), latent_neighbours=figure(0.8), probe_of_examples=figure(0.7), network_passes=figure(3),
        samples_per_second=figure(50),
    )  # fmt: skip
    cells = figures_of(RunFindings("A", INFO, told))
    assert all(words in cells["representation"].note for words in ("0.80", "0.70", "0.10"))
    assert "3 network passes" in cells["sampling"].note


def test_what_there_is_none_of_says_why() -> None:
    cells = figures_of(RunFindings("A", replace(INFO, latent_size=None), measured()), ("modes",))
    assert cells["representation"].kind == "none"
    assert cells["compression"].refused.startswith("Points")
    assert "modes" in cells["modes"].refused
    images = replace(INFO, event=(1, 8, 8), lossy="It knows a bound only.")
    assert figures_of(RunFindings("A", images, measured()))["compression"].refused == "It knows a bound only."


def test_a_file_is_shown_with_what_usual_formats_take() -> None:
    images = replace(INFO, event=(1, 8, 8), lossless=2, parameters=1000)
    file = m.Compressed(
        "r", 5, 1, "held-out", b"x" * 90, np.zeros((7, 8, 8), np.uint8), 60, 59.0, {"raw": 200, "zlib": 150}, 2, False
    )
    cell = figures_of(RunFindings("A", images, measured(), file))["compression"]
    assert (cell.value, cell.kind) == (90, "lossless")
    assert "zlib 150" in cell.note
    assert "4,000" in cell.note


def test_a_run_that_diverged_has_that_for_its_one_figure() -> None:
    cells = diverged_figures("EBM", 24, "the loss has reached -2e3.", ("modes",))
    assert set(cells) == {*COLUMNS, "modes"}
    assert (cells["training"].value, cells["training"].kind) == (0.0, "diverged")
    assert all(cell.refused for name, cell in cells.items() if name != "training")
    assert all(cell.refused == "Gone." for cell in refused_figures("missing", "Gone.").values())


def test_training_says_how_the_loss_varies_and_when_it_was_near_its_best() -> None:
    steps = np.array([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
    curve = m.Curve(steps, np.array([5.0, 2.0, 1.2, 1.09, 1.0, 1.3]))
    found = RunFindings("A", INFO, measured(late_loss=figure(0.25)), curves={"frechet": curve}, seconds_per_step=0.5)
    note = figures_of(found)["training"].note
    assert "varies by 0.25" in note
    assert "after 20 s" in note  # step 40 is the first within 1.1 of 1.0
    few = {"frechet": m.Curve(steps[:4], curve.values[:4])}
    assert "own best" not in figures_of(replace(found, curves=few))["training"].note


def test_a_model_of_fewer_latents_than_pixels_is_lossy_by_so_much() -> None:
    images = replace(INFO, event=(1, 8, 8), latent_size=16)
    cell = figures_of(RunFindings("A", images, measured(distortion=figure(0.4))))["compression"]
    assert (cell.value, cell.kind) == (0.4, "lossy")
    assert "16 numbers for 64" in cell.note
    as_many = replace(images, latent_size=64)
    assert figures_of(RunFindings("A", as_many, measured(distortion=figure(0.0))))["compression"].kind == "cannot"


def test_what_is_published_agrees_or_not_with_what_was_measured() -> None:
    exact, bound = ResultCell(2.0, 0.1, "nats", "exact"), ResultCell(2.0, 0.1, "nats", "lower bound")
    assert published("flow", "likelihood", exact) == Claim("exact", True)
    assert published("latent variable", "likelihood", exact) == Claim("approximate", False)
    assert published("latent variable", "likelihood", bound) == Claim("approximate", True)
    assert published("energy", "likelihood", ResultCell(kind="unnormalised", refused="why")) == Claim(
        "unnormalised", True
    )
    assert published("implicit", "training", ResultCell(1.0, None, "share", "stable")) == Claim("unstable", False)
    assert published("implicit", "training", ResultCell(0.5, None, "share", "unstable")) == Claim("unstable", True)
    speed = ResultCell(100.0, 1.0, "samples/s")
    for passes, agrees in ((1, True), (50, False)):
        assert published("implicit", "sampling", speed, measured(network_passes=figure(passes))) == Claim(
            "fast", agrees
        )
    assert published("implicit", "sampling", speed) == Claim("fast", None)
    assert published("flow", "likelihood", ResultCell(2.0, 0.1, "nats", "not converged")) == Claim("exact", None)
    assert published("flow", "likelihood", ResultCell(kind="not measured", refused="why")) == Claim("exact", None)
    assert published("diffusion", "training", exact) is None


def test_every_branch_has_a_published_word_for_every_column() -> None:
    assert all(set(row) == set(COLUMNS) for row in PUBLISHED.values())
    assert set(PUBLISHED) <= set(GROUPS)
