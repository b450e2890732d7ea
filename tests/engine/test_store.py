"""Files: what is saved comes back, a damaged or hostile file is refused with its name, an old file survives trouble."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load, save

from dgm_studio.engine import catalogue
from dgm_studio.engine.runs import archive
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

SPEC = RunSpec(data=DataChoice(name="moons"), family="flow-matching")


class Desk:
    def __init__(self) -> None:
        self.backend = InlineBackend()
        self.backend.start()

    def ask(self, intent: m.Intent, kind: type[m.Event]) -> m.Event:
        self.backend.send(intent)
        event = self.backend.run_until(lambda e: isinstance(e, kind | m.Failed), 60)
        assert event is not None
        return event


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A trained run in a file, and what it sampled before it was saved."""
    desk = Desk()
    desk.ask(m.Open("a", SPEC), m.Opened)
    desk.ask(m.Train("a", steps=25), m.Finished)
    x = desk.ask(m.Sample("a", 30, 4, 1), m.Samples).x
    path = tmp_path_factory.mktemp("runs") / "moons.dgm"
    answer = desk.ask(m.Save("a", path, {"canvas/note.txt": b"hello"}), m.Saved)
    assert isinstance(answer, m.Saved)
    return path, x


def _rewritten(path: Path, target: Path, changes: dict[str, bytes | None]) -> Path:
    """A copy of an archive with members replaced, added or (None) left out."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in {**members, **changes}.items():
            if data is not None:
                new.writestr(name, data)
    return target


def test_a_saved_run_samples_the_same_and_trains_on(saved: tuple[Path, np.ndarray]) -> None:
    path, x = saved
    desk = Desk()
    loaded = desk.ask(m.Load("b", path), m.Loaded)
    assert isinstance(loaded, m.Loaded)
    assert loaded.step == 25
    assert loaded.extras["canvas/note.txt"] == b"hello"
    assert np.array_equal(desk.ask(m.Sample("b", 30, 4, 1), m.Samples).x, x)
    assert desk.ask(m.Train("b", steps=3), m.Finished).step == 28


def test_resuming_gives_the_same_weights_as_never_stopping(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    straight, resumed = Desk(), Desk()
    straight.ask(m.Open("a", SPEC), m.Opened)
    straight.ask(m.Train("a", steps=40), m.Finished)
    resumed.ask(m.Load("a", saved[0]), m.Loaded)
    resumed.ask(m.Train("a", steps=15), m.Finished)
    a, b = (desk.ask(m.Sample("a", 30, 4, 1), m.Samples).x for desk in (straight, resumed))
    assert np.array_equal(a, b)


def test_a_run_without_its_data_samples_and_measures_but_does_not_train(tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    rng = np.random.default_rng(0)
    points.write_text("\n".join(f"{x:.5f},{y:.5f}" for x, y in rng.normal(size=(400, 2))))
    desk = Desk()
    desk.ask(m.Open("a", SPEC.with_(data={"name": "file", "path": str(points)})), m.Opened)
    desk.ask(m.Train("a", steps=5), m.Finished)
    target = tmp_path / "run.dgm"
    assert isinstance(desk.ask(m.Save("a", target), m.Saved), m.Saved)
    points.unlink()
    assert isinstance(desk.ask(m.Load("b", target), m.Loaded), m.Loaded)
    assert desk.ask(m.Sample("b", 5, 0, 1), m.Samples).x.shape == (5, 2)
    assert desk.ask(m.MeasureNow("b", 2), m.Measured).values
    refused = desk.ask(m.Train("b", steps=2), m.Finished)
    assert isinstance(refused, m.Failed)
    assert "points.csv" in refused.message


def _bomb() -> bytes:
    return b"\0" * (1 << 25)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"manifest.json": json.dumps({"format": 99, "version": "9.9"}).encode()}, "format 99"),
        ({"manifest.json": b"{"}, "damaged"),
        ({"manifest.json": None}, "manifest.json"),
        ({"weights.safetensors": None}, "weights.safetensors"),
        ({"weights.safetensors": b"nonsense"}, "weights"),
        ({"run.json": b"[]"}, "run.json"),
        ({"run.json": b'{"spec": {}}'}, "damaged"),
        ({"examples.npz": b"PK"}, "damaged"),
        ({"../outside.txt": b"x"}, "outside"),
        ({"/etc/outside": b"x"}, "outside"),
        ({"bomb.bin": _bomb()}, "bomb.bin"),
    ],
)
def test_bad_files_are_refused_by_name_and_leave_what_is_open(
    saved: tuple[Path, np.ndarray], tmp_path: Path, changes: dict[str, bytes | None], words: str
) -> None:
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", changes)
    desk = Desk()
    desk.ask(m.Load("a", saved[0]), m.Loaded)
    failed = desk.ask(m.Load("a", bad), m.Loaded)
    assert isinstance(failed, m.Failed)
    assert "bad.dgm" in failed.message
    assert words in failed.message
    assert np.array_equal(desk.ask(m.Sample("a", 30, 4, 1), m.Samples).x, saved[1])


def test_weights_of_another_shape_are_refused(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    with zipfile.ZipFile(saved[0]) as archive:
        about = json.loads(archive.read("run.json"))
    for spec in ("spec", "resolved"):
        about[spec]["config"]["width"] = 64
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", {"run.json": json.dumps(about).encode()})
    failed = Desk().ask(m.Load("a", bad), m.Loaded)
    assert isinstance(failed, m.Failed)
    assert "do not fit" in failed.message


def test_objects_in_examples_are_never_unpickled(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "pwned",))

    buffer = io.BytesIO()
    np.savez(buffer, train=np.array([Evil()], dtype=object), held_out=np.zeros((2, 2)))
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", {"examples.npz": buffer.getvalue()})
    assert isinstance(Desk().ask(m.Load("a", bad), m.Loaded), m.Failed)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("keep", [0, 10, 2000])
def test_truncated_files_are_refused(saved: tuple[Path, np.ndarray], tmp_path: Path, keep: int) -> None:
    bad = tmp_path / "short.dgm"
    bad.write_bytes(saved[0].read_bytes()[:keep])
    failed = Desk().ask(m.Load("a", bad), m.Loaded)
    assert isinstance(failed, m.Failed)
    assert "short.dgm" in failed.message


def test_a_full_disk_leaves_the_old_file_intact(
    saved: tuple[Path, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run.dgm"
    target.write_bytes(b"old")
    desk = Desk()
    desk.ask(m.Load("a", saved[0]), m.Loaded)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    failed = desk.ask(m.Save("a", target), m.Saved)
    assert isinstance(failed, m.Failed)
    assert "disk is full" in failed.message
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["run.dgm"]


def test_a_folder_that_is_not_there_is_named(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    desk = Desk()
    desk.ask(m.Load("a", saved[0]), m.Loaded)
    failed = desk.ask(m.Save("a", tmp_path / "nowhere" / "run.dgm"), m.Saved)
    assert isinstance(failed, m.Failed)
    assert "nowhere" in failed.message


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere, so nothing is read-only")
def test_a_read_only_folder_is_named(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    desk = Desk()
    desk.ask(m.Load("a", saved[0]), m.Loaded)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    failed = desk.ask(m.Save("a", tmp_path / "run.dgm"), m.Saved)
    assert isinstance(failed, m.Failed)
    assert "permissions" in failed.advice


def test_errors_of_the_system_are_named_without_leaving_parts(
    saved: tuple[Path, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    desk.ask(m.Load("a", saved[0]), m.Loaded)

    def read_only(name: Path, *args: object) -> None:
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr("dgm_studio.atomic.os.open", read_only)
    failed = desk.ask(m.Save("a", tmp_path / "run.dgm"), m.Saved)
    assert isinstance(failed, m.Failed)
    assert "permissions" in failed.advice
    assert list(tmp_path.iterdir()) == []


def _examples(**changes: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    x = np.zeros((3, 2), np.float32)
    np.savez(buffer, **{"train": x, "held_out": x, **changes})
    return buffer.getvalue()


def _packed_zeros() -> bytes:
    """An archive in the archive that would unpack to three gigabytes: its directory says so."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.npy", b"0")
        archive.infolist()[0].file_size = 3 << 30
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        (_examples(train=np.full((3, 2), np.nan, np.float32)), "not numbers"),
        (_examples(train=np.zeros((0, 2), np.float32)), "shape"),
        (_examples(train_label=np.array([0, 1, 9])), "classes"),
        (_examples(train_label=np.array([0, 1])), "classes"),
        (_packed_zeros(), "unpack"),
    ],
)
def test_impossible_examples_are_refused(
    saved: tuple[Path, np.ndarray], tmp_path: Path, examples: bytes, words: str
) -> None:
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", {"examples.npz": examples})
    failed = Desk().ask(m.Load("a", bad), m.Loaded)
    assert isinstance(failed, m.Failed)
    assert "bad.dgm" in failed.message
    assert words in failed.message


def test_weights_that_are_not_numbers_are_refused(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    with zipfile.ZipFile(saved[0]) as archive:
        weights = load(archive.read("weights.safetensors"))
    name = next(k for k, v in weights.items() if v.is_floating_point())
    weights[name].view(-1)[0] = float("nan")
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", {"weights.safetensors": save(weights)})
    failed = Desk().ask(m.Load("a", bad), m.Loaded)
    assert isinstance(failed, m.Failed)
    assert name in failed.message


def test_a_file_with_flipped_bytes_is_read_or_refused_by_name(saved: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    whole = saved[0].read_bytes()
    rng = np.random.default_rng(0)
    for trial in range(60):
        data = bytearray(whole)
        begin = 0 if trial % 2 else max(0, len(data) - 600)  # every other time in the directory at the end
        for at in rng.integers(begin, len(data), 4):
            data[at] = int(rng.integers(256))
        bad = tmp_path / "flipped.dgm"
        bad.write_bytes(data)
        refused = ""
        try:
            archive.unpack(bad)
        except archive.BadFile as error:
            refused = str(error)
        assert not refused or "flipped.dgm" in refused


def test_a_recipe_that_has_changed_since_leaves_the_run_as_it_was(
    saved: tuple[Path, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    family = catalogue.families()["flow-matching"]

    def other(spec, device):
        recipe = family.recipe(spec, device)
        return dataclasses.replace(recipe, config={**recipe.config, "width": 64}, knobs={"steps": 3})

    table = {**catalogue.families(), "flow-matching": dataclasses.replace(family, recipe=other)}
    monkeypatch.setattr(catalogue, "families", lambda: table)
    desk = Desk()
    assert isinstance(desk.ask(m.Load("a", saved[0]), m.Loaded), m.Loaded)
    assert np.array_equal(desk.ask(m.Sample("a", 30, 4, 1), m.Samples).x, saved[1])


def test_a_setting_that_came_later_than_a_file_is_at_its_default_whatever_a_recipe_says(
    saved: tuple[Path, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = catalogue.families()["flow-matching"]

    def other(spec, device):
        recipe = family.recipe(spec, device)
        return dataclasses.replace(recipe, config={**recipe.config, "coupling": "ot"})

    table = {**catalogue.families(), "flow-matching": dataclasses.replace(family, recipe=other)}
    monkeypatch.setattr(catalogue, "families", lambda: table)
    with zipfile.ZipFile(saved[0]) as file:
        about = json.loads(file.read("run.json"))
    for spec in ("spec", "resolved"):
        about[spec]["config"].pop("coupling", None)
    path = _rewritten(saved[0], tmp_path / "before.dgm", {"run.json": json.dumps(about).encode()})
    opened = Desk().ask(m.Load("a", path), m.Opened)
    assert isinstance(opened, m.Opened)
    assert opened.spec.config["coupling"] == "independent"


def _blob(path: Path, shift: float = 0.0, n: int = 300) -> Path:
    rng = np.random.default_rng(0)
    path.write_text("\n".join(f"{x:.5f},{y:.5f}" for x, y in rng.normal(size=(n, 2)) + shift))
    return path


def _trained_on(points: Path, target: Path) -> Desk:
    desk = Desk()
    desk.ask(m.Open("a", RunSpec(data=DataChoice(name="file", path=str(points)), family="kde")), m.Opened)
    desk.ask(m.Train("a", steps=1), m.Finished)
    assert isinstance(desk.ask(m.Save("a", target), m.Saved), m.Saved)
    return desk


def _cost(path: Path) -> tuple[float, m.Opened]:
    desk = Desk()
    opened = desk.ask(m.Load("b", path), m.Opened)
    assert isinstance(opened, m.Opened)
    return desk.ask(m.MeasureNow("b", 2), m.Measured).values["nll"]["value"], opened


@pytest.mark.parametrize("what", ["moved", "longer", "one digit", "gone"])
def test_data_that_changed_since_are_told_and_not_compared_with(tmp_path: Path, what: str) -> None:
    points, target = _blob(tmp_path / "points.csv"), tmp_path / "run.dgm"
    _trained_on(points, target)
    before, opened = _cost(target)
    assert opened.info.remark == ""
    if what == "moved":
        _blob(points, 9.0)
    elif what == "longer":
        _blob(points, n=310)
    elif what == "one digit":
        text = points.read_text()
        points.write_text(text[:-1] + str((int(text[-1]) + 1) % 10))
    else:
        points.unlink()
    after, opened = _cost(target)
    assert after == pytest.approx(before, rel=1e-6)
    assert "points.csv" in opened.info.remark
    assert ("not here" if what == "gone" else "have changed since") in opened.info.remark
    desk = Desk()
    desk.ask(m.Load("b", target), m.Loaded)
    refused = desk.ask(m.Train("b", steps=2), m.Finished)
    assert isinstance(refused, m.Failed)
    assert refused.message == opened.info.remark
    # saved anew it still knows what it was trained on
    desk.ask(m.Save("b", tmp_path / "again.dgm"), m.Saved)
    _blob(points)
    assert _cost(tmp_path / "again.dgm")[1].info.remark == ""


def test_data_that_were_only_touched_are_the_same(tmp_path: Path) -> None:
    points, target = _blob(tmp_path / "points.csv"), tmp_path / "run.dgm"
    _trained_on(points, target)
    points.write_text(points.read_text().replace(",", ";"))
    os.utime(points, (1, 1))
    assert _cost(target)[1].info.remark == ""


def test_a_file_of_before_marks_and_scales_of_columns_opens(tmp_path: Path) -> None:
    points, target = _blob(tmp_path / "points.csv"), tmp_path / "run.dgm"
    _trained_on(points, target)
    with zipfile.ZipFile(target) as archive:
        about = json.loads(archive.read("run.json"))
        examples = np.load(io.BytesIO(archive.read("examples.npz")))
    del about["mark"], about["data"]["axes"]
    about["units"]["scale"] = about["units"]["scale"][0]
    buffer = io.BytesIO()
    np.savez(buffer, **{k: v.astype(np.float32) for k, v in examples.items()})
    changes = {"run.json": json.dumps(about).encode(), "examples.npz": buffer.getvalue()}
    old = _rewritten(target, tmp_path / "old.dgm", changes)
    assert _cost(old)[1].info.remark == ""
    _blob(points, 9.0)
    assert "have changed since" in _cost(old)[1].info.remark


@pytest.mark.parametrize("scale", [0, -1.0, [1.0, 0.0], [], [1e400, 1], "wide"])
def test_scales_that_are_none_are_refused(saved: tuple[Path, np.ndarray], tmp_path: Path, scale: object) -> None:
    with zipfile.ZipFile(saved[0]) as archive:
        about = json.loads(archive.read("run.json"))
    about["units"]["scale"] = scale
    bad = _rewritten(saved[0], tmp_path / "bad.dgm", {"run.json": json.dumps(about).encode()})
    refused = Desk().ask(m.Load("b", bad), m.Loaded)
    assert isinstance(refused, m.Failed)
    assert "bad.dgm" in refused.message


def test_classes_that_a_family_takes_anyway_are_not_taken_for_a_wish(tmp_path: Path) -> None:
    desk = Desk()
    spec = SPEC.with_(family="jem")
    desk.ask(m.Open("a", spec), m.Opened)
    desk.ask(m.Train("a", steps=2), m.Finished)
    desk.ask(m.Save("a", tmp_path / "jem.dgm"), m.Saved)
    desk.backend.send(m.Load("b", tmp_path / "jem.dgm"))
    told: list[m.Event] = []
    assert desk.backend.run_until(lambda e: told.append(e) or isinstance(e, m.Loaded | m.Failed), 60)
    (opened,) = (e for e in told if isinstance(e, m.Opened))
    assert opened.spec.conditional
    assert opened.info.uses_label
    assert not opened.info.wants_classes
    for wish in (True, False):  # it learns classes either way, so that nothing is lost
        desk.ask(m.Edit("b", opened.spec.with_(conditional=wish).with_sampling(count=50 + wish)), m.Edited)
        progress = desk.ask(m.Sample("b", 4, 0, 1), m.Samples)
        assert isinstance(progress, m.Samples)
        assert progress.step == 2


def test_a_small_file_has_half_the_precision_no_optimiser_and_can_be_trained_on(tmp_path: Path) -> None:
    desk = Desk()
    desk.ask(m.Open("a", SPEC), m.Opened)
    desk.ask(m.Train("a", steps=25), m.Finished)
    exact = desk.ask(m.Save("a", tmp_path / "exact.dgm"), m.Saved)
    small = desk.ask(m.Save("a", tmp_path / "small.dgm", exact=False), m.Saved)
    assert isinstance(exact, m.Saved)
    assert isinstance(small, m.Saved)
    assert sum(exact.parts.values()) <= (tmp_path / "exact.dgm").stat().st_size
    assert exact.parts["optimiser"] > exact.parts["weights"] * 0.9
    assert small.parts["optimiser"] == 0
    assert small.parts["weights"] < 0.35 * exact.parts["weights"], "half of the numbers, in half of the bytes"
    x = desk.ask(m.Sample("a", 200, 4, 1), m.Samples).x
    desk.ask(m.Load("b", tmp_path / "small.dgm"), m.Loaded)
    desk.backend.send(m.Sample("b", 200, 4, 2))
    told = desk.backend.run_until(lambda e: isinstance(e, m.Samples) and e.run == "b", 60)
    assert isinstance(told, m.Samples)
    assert np.abs(told.x - x).max() < 0.05, "as near as half precision is"
    finished = desk.ask(m.Train("b", steps=5), m.Finished)
    assert finished.step == 30
