"""The words of the program: every sentence that a person reads, written to ``resources/languages/en.json``, from which others
are translated. Found are what the source says by `tr`, commands, and what the folders of families, data, measures and recipes
call things. Also how much of it each language has.

python -m benchmarks.words
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .surroundings import surroundings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "resources" / "languages"
_BY_NAME = {"Help", "velocity", "score", "drift", "lower bound", "estimate", "English"}
"""Said by a value that carries it: the last menu, what a vector field is, how far a number can be trusted, and English itself,
by which each language gives its own name."""
_COMMAND = re.compile(r"[a-z_]+(\.[a-z_0-9]+)+")


def said_in_source() -> set[str]:
    """What modules say by `tr`, and titles and helps of commands, which are said by `Command`, with the menus they are in."""
    found: set[str] = set()
    for file in sorted((ROOT / "dgm_studio").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                taken = {"tr": node.args[:1], "Command": node.args[1:4]}.get(node.func.id, [])
                found.update(_constants(taken))
            elif isinstance(node, ast.Tuple) and len(node.elts) > 3 and _is_command(node.elts[0]):
                found.update(_constants(node.elts[1:3]))
    found |= _BY_NAME
    return {text for text in found if re.search(r"[A-Za-z]", text) and not _COMMAND.fullmatch(text)}


def said_in_folders() -> set[str]:
    """What data sets, families with their settings and samplers, measures, recipes and exhibits say of themselves."""
    from dgm_studio.engine import catalogue
    from dgm_studio.protocol.layers import PLANE_LAYERS
    from dgm_studio.studio.files.exhibits import exhibits
    from dgm_studio.studio.session.session import IMAGE_VIEWS

    whole = catalogue.describe()
    found: set[str] = set()
    for source in whole.data:
        found.update((source.title, source.help, *_of_schema(source.schema)))
    for family in whole.families:
        found.update((family.title, family.summary, family.help, family.group))
        found.update((*_of_schema(family.schema), *_of_schema(family.training_schema)))
    for measure in whole.measures:
        found.update((measure.title, measure.help, measure.floor_help))
    for recipe in whole.recipes:
        found.update((recipe.title, recipe.help, recipe.look))
    for each in catalogue.samplers():
        found.update((each.info.title, each.info.help, each.info.honesty, *_of_schema(each.info.schema)))
    found.update(IMAGE_VIEWS)
    for layer in PLANE_LAYERS:
        found.update((layer.title, layer.short, layer.help))
    for exhibit in exhibits():
        found.update((exhibit.title, exhibit.tip))
    return {text for text in found if re.search(r"[A-Za-z]", text)}


def _of_schema(schema: Mapping[str, Any]) -> Iterator[str]:
    from dgm_studio.ui.forms import resolve, row_title

    for name, raw in schema.get("properties", {}).items():
        field = resolve(raw, schema)
        yield row_title(name, field)
        yield str(field.get("description", ""))
        yield from (str(value).replace("_", " ") for value in field.get("enum", ()))


def _constants(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_command(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and _COMMAND.fullmatch(node.value) is not None


def main() -> None:
    """Write English anew; say how complete the others are."""
    with surroundings():
        words = said_in_source() | said_in_folders()
    file = FOLDER / "en.json"
    text = json.dumps({each: each for each in sorted(words)}, ensure_ascii=False, indent=0)
    file.write_text(text + "\n", encoding="utf-8")
    for other in sorted(FOLDER.glob("*.json")):
        there = json.loads(other.read_bytes())
        print(f"{other.stem}: {len(there.keys() & words)} of {len(words)}; no longer said: {len(there.keys() - words)}")


if __name__ == "__main__":
    main()
