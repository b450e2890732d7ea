"""Laws are asked of one case after the other, so that the processes of a run share out cases, and each trains its own."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the laws of this folder in the order of their cases, all else staying where it is."""
    laws = [item for item in items if item.path.parent == HERE]
    places = [i for i, item in enumerate(items) if item.path.parent == HERE]
    for place, law in zip(places, sorted(laws, key=case_of), strict=True):
        items[place] = law


def case_of(law: pytest.Item) -> str:
    """The family and the data that a law is asked of; nothing where it is asked of none or of all."""
    parameters = law.callspec.params if isinstance(law, pytest.Function) and hasattr(law, "callspec") else {}
    return str(parameters.get("case", parameters.get("name", "")))
