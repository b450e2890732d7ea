"""The reference of the library, made of its docstrings.

``python -m benchmarks.reference`` writes ``docs/api.md`` anew.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import dgm_studio.api as dgm

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
_ORDER = ("data", "train", "open", "compare", "Run", "MeasuredRuns", "TrainingData", "MeasuredValue", "DrawnSamples",
          "Interpolation", "TrainingProgress", "BadInput", "Failure")  # fmt: skip
"""What a person meets first comes first."""
_END = """
*Export as Python* in the File menu, and `dgm-studio export RUN.dgm --to python|notebook --out X`, write a run as such lines.
*Copy as command line* gives the same for a terminal.

<!-- made of the docstrings by python -m benchmarks.reference -->
"""


def page() -> str:
    """``docs/api.md``."""
    parts = ["# The program as a library", _prose(inspect.getdoc(dgm) or "")]
    for name in _ORDER:
        parts += _entry(f"dgm.{name}", getattr(dgm, name), "##")
    return "\n\n".join(parts) + "\n" + _END


def _entry(name: str, value: Any, marks: str) -> list[str]:
    written = name if isinstance(value, type) else f"{name}{_signature(value)}"
    found = [f"{marks} `{name}`", *([] if isinstance(value, type) else [f"```python\n{written}\n```"])]
    found.append(_prose(inspect.getdoc(value) or ""))
    if isinstance(value, type) and not issubclass(value, Exception):
        for key, member in vars(value).items():
            if not key.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                found += _member(f"{value.__name__}.{key}", member)
    return found


def _member(name: str, member: Any) -> list[str]:
    if isinstance(member, property):
        return [f"### `{name}`", _prose(inspect.getdoc(member) or "")]
    return _entry(name, member, "###")


def _signature(function: Any) -> str:
    """The arguments, each on its line where they are many; types as they are written."""
    signature = inspect.signature(function)
    kept = [p for p in signature.parameters.values() if p.name != "self"]
    plain = signature.replace(parameters=kept)
    text = re.sub(r"'([^']*)'", r"\1", str(plain)) if len(str(plain)) < 90 else ""
    if text:
        return text
    words, named = [], False
    for p in kept:
        if p.kind is p.KEYWORD_ONLY and not named and not any(k.kind is k.VAR_POSITIONAL for k in kept):
            words.append("*")
        named = named or p.kind is p.KEYWORD_ONLY
        words.append(re.sub(r": '([^']*)'", r": \1", str(p)).replace("<lambda>", "nothing"))
    lines = "".join(f"    {re.sub(r'<function .*?>', '...', word)},\n" for word in words)
    return f"(\n{lines}) -> {signature.return_annotation!s}"


def _prose(text: str) -> str:
    """A docstring as Markdown: its lists of arguments and errors as lists, its examples as code."""
    lines: list[str] = []
    example = False
    for line in text.splitlines():
        begins = line.startswith(">>>")
        if begins and not example:
            lines.append("```python")
        if example and not line.strip():
            lines.append("```")
        example = (example or begins) and bool(line.strip())
        if not example and re.match(r"^(Args|Raises):$", line):
            lines += [{"Args:": "Arguments:", "Raises:": "Raises:"}[line], ""]
        elif not example and (found := re.match(r"^    (\w+): (.*)", line)):
            lines.append(f"* `{found[1]}`: {found[2]}".replace("``", "`"))
        elif not example and line.startswith("        "):
            lines.append(f"  {line.strip()}".replace("``", "`"))
        else:
            lines.append(line if example else line.replace("``", "`"))
    if example:
        lines.append("```")
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
