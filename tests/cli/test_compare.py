"""Comparing from the command line: one table, in the form that other programs read, and no run taken down by another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run

from dgm_studio.api import job
from dgm_studio.api.budget import TrainingBudget
from dgm_studio.api.job import BadInput


def told(*args: str | Path) -> dict:
    done = run("compare", *args, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return told(
        "--data", "moons", "--families", "kde,autoregressive,gan", "--budget", "steps:20", "--repeats", "2",
        "--measures", "copying", "--set", "batch=64",
    )  # fmt: skip


def test_the_form_is_as_documented(found: dict) -> None:
    assert (found["data"], found["budget"]) == ("moons", "20 steps each")
    assert [(r["family"], r["seed"]) for r in found["runs"]] == [
        (family, seed) for family in ("kde", "autoregressive", "gan") for seed in (0, 1)
    ]
    for one in found["runs"]:
        names = {"training", "likelihood", "sampling", "compression", "representation", "copying"}
        assert set(one["cells"]) == names
        assert all({"value", "error", "unit", "kind", "refused"} <= set(cell) for cell in one["cells"].values())
        assert one["steps"] == (20 if one["family"] != "kde" else 200), "a kernel density takes in its examples"


def test_each_claim_has_its_kind_and_each_gap_its_reason(found: dict) -> None:
    cells = {one["family"]: one["cells"] for one in found["runs"]}
    assert cells["autoregressive"]["likelihood"]["kind"] == "exact"
    assert cells["gan"]["likelihood"]["value"] is None
    assert "no density" in cells["gan"]["likelihood"]["refused"]
    assert cells["kde"]["compression"]["kind"] == "cannot"
    assert cells["autoregressive"]["sampling"]["value"] > 0


def test_a_run_alone_has_the_figures_it_has_among_others(found: dict) -> None:
    """But for the speed, which is that of the moment."""
    alone = told(
        "--data", "moons", "--families", "autoregressive", "--budget", "steps:20", "--repeats", "2",
        "--measures", "copying", "--set", "batch=64",
    )  # fmt: skip
    among = [one for one in found["runs"] if one["family"] == "autoregressive"]
    for one, other in zip(alone["runs"], among, strict=True):
        for name in ("training", "likelihood", "representation", "copying"):
            assert one["cells"][name] == other["cells"][name]


@pytest.mark.parametrize("ending", ["md", "csv", "tex", "json", "png"])
def test_every_kind_of_file_is_written(plane: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"t.{ending}"
    done = run("compare", plane, "--out", out)
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 100
    if ending == "json":
        assert json.loads(out.read_text())["runs"][0]["family"] == "flow"


def test_a_comparison_is_one_file_that_is_compared_again_and_opens_as_its_first_run(tmp_path: Path) -> None:
    out = tmp_path / "c.dgm"
    few = ("--data", "moons", "--set", "data.examples=500")
    args = (*few, "--families", "autoregressive,kde", "--budget", "steps:20", "--repeats", "2")
    first = told(*args, "--out", out)["runs"]
    table = tmp_path / "again.json"
    assert "Autoregressive (n = 2)" in run("compare", out, "--out", table).stdout
    again = json.loads(table.read_text())["runs"]
    assert [(one["family"], one["seed"]) for one in again] == [(one["family"], one["seed"]) for one in first]
    for one, other in zip(first, again, strict=True):
        assert one["cells"]["likelihood"] == other["cells"]["likelihood"]
        assert one["steps"] == other["steps"]
    assert run("sample", out, "-n", "10", "--out", tmp_path / "x.npy").exit_code == 0


def test_what_is_wrong_with_one_stands_in_its_cells(plane: Path, digits: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.dgm"
    broken.write_bytes(b"no run")
    runs = told(plane, tmp_path / "none.dgm", broken, digits)["runs"]
    kinds = [one["cells"]["likelihood"]["kind"] for one in runs]
    assert kinds == ["exact", "missing", "unreadable", "other data"]
    assert "does not exist" in runs[1]["cells"]["training"]["refused"]
    assert "do not compare" in runs[3]["cells"]["training"]["refused"]


def test_the_same_data_said_in_more_words_are_the_same(plane: Path) -> None:
    """The set of the saved run says nothing of how many examples, this one that they are without end."""
    runs = told(plane, "--data", "moons", "--set", "data.examples=0", "--families", "kde", "--budget", "steps:5")[
        "runs"
    ]
    assert [one["cells"]["likelihood"]["refused"] for one in runs] == [None, None]
    other = told(plane, "--data", "moons", "--set", "data.examples=50", "--families", "kde", "--budget", "steps:5")[
        "runs"
    ]
    assert other[1]["cells"]["likelihood"]["kind"] == "other data"


def test_a_run_that_diverges_takes_no_other_down() -> None:
    runs = told(
        "--data", "8-gaussians", "--families", "gan,autoregressive", "--budget", "steps:20", "--set",
        "learning_rate=0.1", "--repeats", "1",
    )["runs"]  # fmt: skip
    assert len(runs) == 2
    assert runs[1]["cells"]["likelihood"]["value"] is not None


def test_images_are_compressed_and_stability_is_tried_at_other_rates(tmp_path: Path) -> None:
    runs = told(
        "--data", "digits", "--set", "data.ink=black and white", "--families", "autoregressive,vae", "--budget",
        "examples:640", "--stability",
    )["runs"]  # fmt: skip
    auto, vae = (one["cells"] for one in runs)
    assert runs[0]["steps"] == 10
    assert (auto["compression"]["kind"], auto["compression"]["unit"]) == ("lossless", "bytes")
    assert auto["compression"]["value"] > 500
    assert "zlib" in auto["compression"]["note"]
    assert (vae["compression"]["kind"], vae["compression"]["unit"]) == ("lossy", "standard deviations")
    assert 0 < vae["compression"]["value"] < 1.2
    assert vae["training"]["value"] * 3 == pytest.approx(round(vae["training"]["value"] * 3))


def test_interrupted_training_is_measured_as_far_as_it_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, turns = tmp_path / "t.json", iter(range(10**9))
    follow = job.Job.follow

    def interrupted(one: job.Job, done: object) -> bool:
        def watched(event: object) -> bool:
            if next(turns) > 5:
                raise KeyboardInterrupt
            return done(event)  # type: ignore[operator]

        return follow(one, watched)

    monkeypatch.setattr(job.Job, "follow", interrupted)
    args = ("compare", "--data", "moons", "--families", "autoregressive", "--budget", "steps:100000", "--out", out)
    done = run(*args)
    assert done.exit_code == 130
    found = json.loads(out.read_text())["runs"][0]
    assert found["steps"] < 100_000
    assert found["cells"]["likelihood"]["value"] is not None
    assert "by hand" in json.loads(out.read_text())["about"]["Stopped"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Give saved runs"),
        (("--data", "moons"), "together"),
        (("--data", "moons", "--families", "gann"), "Did you mean 'gan'"),
        (("--data", "moons", "--families", "gan", "--budget", "hours:2"), "seconds:20"),
        (("--data", "moons", "--families", "gan", "--budget", "steps:0"), "above 0"),
        (("--data", "moons", "--families", "gan", "--measures", "modess"), "Did you mean 'modes'"),
        (("--data", "moons", "--families", "patchmatch"), "Nothing can be compared"),
        (("none.dgm",), "Nothing can be compared"),
    ],
)
def test_bad_input_is_refused_with_the_cure(args: tuple[str, ...], words: str) -> None:
    done = run("compare", *args)
    assert done.exit_code == 2, done.output
    assert words in done.stderr


def test_recipes_by_name_take_part_beside_families_on_the_same_data() -> None:
    found = told("--data", "25-gaussians", "--families", "kde", "--recipes", "gan-collapses", "--budget", "steps:5")
    assert [(one["family"], one["steps"]) for one in found["runs"]][1] == ("gan", 5)
    assert found["runs"][1]["config"]["loss"] == "non-saturating"
    assert not any(cell["kind"] == "other data" for one in found["runs"] for cell in one["cells"].values())
    done = run("compare", "--recipes", "gan-colapses")
    assert done.exit_code == 2
    assert "gan-collapses" in done.output


def test_budgets_are_said_and_turned_into_steps() -> None:
    assert TrainingBudget.read("seconds:20").said == "20 seconds each"
    assert TrainingBudget.read("examples:50000").said == "50,000 examples each"
    with pytest.raises(BadInput, match="not 'soon'"):
        TrainingBudget.read("soon")


def test_black_and_white_machines_are_not_set_beside_grey_ones_as_equals() -> None:
    args = ("--data", "digits", "--families", "rbm", "--budget", "steps:20")
    cell = told(*args)["runs"][0]["cells"]["likelihood"]
    assert cell["kind"].endswith("of 2 levels")
