"""Pieces of many modules laid into one file, as they were written, with their comments, under names of which no two are alike.

The order is that in which Python would import the modules. Names that two modules share are told apart by that of the module.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec

from dgm_studio.language import tr

from .closure import CannotExport, Closure, Piece, Symbol
from .sources import Annotated, Foreign, Function, ModuleText, Uses

Edit = tuple[int, int, bytes]
"""Bytes of a module from one place to another, and what stands there instead."""
_REMARKS = re.compile(rb" *# (fmt|type|noqa|mypy)\b[^\n]*")
_BUILTINS = frozenset(dir(builtins))


class FlatNames:
    """A name in one file for every symbol of a closure; no two are alike, and none is hidden by a name of an inner scope."""

    def __init__(self, closure: Closure) -> None:
        self._closure = closure
        self._names: dict[Symbol | Foreign, str] = {}
        self._taken: set[str] = set()
        self._own: set[str] = {name for piece in closure.pieces.values() for needs in piece.needs for name in needs.own}
        for foreign in sorted(closure.foreign, key=lambda f: (f.module, f.attribute)):
            self.of(whole(foreign), closure.foreign[foreign])

    def of(self, symbol: Symbol | Foreign, said: str = "") -> str:
        """The name of a symbol, chosen when it is asked for first; ``said`` is what is written where it is used."""
        if symbol not in self._names:
            module, name = (symbol.module, symbol.attribute) if isinstance(symbol, Foreign) else symbol
            stem = module.rpartition(".")[2]
            plain = said or name or stem
            wanted = (plain, f"{name or plain}_of_{stem}", *(f"{plain}_{i}" for i in range(2, 1000)))
            self._names[symbol] = next(w for w in wanted if self._is_free(w, name))
            self._taken.add(self._names[symbol])
        return self._names[symbol]

    def _is_free(self, wanted: str, written: str) -> bool:
        hidden = wanted in self._own and wanted != written
        return not (wanted in self._taken or wanted in _BUILTINS or hidden)

    def foreign(self) -> Iterator[tuple[Foreign, str]]:
        """What the file imports, and as what."""
        for symbol, name in self._names.items():
            if isinstance(symbol, Foreign):
                yield symbol, name


def whole(foreign: Foreign) -> Foreign:
    """The same, a module by its own name where it is one."""
    below = f"{foreign.module}.{foreign.attribute}"
    if foreign.attribute and foreign.module.partition(".")[0] == "torch":
        try:
            return Foreign(below) if find_spec(below) is not None else foreign
        except (ModuleNotFoundError, ValueError):
            return foreign
    return foreign


def imports(names: FlatNames) -> str:
    """The lines that import what is not ours."""
    whole_modules, parts = [], defaultdict[str, list[str]](list)
    for foreign, name in names.foreign():
        above, _, last = foreign.module.rpartition(".")
        if foreign.attribute:
            parts[foreign.module].append(foreign.attribute + (f" as {name}" if name != foreign.attribute else ""))
        elif above and last == name:
            parts[above].append(last)
        else:
            whole_modules.append(f"import {foreign.module}" + (f" as {name}" if name != foreign.module else ""))
    return "\n".join(sorted(whole_modules) + [f"from {m} import {', '.join(sorted(parts[m]))}" for m in sorted(parts)])


def flat(closure: Closure, names: FlatNames, first: tuple[str, ...]) -> str:
    """All pieces, module by module: the modules ``first`` in their order, each after what it imports, and then the others."""
    kept: dict[str, list[Piece]] = {}
    for piece in closure.pieces.values():
        kept.setdefault(piece.source.name, []).append(piece)
    seen: set[str] = set()
    order = [name for module in (*first, *kept) for name in _in_order(closure, module, seen)]
    for name in order:  # names in the order of the file, so that what comes first keeps its own
        for piece in sorted(kept.get(name, ()), key=lambda p: p.node.lineno):
            for bound in _bound(closure, piece):
                names.of(bound)
    sections = []
    for name in (n for n in order if n in kept):
        pieces = sorted(kept[name], key=lambda p: p.node.lineno)
        texts = [_PieceText(closure, names, piece).written() for piece in pieces]
        sections.append("\n\n\n".join([_heading(closure.source(name)), *texts]))
    return "\n\n\n".join(sections)


def _bound(closure: Closure, piece: Piece) -> Iterator[Symbol]:
    for name, nodes in piece.source.statements.items():
        if any(node is piece.node for node in nodes):
            yield piece.source.name, name


def _in_order(closure: Closure, name: str, seen: set[str]) -> Iterator[str]:
    """Modules as they would be imported, each after those that it imports."""
    if name in seen:
        return
    seen.add(name)
    for other in closure.source(name).imported:
        yield from _in_order(closure, other, seen)
    yield name


def _heading(source: ModuleText) -> str:
    said = (ast.get_docstring(source.tree) or "").splitlines()
    return "\n".join(
        [f"# {'-' * 8} {source.name} {'-' * max(8, 100 - len(source.name))}", *(f"# {s}".rstrip() for s in said)]
    )


class _PieceText:
    """A piece as it stands in the file."""

    def __init__(self, closure: Closure, names: FlatNames, piece: Piece) -> None:
        self._closure, self._names, self._piece, self._source = closure, names, piece, piece.source
        self._edits: list[Edit] = []

    def written(self) -> str:
        source, node = self._source, self._piece.node
        for needs in self._piece.needs:
            self._rename(needs)
            for annotated in needs.annotations:
                self._annotation(annotated)
            for inner in needs.imports:
                if self._is_ours(inner):
                    self._drop_line(inner)
        for part in self._piece.out:
            self._leave_out(part)
        for part in ast.walk(node):
            self._keep_body(part)
        if isinstance(node, Function | ast.ClassDef):
            self._rename_definition(node)
        begin, end = _with_comments(source, source.start(node)), source.end(_with_words(source, node))
        text = source.text[begin:end]
        done = len(source.text)
        for low, high, instead in sorted(set(self._edits), key=lambda e: (-e[0], e[1])):
            if high <= done:
                text = text[: low - begin] + instead + text[high - begin :]
                done = low
        text = re.sub(rb"\n[ \t]*\n(?:[ \t]*\n)+", b"\n\n", _REMARKS.sub(b"", text))
        return text.decode().strip("\n")

    def _rename(self, needs: Uses) -> None:
        for node in needs.names:
            found = self._closure.resolved(self._source.name, node.id)
            if found is None:
                continue
            name = self._names.of(whole(found) if isinstance(found, Foreign) else found, node.id)
            if name != node.id:
                self._replace(node, node.id, name)

    def _replace(self, node: ast.AST, old: str, new: str) -> None:
        low, high = self._source.start(node), self._source.end(node)
        if self._source.text[low:high] != old.encode():  # inside of an f-string Python 3.11 does not say where
            raise CannotExport(
                tr(
                    "{old} in {name} stands where it cannot be told apart from another {old}",
                    old=old,
                    name=self._source.name,
                )
            )
        self._edits.append((low, high, new.encode()))

    def _rename_definition(self, node: Function | ast.ClassDef) -> None:
        name = self._names.of((self._source.name, node.name))
        if name != node.name:
            begin = self._source.start(node)
            found = re.compile(rb"^(?:async def|def|class) (\w+)", re.MULTILINE).search(self._source.text, begin)
            assert found is not None
            self._edits.append((found.start(1), found.end(1), name.encode()))

    def _annotation(self, annotated: Annotated) -> None:
        """Leave an annotation as it is where all its names are there, else out; of a field ``object`` stands there instead."""
        node, expression = annotated
        needed = [
            (n, self._closure.resolved(self._source.name, n.id))
            for n in ast.walk(expression)
            if isinstance(n, ast.Name)
        ]
        if all(self._is_there(found) for _, found in needed):
            for name, found in needed:
                if found is not None:
                    flat_name = self._names.of(whole(found) if isinstance(found, Foreign) else found, name.id)
                    if flat_name != name.id:
                        self._replace(name, name.id, flat_name)
            return
        low, high = self._source.start(expression), self._source.end(expression)
        if isinstance(node, ast.AnnAssign):
            self._edits.append((low, high, b"object"))
            return
        before = self._source.text[:low].rstrip()  # of an argument a colon, of a result an arrow
        self._edits.append((len(before) - 1 if before.endswith(b":") else len(before[:-2].rstrip()), high, b""))

    def _is_there(self, found: Symbol | Foreign | None) -> bool:
        if found is None or isinstance(found, Foreign):
            return True
        return any(id(node) in self._closure.pieces for node in self._closure.source(found[0]).statements[found[1]])

    def _is_ours(self, node: ast.Import | ast.ImportFrom) -> bool:
        return isinstance(node, ast.ImportFrom) and any(
            not isinstance(self._source.links[a.asname or a.name], Foreign) for a in node.names
        )

    # --- leaving out ------------------------------------------------------------------------------------------------------

    def _leave_out(self, node: ast.AST) -> None:
        if isinstance(node, ast.keyword):
            self._drop_argument(node)
        elif node in self._piece.instead:
            several = [self._names.of(symbol) for symbol in self._piece.instead[node]]
            text = f"{{each.name: each for each in ({', '.join(several)},)}}"
            self._edits.append((self._source.start(node), self._source.end(node), text.encode()))
        else:
            self._drop_line(node)

    def _drop_line(self, node: ast.AST) -> None:
        text, end = self._source.text, self._source.end(node)
        line_end = text.find(b"\n", end)
        low = _with_comments(self._source, self._source.start(node))
        self._edits.append((text.rfind(b"\n", 0, low) + 1, (len(text) if line_end < 0 else line_end) + 1, b""))

    def _drop_argument(self, node: ast.keyword) -> None:
        call = next(n for n in ast.walk(self._piece.node) if isinstance(n, ast.Call) and node in n.keywords)
        everything: list[ast.AST] = sorted([*call.args, *call.keywords], key=self._source.start)
        at = everything.index(node)
        if any(a not in self._piece.out for a in everything[:at]):
            self._edits.append((self._source.end(everything[at - 1]), self._source.end(node), b""))
        elif at + 1 < len(everything):
            self._edits.append((self._source.start(node), self._source.start(everything[at + 1]), b""))
        else:
            self._edits.append((self._source.start(node), self._source.end(node), b""))

    def _keep_body(self, node: ast.AST) -> None:
        """Where all statements of a body are left out there stands ``pass``."""
        body = getattr(node, "body", None)
        if not isinstance(body, list) or isinstance(node, ast.Module) or not body:
            return
        gone = {n for needs in self._piece.needs for n in needs.imports if self._is_ours(n)} | self._piece.out
        if all(n in gone for n in body) and node not in self._piece.out:
            at = self._source.end(body[-1])
            line = self._source.text.rfind(b"\n", 0, self._source.start(body[0])) + 1
            indent = b" " * body[0].col_offset
            end = self._source.text.find(b"\n", at) + 1
            self._edits = [e for e in self._edits if not (line <= e[0] and e[1] <= end)]
            self._edits.append((line, end, indent + b"pass\n"))


def _with_comments(source: ModuleText, begin: int) -> int:
    """The byte at which the lines of a statement begin, the comments right above it included."""
    line = source.text.rfind(b"\n", 0, begin) + 1
    while line > 0:
        above = source.text.rfind(b"\n", 0, line - 1) + 1
        if not source.text[above:line].lstrip().startswith(b"#"):
            break
        line = above
    return line


def _with_words(source: ModuleText, node: ast.stmt) -> ast.stmt:
    """The string right below a statement that says what it binds, or the statement itself."""
    body = source.tree.body
    at = body.index(node)
    below = body[at + 1] if at + 1 < len(body) else node
    is_said = (
        isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    )
    return below if is_said and not isinstance(node, Function | ast.ClassDef) else node
