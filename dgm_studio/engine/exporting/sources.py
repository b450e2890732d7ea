"""Modules as text: what each top-level statement binds, which names of the module it needs, and where they stand.

Names are found as Python finds them: those that a function, a class body or a comprehension binds itself are its own, the
others are the module's. Annotations are kept apart: where they are strings nobody ever evaluates them.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGES = ("dgm_studio", "dgm_studio_user_families")
"""Of these the text is taken along; all others have to be there."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Annotated = tuple[ast.AST, ast.expr]
"""What is annotated, and by which expression."""


@dataclass
class Uses:
    """What a piece of text needs: the ``names`` of its module, with the nodes where they stand, and ``mentions``, all words
    that may stand for an attribute. ``own`` are the names that it binds in inner scopes."""

    names: list[ast.Name] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)
    annotations: list[Annotated] = field(default_factory=list)
    own: set[str] = field(default_factory=set)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    """Those inside of functions."""


class _Reader(ast.NodeVisitor):
    """Gathers `Uses`; ``without`` are nodes that are left out."""

    def __init__(self, without: frozenset[ast.AST]) -> None:
        self.uses, self._without = Uses(), without
        self._scopes: list[tuple[bool, set[str]]] = []
        """Of each scope whether it is a class, and what it binds."""

    def visit(self, node: ast.AST) -> None:
        if node not in self._without:
            super().visit(node)

    def _is_own(self, name: str) -> bool:
        return any(
            name in names and (not of_class or i == 0) for i, (of_class, names) in enumerate(reversed(self._scopes))
        )

    def _inside(self, names: set[str], nodes: list[ast.AST], of_class: bool = False) -> None:
        self.uses.own |= names
        self._scopes.append((of_class, names))
        for node in nodes:
            self.visit(node)
        self._scopes.pop()

    def visit_Name(self, node: ast.Name) -> None:
        if self._scopes and self._scopes[-1][0]:  # another name for a method, in its class
            self.uses.mentions.add(node.id)
        if not self._is_own(node.id):
            self.uses.names.append(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.uses.mentions.add(node.attr)
        self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.isidentifier():
            self.uses.mentions.add(node.value)

    def visit_Import(self, node: ast.Import) -> None:
        if self._scopes:
            self.uses.imports.append(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if self._scopes:
            self.uses.imports.append(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.uses.annotations.append((node, node.annotation))
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._arguments(node.args)
        if node.returns is not None:
            self.uses.annotations.append((node, node.returns))
        self._inside(_parameters(node.args) | bound(node.body), list(node.body))

    def _arguments(self, args: ast.arguments) -> None:
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self.visit(default)
        for arg in _all_arguments(args):
            if arg.annotation is not None:
                self.uses.annotations.append((arg, arg.annotation))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._arguments(node.args)
        self._inside(_parameters(node.args), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self._inside(bound(node.body), list(node.body), of_class=True)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node.generators, [node.elt])

    visit_SetComp = visit_GeneratorExp = visit_ListComp  # type: ignore[assignment]

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node.generators, [node.key, node.value])

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> None:
        self.visit(generators[0].iter)  # the first is evaluated outside
        targets = {name for g in generators for name in _stored(g.target)}
        parts: list[ast.AST] = [
            p for i, g in enumerate(generators) for p in (*((g.iter,) if i else ()), g.target, *g.ifs)
        ]
        self._inside(targets, [*parts, *results])


def _all_arguments(args: ast.arguments) -> list[ast.arg]:
    extra = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]


def _parameters(args: ast.arguments) -> set[str]:
    return {arg.arg for arg in _all_arguments(args)}


def _stored(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def bound(body: list[ast.stmt]) -> set[str]:
    """The names that statements bind in their own scope; imports count where they are of other packages."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.partition(".")[0] for a in node.names if not is_ours(a.name)}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name for a in node.names if not (node.level or is_ours(node.module or ""))}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif (isinstance(node, ast.ExceptHandler) and node.name) or (
            isinstance(node, ast.MatchAs | ast.MatchStar) and node.name
        ):
            found.add(node.name)
        elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            found |= {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
            continue
        waiting += ast.iter_child_nodes(node)
    return found


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def uses(node: ast.AST, without: frozenset[ast.AST] = frozenset()) -> Uses:
    """What a node needs."""
    reader = _Reader(without)
    reader.visit(node)
    return reader.uses


@dataclass(frozen=True)
class Foreign:
    """A name of another package: ``import module as name``, or with an ``attribute`` ``from module import attribute``."""

    module: str
    attribute: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """A name that stands for ``name`` of another module of ours; for the module itself where ``name`` is empty."""

    module: str
    name: str = ""


class ModuleText:
    """A module: its text, its top-level ``statements`` by the names they bind, and what its imports stand for."""

    def __init__(self, name: str, path: Path, is_package: bool) -> None:
        self.name, self.path, self.is_package = name, path, is_package
        self.text = path.read_bytes()
        self.tree = ast.parse(self.text)
        self.statements: dict[str, list[ast.stmt]] = {}
        self.links: dict[str, Elsewhere | Foreign] = {}
        self.imported: list[str] = []
        """Modules of ours that it imports when it is imported, in order."""
        self._starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        for node in self.tree.body:
            self._take(node)
        inner = [n for part in self.tree.body for n in uses(part).imports]
        for node in inner:
            self.imported_within(node)

    def _take(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imported += self.imported_within(node)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            for name in bound([node]):
                self.statements.setdefault(name, []).append(node)

    def imported_within(self, node: ast.Import | ast.ImportFrom) -> list[str]:
        """Take in an import; returns the modules of ours among what it imports."""
        ours: list[str] = []
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_ours(alias.name):
                    raise SyntaxError(f"{self.name} imports {alias.name} as a whole; import names from it instead")
                short = alias.asname or alias.name.partition(".")[0]
                self.links[short] = Foreign(alias.name if alias.asname else short)
            return ours
        origin = self._absolute(node)
        if not is_ours(origin):
            for alias in node.names:
                self.links[alias.asname or alias.name] = Foreign(origin, alias.name)
            return ours
        ours.append(origin)
        for alias in node.names:
            below = f"{origin}.{alias.name}"
            whole = is_module(below)
            self.links[alias.asname or alias.name] = Elsewhere(below) if whole else Elsewhere(origin, alias.name)
            ours += [below] if whole else []
        return ours

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        kept = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*kept, *([node.module] if node.module else [])])

    def start(self, node: ast.AST) -> int:
        """The byte at which a node begins, its decorators included."""
        first = min([node, *getattr(node, "decorator_list", ())], key=lambda n: (n.lineno, n.col_offset))
        at: int = self._starts[first.lineno - 1] + first.col_offset
        return at - (first is not node)  # the sign before a decorator

    def end(self, node: ast.AST) -> int:
        """The byte behind a node."""
        at: int = self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return at


@cache
def is_module(name: str) -> bool:
    """Whether there is a module of ours of this name."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # what stands before the last dot is no package
        return False


def source_of(name: str) -> ModuleText:
    """A module by its name. Raises FileNotFoundError where its text is not there, as in a frozen program."""
    spec = importlib.util.find_spec(name)
    path = Path(spec.origin or "") if spec is not None else Path(name)
    if path.suffix != ".py" or not path.is_file():
        raise FileNotFoundError(f"the source of {name} is not here")
    return ModuleText(name, path, spec is not None and spec.submodule_search_locations is not None)
