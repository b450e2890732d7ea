"""Files are written whole or not at all, with the permissions of any new file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dgm_studio import atomic


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    atomic.write(target, b"old")
    atomic.write(target, b"new")
    assert target.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    atomic.write(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_trouble_while_writing_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def stopped() -> None:
        with atomic.replacing(target) as file:
            file.write(b"ne")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half"):
        stopped()
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_the_target_is_named_not_the_file_beside_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as caught:
        atomic.write(tmp_path / "nowhere" / "a.bin", b"")
    assert caught.value.filename == str(tmp_path / "nowhere" / "a.bin")
    assert os.listdir(tmp_path) == []
