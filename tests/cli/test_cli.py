"""The command line is what other programs are written against: forms, exit codes and files as documented."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from calls import run
from PIL import Image

from dgm_studio.api import TrainingProgress
from dgm_studio.cli import verbs
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.runs.trainer import Diverged, Trainer
from dgm_studio.places import families_folder


@pytest.mark.parametrize("what", ["data", "families", "samplers", "measures", "recipes"])
def test_lists_are_one_json_object_with_names_and_help(what: str) -> None:
    rows = json.loads(run("list", what, "--json").stdout)[what]
    assert len(rows) >= 5
    assert all(row["name"] and row["help"] for row in rows)


def test_data_say_their_kind_and_families_the_kinds_that_they_take() -> None:
    kinds = {
        row["name"]: (row["kind"], row["workspace"]) for row in json.loads(run("list", "data", "--json").stdout)["data"]
    }
    assert (kinds["brackets"], kinds["bells"]) == (("strings", "sequences"), ("sounds", "sequences"))
    taken = {row["name"]: row["kinds"] for row in json.loads(run("list", "families", "--json").stdout)["families"]}
    assert (taken["masked"], taken["gan"]) == (["images", "strings"], ["points", "images", "paths"])


def test_all_families_of_this_version_are_there() -> None:
    names = {row["name"] for row in json.loads(run("list", "families", "--json").stdout)["families"]}
    assert names >= {
        "kde", "autoregressive", "flow", "flow-matching", "few-step", "vae", "vq-vae", "glo", "gan", "ebm", "jem", "rbm",
        "dbn", "diffusion", "texture", "patchmatch", "drifting", "energy-matching", "masked", "quadtree", "bridge",
        "cycle-gan",
    }  # fmt: skip


def test_training_reports_what_it_did(tmp_path: Path) -> None:
    done = run("train", "--data", "moons", "--family", "flow", "--set", "kind=realnvp", "--set", "batch=64",
               "--seconds", "0.5", "--seed", "3", "--out", tmp_path / "r.dgm", "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["config"]["kind"] == "realnvp"
    assert report["training"]["batch"] == 64
    assert 0.4 < report["seconds"] < 2
    assert (tmp_path / "r.dgm").is_file()


def test_a_recipe_by_name_trains_as_it_says_and_some_of_it_may_be_other(tmp_path: Path) -> None:
    out = tmp_path / "r.dgm"
    report = json.loads(run("train", "--recipe", "kde-memorises", "--out", out, "--json").stdout)
    assert (report["family"], report["recipe"], report["steps"]) == ("kde", "kde-memorises", 20)
    assert report["config"]["bandwidth"] == 0.02
    assert "copying" in report["look"].lower()
    args = ("train", "--recipe", "kde-memorises", "--set", "bandwidth=0.3", "--steps", "3", "--out", out, "--json")
    report = json.loads(run(*args).stdout)
    assert (report["config"]["bandwidth"], report["config"]["automatic"], report["steps"]) == (0.3, False, 3)
    for wrong, words in (
        (("--recipe", "kde-memorise"), "Did you mean 'kde-memorises'"),
        (("--recipe", "kde-memorises", "--family", "flow"), "or --recipe"),
        (("--family", "flow"), "list recipes"),
    ):
        done = run("train", *wrong, "--out", out)
        assert done.exit_code == 2
        assert words in done.stderr


def test_points_come_in_data_units_in_every_format(plane: Path, tmp_path: Path) -> None:
    for ending in ("npy", "csv", "npz", "png", "webp"):
        assert run("sample", plane, "-n", "50", "--out", tmp_path / f"x.{ending}").exit_code == 0
    x = np.load(tmp_path / "x.npy")
    assert x.shape == (50, 2)
    assert np.issubdtype(x.dtype, np.floating)
    assert np.allclose(np.loadtxt(tmp_path / "x.csv", delimiter=",", skiprows=1), x, atol=1e-4)
    assert np.array_equal(np.load(tmp_path / "x.npz")["x"], x)
    with Image.open(tmp_path / "x.webp") as animation:
        assert animation.n_frames > 1


def test_same_seed_same_file(plane: Path, tmp_path: Path) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        run("sample", plane, "-n", "20", "--seed", seed, "--out", tmp_path / f"{name}.npy")
    a, b, c = (np.load(tmp_path / f"{n}.npy") for n in "abc")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_log_densities_are_nats_in_data_units(plane: Path, tmp_path: Path) -> None:
    xs = np.linspace(-7, 7, 141)
    grid = np.stack(np.meshgrid(xs, xs), -1).reshape(-1, 2)
    np.save(tmp_path / "grid.npy", grid)
    report = run("logprob", plane, "--points", tmp_path / "grid.npy", "--out", tmp_path / "l.npy", "--json")
    assert json.loads(report.stdout)["kind"] == "exact"
    values = np.load(tmp_path / "l.npy")
    assert values.shape == (len(grid),)
    assert abs(np.exp(values).sum() * 0.1**2 - 1) < 0.02


def test_a_bound_is_called_a_bound(digits: Path, tmp_path: Path) -> None:
    run("sample", digits, "-n", "4", "--out", tmp_path / "x.npy")
    report = run("logprob", digits, "--points", tmp_path / "x.npy", "--out", tmp_path / "l.npy", "--json")
    assert json.loads(report.stdout)["kind"] in ("lower bound", "estimate")


def test_a_family_without_a_density_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "gan.dgm"
    run("train", "--data", "moons", "--family", "gan", "--steps", "2", "--out", path)
    np.save(tmp_path / "x.npy", np.zeros((3, 2)))
    done = run("logprob", path, "--points", tmp_path / "x.npy", "--out", tmp_path / "l.npy")
    assert done.exit_code == 2
    assert "no density" in done.stderr


def test_images_are_uint8_and_mosaics_have_no_gaps(digits: Path, tmp_path: Path) -> None:
    run("sample", digits, "-n", "9", "--label", "3", "--out", tmp_path / "x.npy")
    x = np.load(tmp_path / "x.npy")
    assert x.shape == (9, 8, 8)
    assert x.dtype == np.uint8
    run("sample", digits, "-n", "9", "--label", "3", "--out", tmp_path / "x.png")
    pixels = np.asarray(Image.open(tmp_path / "x.png"))
    assert pixels.shape == (24, 24)
    assert np.array_equal(pixels[8:16, 16:24], x[5])


def test_clusters_serve_as_classes(tmp_path: Path) -> None:
    path = tmp_path / "c.dgm"
    done = run(
        "train", "--data", "checkerboard", "--family", "kde", "--set", "data.clusters=4", "--steps", "5", "--out", path
    )
    assert done.exit_code == 0, done.output
    assert run("sample", path, "-n", "3", "--label", "cluster 2", "--out", tmp_path / "x.npy").exit_code == 0
    assert run("train", "--data", "moons", "--set", "data.clusters=999", "--out", path).exit_code == 2


def test_interpolation_makes_the_frames_asked_for(digits: Path, tmp_path: Path) -> None:
    done = run(
        "interpolate", digits, "--from", "0", "--to", "5", "--frames", "7", "--out", tmp_path / "i.png", "--json"
    )
    assert json.loads(done.stdout)["exact"] is False
    assert np.asarray(Image.open(tmp_path / "i.png")).shape == (8, 56)
    assert run("interpolate", digits, "--from", "0", "--to", "5", "--out", tmp_path / "i.webp").exit_code == 0


def test_evaluation_gives_values_errors_and_floors(plane: Path) -> None:
    measures = json.loads(run("evaluate", plane, "--json").stdout)["measures"]
    assert measures["gap"]["value"] > -0.05
    assert measures["sliced_wasserstein"]["floor"] > 0
    units = {name: found["unit"] for name, found in measures.items()}
    assert {units[name] for name in ("gap", "nll", "kl")} == {"nats"}
    assert {units[name] for name in ("sliced_wasserstein", "wasserstein", "energy_distance")} == {"standard deviations"}
    assert units["total_variation"] == "share"
    assert " sd" in run("evaluate", plane).stdout


def test_evaluation_against_other_examples(plane: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "far.npy", np.random.default_rng(0).normal(50, 1, (500, 2)))
    near = json.loads(run("evaluate", plane, "--json").stdout)["measures"]["sliced_wasserstein"]["value"]
    far = json.loads(run("evaluate", plane, "--against", tmp_path / "far.npy", "--json").stdout)
    assert far["measures"]["sliced_wasserstein"]["value"] > 10 * near


def test_the_doctor_names_versions_devices_and_limits() -> None:
    report = json.loads(run("doctor", "--json").stdout)
    assert report["versions"]["torch"]
    assert report["default_device"] in {d["name"] for d in report["devices"]}
    assert isinstance(report["limits"], list)
    assert report["families_folder"] == str(families_folder())
    assert report["families_folder"] in run("doctor").stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["train", "--data", "mooons", "--family", "kde", "--out", "x.dgm"], "Did you mean 'moons'"),
        (["train", "--data", "moons", "--family", "difusion", "--out", "x.dgm"], "Did you mean 'diffusion'"),
        (
            ["train", "--data", "moons", "--family", "flow", "--set", "knd=spline", "--out", "x.dgm"],
            "Did you mean 'kind'",
        ),
        (["train", "--data", "moons", "--family", "flow", "--set", "kind", "--out", "x.dgm"], "KEY=VALUE"),
        (["train", "--data", "moons", "--family", "flow", "--set", "kind=linear", "--out", "x.dgm"], "kind"),
        (["train", "--data", "moons", "--family", "flow", "--set", "batch=lots", "--out", "x.dgm"], "batch"),
        (["train", "--data", "moons", "--family", "flow", "--set", "batch=1", "--out", "x.dgm"], "batch"),
        (["train", "--data", "moons", "--family", "flow", "--device", "mps", "--out", "x.dgm"], "not on this machine"),
        (["train", "--data", "moons", "--family", "flow", "--out", "x.txt"], ".dgm"),
        (["train", "--data", "moons", "--family", "flow", "--out", "/no/where/x.dgm"], "/no/where"),
        (["train", "--data", "/no/data.csv", "--family", "flow", "--out", "x.dgm"], "/no/data.csv"),
        (["train", "--data", "swiss-roll", "--family", "flow", "--conditional", "--out", "x.dgm"], "no classes"),
        (["sample", "/no/run.dgm", "--out", "x.npy"], "/no/run.dgm"),
        (["tran"], "Did you mean 'train'"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(
    args: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*args)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_questions_to_a_run_are_refused(plane: Path, digits: Path, tmp_path: Path) -> None:
    for args, words in (
        (["sample", plane, "--label", "1", "--out", tmp_path / "x.npy"], "--conditional"),
        (["sample", digits, "--label", "eleven", "--out", tmp_path / "x.npy"], "no class 'eleven'"),
        (["sample", plane, "--set", "stpes=4", "--out", tmp_path / "x.npy"], "stpes"),
        (["sample", plane, "--set", "temperature=9", "--out", tmp_path / "x.npy"], "temperature"),
        (["sample", plane, "--out", tmp_path / "x.jpeg"], ".npy"),
        (["sample", digits, "--out", tmp_path / "x.csv"], ".npz"),
        (["logprob", plane, "--points", tmp_path / "none.npy", "--out", tmp_path / "l.npy"], "none.npy"),
        (["interpolate", digits, "--from", "0", "--to", "999999", "--out", tmp_path / "i.png"], "999,999"),
        (["inpaint", plane, "--image", "a.png", "--mask", "m.png", "--out", tmp_path / "o.png"], "points"),
        (["screenshot", "--size", "big", "--out", tmp_path / "s.png"], "--size"),
    ):
        done = run(*args)
        assert done.exit_code == 2, (args, done.output)
        assert words in done.stderr, (args, done.stderr)


def test_points_of_the_wrong_shape_are_refused(plane: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((5, 3)))
    done = run("logprob", plane, "--points", tmp_path / "x.npy", "--out", tmp_path / "l.npy")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_verbs_run_without_qt(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('PySide6', 'pyqtgraph', 'qtawesome', 'shiboken6'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from dgm_studio.cli import cli\n"
        f"cli.main(['train', '--data', 'moons', '--family', 'kde', '--steps', '3', '--out', {str(tmp_path / 'x.dgm')!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--data", "moons", "--seconds", "nan"], "finite"),
        (["--data", "moons", "--seconds", "inf"], "finite"),
        (["--data", "moons", "--seed", str(2**64)], "--seed"),
        (["--data", "moons", "--set", "data.noise=3"], "'noise'"),
        (["--data", ""], "data set"),
    ],
)
def test_training_refuses_what_it_could_never_do(options: list[str], words: str, tmp_path: Path) -> None:
    done = run("train", "--family", "kde", *options, "--out", tmp_path / "x.dgm")
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert not (tmp_path / "x.dgm").exists()


def test_one_step_can_be_trained(tmp_path: Path) -> None:
    done = run("train", "--data", "moons", "--family", "vae", "--steps", "1", "--out", tmp_path / "x.dgm", "--json")
    assert json.loads(done.stdout)["steps"] == 1


def test_a_refused_density_does_not_name_the_family_among_those_that_have_one(tmp_path: Path) -> None:
    path = tmp_path / "d.dgm"
    run("train", "--data", "digits", "--family", "gan", "--steps", "2", "--out", path)
    np.save(tmp_path / "x.npy", np.zeros((2, 8, 8), np.uint8))
    done = run("logprob", path, "--points", tmp_path / "x.npy", "--out", tmp_path / "l.npy")
    assert done.exit_code == 2
    assert done.stderr.lower().count("gan") == 1


def test_an_interrupted_training_is_saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupt(progress: TrainingProgress) -> None:
        if progress.step > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(verbs, "progress_line", lambda total: interrupt)
    path = tmp_path / "x.dgm"
    done = run("train", "--data", "moons", "--family", "vae", "--seconds", "60", "--out", path, "--json")
    assert done.exit_code == 130
    assert done.stdout == ""
    assert "Interrupted at step" in done.stderr
    assert run("sample", path, "-n", "3", "--out", tmp_path / "x.npy").exit_code == 0


def test_a_full_disk_is_named_with_the_file_and_the_old_file_is_kept(
    monkeypatch: pytest.MonkeyPatch, plane: Path, tmp_path: Path
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "x.npy"
    out.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    done = run("sample", plane, "-n", "3", "--out", out)
    assert done.exit_code == 1
    assert "disk is full" in done.stderr
    assert "x.npy" in done.stderr
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_error_of_the_program_is_a_failure_not_bad_input(
    monkeypatch: pytest.MonkeyPatch, plane: Path, tmp_path: Path
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Run, "steer", broken)
    done = run("sample", plane, "-n", "3", "--out", tmp_path / "x.npy")
    assert done.exit_code == 1
    assert "oops" in done.stderr


@pytest.mark.parametrize("verb", ["sample", "train"])
def test_a_folder_that_may_not_be_written_is_told_by_the_name_of_the_target(
    verb: str, monkeypatch: pytest.MonkeyPatch, plane: Path, tmp_path: Path
) -> None:
    def refuse(name: Path, *args: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(name))

    monkeypatch.setattr("dgm_studio.atomic.os.open", refuse)
    what = (
        ["sample", plane, "-n", "3"]
        if verb == "sample"
        else ["train", "--data", "moons", "--family", "kde", "--steps", "2"]
    )
    done = run(*what, "--out", tmp_path / ("x.npy" if verb == "sample" else "x.dgm"))
    assert done.exit_code == 1
    assert "may not be written" in done.stderr
    assert ".part" not in done.stderr


@pytest.mark.parametrize("left", [0, 4])
def test_a_diverged_training_saves_the_good_weights_that_are_left(
    left: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def restore(self: Trainer) -> int:
        self.step = left
        return left

    def diverge(self: Trainer, steps: int) -> None:
        raise Diverged(7)

    monkeypatch.setattr(Trainer, "restore", restore)
    monkeypatch.setattr(Trainer, "train", diverge)
    path = tmp_path / "x.dgm"
    done = run("train", "--data", "moons", "--family", "vae", "--steps", "9", "--out", path)
    assert done.exit_code == 1
    assert "diverged" in done.stderr
    assert path.exists() == (left > 0)


def test_a_video_is_written_or_says_what_to_install(digits: Path, tmp_path: Path) -> None:
    done = run("interpolate", digits, "--from", "0", "--to", "5", "--frames", "4", "--out", tmp_path / "i.mp4")
    if importlib.util.find_spec("imageio_ffmpeg"):
        assert done.exit_code == 0, done.stderr
        assert b"ftyp" in (tmp_path / "i.mp4").read_bytes()[:16]
    else:
        assert done.exit_code == 2
        assert "dgm-studio[video]" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_window_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = run()
    assert done.exit_code == 1
    assert "no display" in done.stderr


def test_a_texture_is_grown_from_one_picture(tmp_path: Path) -> None:
    bricks = np.zeros((20, 24), np.uint8)
    bricks[::4] = 255
    Image.fromarray(bricks).save(tmp_path / "bricks.png")
    path = tmp_path / "t.dgm"
    done = run("train", "--data", tmp_path / "bricks.png", "--family", "texture", "--set", "data.size=16", "--steps", "3",
               "--out", path)  # fmt: skip
    assert done.exit_code == 0, done.output
    assert run("sample", path, "-n", "2", "--out", tmp_path / "x.npy").exit_code == 0
    assert np.load(tmp_path / "x.npy").shape == (2, 16, 16)
    assert run("evaluate", path).exit_code == 0


def test_a_choice_among_numbers_is_taken_from_text(tmp_path: Path) -> None:
    path = tmp_path / "d.dgm"
    done = run("train", "--data", "digits", "--set", "data.size=16", "--family", "kde", "--steps", "1", "--out", path)
    assert done.exit_code == 0, done.output
    assert run("sample", path, "-n", "2", "--out", tmp_path / "x.npy").exit_code == 0
    assert np.load(tmp_path / "x.npy").shape == (2, 16, 16)


def test_files_that_are_not_examples_are_refused_in_words(plane: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "pictures.npy", np.zeros((3, 8, 8), np.uint8))
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    (tmp_path / "folder.npy").mkdir()
    for name, words in (("pictures", "shape (n, 2)"), ("objects", "never opened"), ("folder", "is a folder")):
        done = run("classify", plane, "--points", tmp_path / f"{name}.npy")
        assert done.exit_code == 2, name
        assert words in done.stderr
        assert done.stderr.strip().endswith(".")
        assert "allow_pickle" not in done.stderr


def test_strangers_are_told_from_data_and_the_prior_is_that_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "k.dgm"
    done = run("train", "--data", "funnel", "--set", "data.clusters=3", "--conditional", "--family", "kde", "--steps", "20",
               "--out", path)  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(run("classify", path, "--outliers", "--json").stdout)
    assert told["density"] == "exact"
    assert told["areas"]["points far away"]["likelihood"] > 0.99
    assert "mirrored data" in run("classify", path, "--outliers").stdout
    np.save(tmp_path / "x.npy", np.zeros((2, 2), np.float32))
    classified = json.loads(run("classify", path, "--points", tmp_path / "x.npy", "--json").stdout)
    assert sum(classified["prior"]) == pytest.approx(1)
    assert max(classified["prior"]) > min(classified["prior"])
    assert run("classify", path, "--outliers", "--points", tmp_path / "x.npy").exit_code == 2
    assert run("classify", path).exit_code == 2


def test_a_family_that_is_nothing_without_classes_takes_those_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "jem.dgm"
    done = run("train", "--data", "moons", "--family", "jem", "--steps", "2", "--out", path)
    assert done.exit_code == 0, done.output
    done = run("sample", path, "--label", "lower moon", "-n", "4", "--out", tmp_path / "x.npy")
    assert done.exit_code == 0, done.output
