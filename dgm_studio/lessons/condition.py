"""Conditions of goals: comparisons of measures and facts with numbers, joined by and, or, not; read by `ast`, never executed.

A measure m with standard error s passes ``m >= c`` when m - 2s >= c, and ``m <= c`` when m + 2s <= c: at the boundary noise
passes in 2.3 % of all measurements. What is not known yet makes a verdict unknown only where it matters (Kleene's logic).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

DEVIATIONS = 2.0
"""Standard errors by which a measure must be beyond its bound."""
_MOST = 500
"""Letters of a condition."""
_GRAMMAR = "compare measures and facts by < <= > >= ==, joined by and, or, not"
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
FactValue: TypeAlias = float | str | bool


class BadCondition(ValueError):
    """A text that is no condition; the message says why."""


@dataclass(frozen=True)
class Fact:
    """What is known of a run: a ``value``, None while it is not known, and its standard ``error``, 0 where it was counted."""

    value: FactValue | None
    error: float = 0.0


@dataclass(frozen=True)
class FactComparison:
    """A measure or fact ``name`` beside a number or word, or beside that of another ``name``."""

    name: str
    sign: str
    target: FactValue
    other: str = ""

    def __str__(self) -> str:
        target = repr(self.target) if isinstance(self.target, str) else f"{self.target:g}"
        return f"{self.name} {self.sign} {self.other or target}"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.other) if self.other else (self.name,)

    def judge(self, facts: Mapping[str, Fact]) -> ComparisonVerdict:
        """How it stands with what is known now."""
        found = facts.get(self.name, Fact(None))
        beside = facts.get(self.other, Fact(None)) if self.other else Fact(self.target)
        if found.value is None or beside.value is None:
            return ComparisonVerdict(self, None, found, None, beside.value, None)
        if isinstance(found.value, str) or isinstance(beside.value, str):
            same = str(found.value) == str(beside.value)
            return ComparisonVerdict(self, same == (self.sign == "=="), found, None, beside.value, None)
        value, target = float(found.value), float(beside.value)
        if math.isnan(value) or math.isnan(target):
            return ComparisonVerdict(self, None, found, None, beside.value, None)
        if self.sign in ("==", "!="):
            return ComparisonVerdict(
                self, (value == target) == (self.sign == "=="), found, value, target, abs(value - target)
            )
        upwards = self.sign in (">", ">=")
        slack = DEVIATIONS * math.hypot(_error(found), _error(beside))
        bound = value - slack if upwards else value + slack
        passed = {">": bound > target, ">=": bound >= target, "<": bound < target, "<=": bound <= target}[self.sign]
        return ComparisonVerdict(self, passed, found, bound, target, target - bound if upwards else bound - target)


def _error(fact: Fact) -> float:
    """A standard error; what is not a number says nothing, so that nothing passes by it."""
    return math.inf if math.isnan(fact.error) else fact.error


@dataclass(frozen=True)
class ComparisonVerdict:
    """How a comparison stands: ``passed`` is None while a value is not known.

    ``fact`` is what was measured, ``bound`` that value less (or more) two standard errors, which is what has to reach
    ``target``; ``missing`` is how far it still has to go, below 0 where it is beyond. None where there is no number.
    """

    comparison: FactComparison
    passed: bool | None
    fact: Fact
    bound: float | None
    target: FactValue | None
    missing: float | None

    @property
    def by_noise_alone(self) -> bool:
        """Whether the value itself reaches the target and only its standard error is too large."""
        if self.passed is not False or self.bound is None or self.missing is None or isinstance(self.fact.value, str):
            return False
        reached = abs(self.bound - float(self.fact.value or 0.0))
        return reached > 0 and self.missing <= reached


@dataclass(frozen=True)
class Verdict:
    """How a condition stands: ``passed`` is None while that is open. ``comparisons`` are all of its parts, in order."""

    passed: bool | None
    comparisons: tuple[ComparisonVerdict, ...]


@dataclass(frozen=True)
class _Joined:
    kind: Literal["and", "or"]
    parts: tuple[_Tree, ...]


_Tree: TypeAlias = FactComparison | _Joined


@dataclass(frozen=True)
class GoalCondition:
    """A condition as it is written in a lesson, and what it comes to; ``not`` is resolved into its comparisons, so that noise
    helps nobody there either."""

    text: str
    tree: _Tree

    @classmethod
    def read(cls, text: str) -> GoalCondition:
        """Raises BadCondition."""
        text = " ".join(text.split())
        if not text:
            raise BadCondition("a goal needs a condition, such as: gap <= 0.1")
        if len(text) > _MOST:
            raise BadCondition(f"a condition has at most {_MOST} letters")
        try:
            body = ast.parse(text, mode="eval").body
            return cls(text, _tree(body, False))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if isinstance(error, BadCondition):
                raise
            raise BadCondition(f"{text!r} is no condition: {_GRAMMAR}") from None

    @property
    def comparisons(self) -> tuple[FactComparison, ...]:
        return tuple(_leaves(self.tree))

    @property
    def names(self) -> tuple[str, ...]:
        """The measures and facts that it speaks of, each once, in order."""
        return tuple(dict.fromkeys(name for each in self.comparisons for name in each.names))

    def judge(self, facts: Mapping[str, Fact]) -> Verdict:
        """How it stands with what is known now, by name."""
        found = {each: each.judge(facts) for each in self.comparisons}
        return Verdict(_passed(self.tree, found), tuple(found[each] for each in self.comparisons))


def _passed(tree: _Tree, found: Mapping[FactComparison, ComparisonVerdict]) -> bool | None:
    if isinstance(tree, FactComparison):
        return found[tree].passed
    parts = [_passed(part, found) for part in tree.parts]
    decided = tree.kind == "or"
    if decided in parts:
        return decided
    return None if None in parts else not decided


def _leaves(tree: _Tree) -> Iterator[FactComparison]:
    if isinstance(tree, FactComparison):
        yield tree
    else:
        for part in tree.parts:
            yield from _leaves(part)


def _tree(node: ast.expr, negated: bool) -> _Tree:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _tree(node.operand, not negated)
    if isinstance(node, ast.BoolOp):
        kind: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) is not negated else "or"
        return _Joined(kind, tuple(_tree(each, negated) for each in node.values))
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        parts = tuple(_comparison(left, op, right, negated) for left, op, right in pairs)
        return parts[0] if len(parts) == 1 else _Joined("or" if negated else "and", parts)
    raise BadCondition(f"{ast.unparse(node)} is no comparison: write for instance gap <= 0.1")


def _comparison(left: ast.expr, op: ast.cmpop, right: ast.expr, negated: bool) -> FactComparison:
    if type(op) not in _SIGNS:
        raise BadCondition(f"{ast.unparse(ast.Compare(left, [op], [right]))} is not one of < <= > >= ==")
    sign = _SIGNS[type(op)]
    a, b = _side(left), _side(right)
    if not isinstance(a, _Name):
        if not isinstance(b, _Name):
            both = f"{ast.unparse(left)} and {ast.unparse(right)}"
            raise BadCondition(f"{both} are both given: one side names a measure or a fact")
        a, b, sign = b, a, _MIRRORED[sign]
    sign = _NEGATED[sign] if negated else sign
    if isinstance(b, str) and not isinstance(b, _Name) and sign not in ("==", "!="):
        raise BadCondition(f"{b!r} is a word: it can be compared by == alone")
    return FactComparison(a, sign, 0.0, b) if isinstance(b, _Name) else FactComparison(a, sign, b)


class _Name(str):
    """That of a measure or fact, beside words that are given."""


def _side(node: ast.expr) -> FactValue:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise BadCondition(f"{ast.unparse(node)} is no finite number")
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.Name):
        return _Name(node.id)
    if isinstance(node, ast.Attribute):
        before = _side(node.value)
        if isinstance(before, _Name):
            return _Name(f"{before}.{node.attr}")
    raise BadCondition(f"{ast.unparse(node)} is neither a measure, a fact, a number nor a word")
