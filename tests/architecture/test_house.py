"""The house as a script counts it: no module imports itself by a detour, and the page shows every part."""

from __future__ import annotations

from benchmarks.house import FLOORS, House, page, part, picture, read


def test_no_module_imports_itself_by_a_detour() -> None:
    house = read()
    assert len(house.imports) > 300
    assert house.circles() == []


def test_every_part_has_a_floor_and_is_drawn() -> None:
    house = read()
    floors = {name for floor in FLOORS for name in floor}
    parts = {part(module) for module in house.lines} - {"dgm_studio", "__main__"}
    assert parts == floors
    drawn = picture(house)
    assert all(name in drawn for name in floors)
    assert "| rings of imports | 0 |" in page(house)


def test_a_ring_is_found() -> None:
    house = House(imports={"p.a": {"p.b"}, "p.b": {"p.c", "p.d"}, "p.c": {"p.a"}, "p.d": set()})
    assert house.circles() == [["p.a", "p.b", "p.c"]]
