"""What a few names need, followed through all modules: functions, classes, and only the methods that somebody mentions.

Python decides late which method a word stands for, so one is kept wherever its name is mentioned by anything that is kept, and
where torch may call it. So training, losses, densities and masks stay behind where samples are asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch

from dgm_studio.discovery import modules_of
from dgm_studio.language import tr

from ..errors import UserError
from .sources import Foreign, Function, ModuleText, Uses, source_of, uses

Symbol = tuple[str, str]
"""A module and a name that one of its statements binds."""
CALLED_BY_TORCH = frozenset(dir(torch.nn.Module)) | frozenset(dir(torch.autograd.Function)) | {"forward", "backward"}
VALIDATORS = ("model_validator", "field_validator")
"""Decorators of methods that check settings; what is exported was checked."""


class CannotExport(UserError):
    """Why there is no such file, as a sentence."""


@dataclass(frozen=True)
class Trim:
    """Of calls of the class ``of`` only these arguments are ``kept`` (by keyword, or the first so many by place)."""

    of: str
    kept: frozenset[str]


@dataclass
class Piece:
    """A kept statement: what is left ``out`` of it, and what the rest needs."""

    source: ModuleText
    node: ast.stmt
    out: set[ast.AST] = field(default_factory=set)
    needs: list[Uses] = field(default_factory=list)
    instead: dict[ast.AST, list[Symbol]] = field(default_factory=dict)
    """Calls in place of which several symbols stand, by their names."""


class Closure:
    """All that is needed by ``roots``. ``instead`` are symbols that others take the place of; ``trims`` say which calls are cut
    short. A call ``discover(package, attribute)`` becomes what it finds now. ``sources``
    are modules that were read already."""

    def __init__(
        self, instead: Mapping[Symbol, Symbol], trims: tuple[Trim, ...], sources: dict[str, ModuleText] | None = None
    ) -> None:
        self.sources: dict[str, ModuleText] = {} if sources is None else sources
        self.pieces: dict[int, Piece] = {}
        """By the identity of the statement."""
        self.foreign: dict[Foreign, str] = {}
        """By what name they were asked for first."""
        self.found: list[str] = []
        """Modules that no other imports, as they are found in a folder."""
        self._instead, self._trims = dict(instead), {trim.of: trim for trim in trims}
        self._mentions: set[str] = set()
        self._methods: dict[str, list[tuple[Piece, Function]]] = {}
        """Methods of kept classes that nobody mentioned yet."""
        self._waiting: list[Symbol] = []

    def source(self, name: str) -> ModuleText:
        if name not in self.sources:
            self.sources[name] = source_of(name)
        return self.sources[name]

    def need(self, *symbols: Symbol) -> None:
        """Take in symbols and all that they need. Raises CannotExport."""
        self._waiting += symbols
        while self._waiting:
            asked = self._waiting.pop()
            found = self.resolved(*asked)
            if isinstance(found, Foreign):
                self.foreign.setdefault(found, asked[1])
            elif found is not None:
                self._keep(found)

    def resolved(self, module: str, name: str) -> Symbol | Foreign | None:
        """Where a name of a module comes from; None where it is Python's own."""
        for _ in range(20):
            module, name = self._instead.get((module, name), (module, name))
            source = self.source(module)
            if name in source.statements:
                return module, name
            link = source.links.get(name)
            if link is None:
                return None
            if isinstance(link, Foreign):
                elsewhere = self._instead.get((link.module, link.attribute))
                return link if elsewhere is None else elsewhere
            if not link.name:
                raise CannotExport(
                    tr("{module} uses the module {module_2} as a whole", module=module, module_2=link.module)
                )
            module, name = link.module, link.name
        raise CannotExport(tr("{module} and others import {name} from each other", module=module, name=name))

    def _keep(self, symbol: Symbol) -> None:
        source = self.source(symbol[0])
        for node in source.statements[symbol[1]]:
            if id(node) not in self.pieces:
                piece = self.pieces[id(node)] = Piece(source, node)
                for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
                    self._trim(piece, call)
                self._drop_unused(piece)
                self._read(piece)

    def _read(self, piece: Piece) -> None:
        node = piece.node
        methods = [m for m in node.body if isinstance(m, Function)] if isinstance(node, ast.ClassDef) else []
        outright = {m for m in methods if _is_kept(m)}
        later = [m for m in methods if m not in outright and not _is_validator(m)]
        self._follow(piece, uses(node, frozenset(piece.out | set(methods))))
        piece.out |= {m for m in methods if m not in outright}
        for method in outright:
            self._follow(piece, uses(method, frozenset(piece.out)))
        for method in later:
            if method.name in self._mentions:
                self._restore(piece, method)
            else:
                self._methods.setdefault(method.name, []).append((piece, method))

    def _restore(self, piece: Piece, method: Function) -> None:
        piece.out.discard(method)
        self._follow(piece, uses(method, frozenset(piece.out)))

    def _follow(self, piece: Piece, found: Uses) -> None:
        piece.needs.append(found)
        self._waiting += [(piece.source.name, name.id) for name in found.names]
        for word in found.mentions - self._mentions:
            self._mentions.add(word)
            for waiting in self._methods.pop(word, ()):
                self._restore(*waiting)

    def packages(self) -> set[str]:
        """Which packages that are not ours it needs, those that functions import included."""
        inner = {
            (link.module if isinstance(link := piece.source.links[a.asname or a.name.partition(".")[0]], Foreign) else "")
            for piece in self.pieces.values() for needs in piece.needs for node in needs.imports for a in node.names
        }  # fmt: skip
        return {module.partition(".")[0] for module in ({f.module for f in self.foreign} | inner) - {""}}

    # --- cutting calls short ----------------------------------------------------------------------------------------------

    def _trim(self, piece: Piece, call: ast.Call) -> None:
        if isinstance(call.func, ast.Name) and call.func.id == "discover":
            package, attribute = (ast.literal_eval(argument) for argument in call.args[:2])
            found = [(name, attribute) for name in modules_of(package) if attribute in self.source(name).statements]
            piece.instead[call] = found
            piece.out.add(call)
            self._waiting += found
            self.found += [name for name, _ in found if name not in self.found]
            return
        trim = self._trims.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if trim is not None:
            piece.out |= {k for k in call.keywords if k.arg is not None and k.arg not in trim.kept}

    def _drop_unused(self, piece: Piece) -> None:
        """Leave out local names of functions that were cut short, where nothing asks for them any more."""
        for function in (n for n in ast.walk(piece.node) if isinstance(n, Function)):
            if any(out in ast.walk(function) for out in piece.out):
                while dropped := set(self._unused(function, piece.out)):
                    piece.out |= dropped

    def _unused(self, function: Function, out: set[ast.AST]) -> Iterator[ast.stmt]:
        asked = {n.id for n in _walk(function, out) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        for node in function.body:
            if node in out:
                continue
            names = {node.name} if isinstance(node, Function) else _targets(node)
            if names and not names & asked:
                yield node


def _walk(node: ast.AST, out: set[ast.AST]) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if child not in out:
            yield from _walk(child, out)


def _targets(node: ast.stmt) -> set[str]:
    """The plain names that a statement assigns; empty where it does anything else."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    parts = [p for t in targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {p.id for p in parts if isinstance(p, ast.Name)} if all(isinstance(p, ast.Name) for p in parts) else set()


def _is_kept(method: Function) -> bool:
    return (method.name.startswith("__") and method.name.endswith("__")) or method.name in CALLED_BY_TORCH


def _is_validator(method: Function) -> bool:
    return any(word in ast.unparse(d) for d in method.decorator_list for word in VALIDATORS)
