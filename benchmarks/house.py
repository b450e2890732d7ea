"""The house as it stands: rooms, files, lines and imports, counted from the code, as a picture and a page.

``python -m benchmarks.house`` writes ``docs/house.md`` and ``docs/images/house.svg`` anew.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "dgm_studio"
FLOORS = (
    ("cli",),
    ("ui",),
    ("studio",),
    ("api",),
    ("engine", "tables"),
    ("families", "completion", "recipes", "lessons"),
    ("conditions", "evaluation", "data", "compression"),
    ("samplers", "nets", "quadrature"),
    ("contract",),
    ("protocol",),
    ("discovery", "atomic", "data_error", "json_text", "peek", "unpacking"),
    ("language",),
    ("places", "resources"),
)
"""From the top of the house down; imports go down only (`pyproject.toml`)."""
MOST_FILES = 30
_WIDTH, _ROW, _LOW, _GAP, _HEAD = 1120, 96, 34, 14, 34


@dataclass
class House:
    """``lines`` and ``room`` (its folder) by module; ``imports`` of modules of the package at run time, by module; ``classes``
    by public name.
    """

    lines: dict[str, int] = field(default_factory=dict)
    room: dict[str, str] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    classes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def files(self) -> Counter[str]:
        """Modules by the folder they lie in."""
        return Counter(self.room.values())

    def circles(self) -> list[list[str]]:
        """Groups of modules that import each other in a ring."""
        return [sorted(group) for group in _strongly_connected(self.imports) if len(group) > 1]

    def arrows(self) -> Counter[tuple[str, str]]:
        """Imports between the parts of the package, by (from, to)."""
        found: Counter[tuple[str, str]] = Counter()
        for module, targets in self.imports.items():
            for target in targets:
                a, b = part(module), part(target)
                if a != b:
                    found[a, b] += 1
        return found


def part(module: str) -> str:
    """The part of the package that a module belongs to, such as "ui"."""
    return module.split(".")[1] if "." in module else module


def read(root: Path = ROOT) -> House:
    """Count the package below a folder."""
    house = House()
    paths = {_module(path.relative_to(root)): path for path in sorted((root / PACKAGE).rglob("*.py"))}
    for module, path in paths.items():
        tree = ast.parse(text := path.read_text(encoding="utf-8"))
        house.lines[module], house.room[module] = text.count("\n"), path.parent.relative_to(root).as_posix()
        for target in _imported(tree, module, path.name == "__init__.py", set(paths)):
            if target != module:
                house.imports[module].add(target)
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                house.classes[node.name].append(module)
    return house


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module, module: str, package: bool, known: set[str]) -> Iterator[str]:
    """Modules of the package that are imported when a module is: at its top, not for types alone."""
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom):
            continue
        base = module.split(".") if package else module.split(".")[:-1]
        above = ".".join(base[: len(base) - node.level + 1]) if node.level else ""
        target = ".".join(part for part in (above, node.module or "") if part)
        for alias in node.names:
            named = f"{target}.{alias.name}"
            if named in known:
                yield named
            elif target in known:
                yield target


def _strongly_connected(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """Tarjan's algorithm without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on: set[str] = set()
    for root in list(graph):
        if root in index:
            continue
        work = [(root, iter(graph.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on.add(target)
                    work.append((target, iter(graph.get(target, ()))))
                    break
                if target in on:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group: set[str] = set()
                    while node not in group:
                        group.add(member := stack.pop())
                        on.discard(member)
                    yield group


def page(house: House) -> str:
    """``docs/house.md``."""
    files = house.files()
    crowded = {room: n for room, n in files.items() if n > MOST_FILES}
    shared = {name: where for name, where in house.classes.items() if len(where) > 1 and name != "Config"}
    rooms = "\n".join(f"| `{room}/` | {n} | {_lines(house, room):,} |" for room, n in sorted(files.items()))
    return f"""# The house

Made from the imports by `python -m benchmarks.house`. Each floor is a row, each part of it a box with its rooms, as wide as
they have lines; a line is as wide as there are imports from one part to another. They go down only.

![The parts of the package as floors, and the imports between them](images/house.svg)

| what | how many |
| --- | --- |
| files | {len(house.lines)} |
| lines | {sum(house.lines.values()):,} |
| imports between files | {sum(map(len, house.imports.values())):,} |
| rings of imports | {len(house.circles())} |
| rooms with more than {MOST_FILES} files | {len(crowded)} |
| public classes that share a name | {len(shared)} |

| room | files | lines |
| --- | --- | --- |
{rooms}
"""


def _lines(house: House, room: str) -> int:
    return sum(n for module, n in house.lines.items() if house.room[module] == room)


def picture(house: House) -> str:
    """The floors as an SVG picture."""
    places: dict[str, tuple[float, float, float]] = {}
    boxes, height = [], _GAP
    for floor in FLOORS:
        there = [name for name in floor if any(part(module) == name for module in house.lines)]
        width = (_WIDTH - _GAP * (len(there) + 1)) / len(there)
        row = _ROW if any(len(_rooms(house, name)) > 1 for name in there) else _LOW
        for i, name in enumerate(there):
            x = _GAP + i * (width + _GAP)
            places[name] = (x + width / 2, height, height + row)
            boxes.append(_box(house, name, x, height, width, row))
        height += row + _HEAD
    arrows = [
        _arrow(places[a], places[b], n) for (a, b), n in sorted(house.arrows().items()) if a in places and b in places
    ]
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="Inter, sans-serif">
<rect width="{_WIDTH}" height="{height}" fill="#f7f7f9"/>
{"".join(arrows)}
{"".join(boxes)}
</svg>
"""


def _rooms(house: House, name: str) -> Counter[str]:
    """Lines of a part by its rooms; what lies in none has no name."""
    rooms: Counter[str] = Counter()
    for module, n in house.lines.items():
        if part(module) == name:
            inside = house.room[module].split("/")[2:]
            rooms[inside[0] if inside else ""] += n
    return rooms


def _box(house: House, name: str, x: float, y: float, width: float, row: int) -> str:
    """A part with its rooms side by side, as wide as they have lines."""
    mine = {m: n for m, n in house.lines.items() if part(m) == name}
    rooms = _rooms(house, name)
    total = sum(rooms.values()) or 1
    text = f"{name} · {len(mine)} files · {sum(mine.values()):,} lines" if len(mine) > 1 else name
    parts = [f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{row}" rx="8" fill="#fff" stroke="#9aa3b2"/>']
    parts.append(
        f'<text x="{x + 10:.0f}" y="{y + 20}" font-size="13" font-weight="600" fill="#1c2230">{escape(text)}</text>'
    )
    at = x + 8
    for room, n in sorted(rooms.items(), key=lambda each: -each[1]):
        wide = (width - 16) * n / total
        if len(rooms) > 1:
            parts.append(
                f'<rect x="{at:.0f}" y="{y + 30}" width="{max(1, wide - 3):.0f}" height="{row - 38}" rx="4" fill="#e3e9f5"/>'
            )
            if wide > 7 * len(room or "·") + 6:
                parts.append(
                    f'<text x="{at + 5:.0f}" y="{y + 48}" font-size="11" fill="#3a4560">{escape(room or "·")}</text>'
                )
        at += wide
    return "\n".join(parts)


def _arrow(a: tuple[float, float, float], b: tuple[float, float, float], n: int) -> str:
    """A line from the foot of one part to the head of another, as wide as it has imports."""
    x0, y0, x1, y1 = a[0], a[2], b[0], b[1]
    wide = min(6.0, 0.6 + n**0.5 / 3)
    bend = (y0 + y1) / 2
    return (
        f'<path d="M{x0:.0f} {y0:.0f} C{x0:.0f} {bend:.0f} {x1:.0f} {bend:.0f} {x1:.0f} {y1:.0f}" fill="none" '
        f'stroke="#4a7bd0" stroke-opacity="0.35" stroke-width="{wide:.1f}"><title>{n} imports</title></path>\n'
    )


def main() -> None:
    """Write both files."""
    house = read()
    (ROOT / "docs" / "house.md").write_text(page(house), encoding="utf-8")
    (ROOT / "docs" / "images" / "house.svg").write_text(picture(house), encoding="utf-8")


if __name__ == "__main__":
    main()
