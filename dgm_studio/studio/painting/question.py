"""Question: everything that decides what a model answers on the canvas, besides the picture and the mask themselves.

A condition is a mask (generate where it is 1), strokes (paint that is taken as a sketch) or an observation (the picture
is known only through an operator, such as a low resolution). It is kept with every answer, so that any can be asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dgm_studio.language import tr
from dgm_studio.protocol.context import ContextValues
from dgm_studio.protocol.messages import RunInfo, SamplerInfo
from dgm_studio.protocol.spec import Frozen

Condition = Literal["mask", "strokes", "observation"]
CONDITIONS: tuple[Condition, ...] = ("mask", "strokes", "observation")
CANDIDATES = (1, 16)
NOISE = (0.0, 1.0)
"""Standard deviation of the noise on a measurement, in shares of the way from black to white."""
DRAFT_STEPS = 8
"""Steps of a draft, where its method counts steps."""
_STEPPED = frozenset({"sdedit"})
"""Methods that make the share ``strength`` of their steps."""
_WHOLE = frozenset({"translate"})
"""Methods that make all of their steps whatever the strength."""
_CAN: Mapping[str, str] = {
    "mask": tr("diffusion, flow matching, the VAE or kernel density"),
    "strokes": tr("diffusion, flow matching or the VAE"),
    "observation": tr("diffusion, flow matching or the VAE"),
}
_LACKS: Mapping[str, str] = {
    "mask": tr("fill a mask"),
    "strokes": tr("work strokes into a picture"),
    "observation": tr("restore a measured picture"),
}


def renamed(values: Any, old: str, new: str) -> Any:
    """Values of a file in which a field has its older name."""
    if not isinstance(values, dict) or old not in values:
        return values
    return {**{name: value for name, value in values.items() if name != old}, new: values[old]}


class Question(Frozen):
    """``method`` None is the model's own choice; ``strength`` is that of strokes, ``operator`` and ``noise`` those of an
    observation. ``branch`` (ticket, frame) goes on from a step of an earlier answer. ``label`` is a class number, None for
    any; ``temperature`` is that of the sampling.
    """

    condition: Condition = "mask"
    method: str | None = None
    knobs: dict[str, Any] = Field(default_factory=dict)
    count: int = Field(default=4, ge=CANDIDATES[0], le=CANDIDATES[1])
    seed: int = Field(default=0, ge=0, lt=2**63)
    strength: float = Field(default=0.5, ge=0, le=1)
    operator: str = "down2"
    noise: float = Field(default=0.05, ge=NOISE[0], le=NOISE[1])
    branch: tuple[int, int] | None = None
    label: Annotated[int, Field(ge=0)] | ContextValues | None = None
    temperature: float = 1.0

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, values: Any) -> Any:
        """Older files call the method a way."""
        return renamed(values, "way", "method")

    def with_(self, **changes: Any) -> Question:
        """A copy with fields replaced, validated. Raises pydantic.ValidationError."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Question(**{**values, **changes})

    def asked_with(self) -> dict[str, Any]:
        """The fields of `messages.Fill` that are not those of every question: what the condition has, class, temperature."""
        fields: dict[str, Any] = {
            "condition": self.condition, "label": self.label, "temperature": self.temperature,
        }  # fmt: skip
        if self.condition == "strokes":
            fields["strength"] = self.strength
        elif self.condition == "observation":
            fields["operator"] = self.operator
            fields["noise"] = 0.0 if self.operator.startswith("noise") else self.noise
        return fields

    def measured(self) -> list[str]:
        """The measurement in words: the operator, its number, and the noise on it."""
        operator, value = parse_operator(self.operator)
        number = f"{operator.number} {value:.3g}" + (f" {operator.unit}" if operator.unit else "")
        noise = self.asked_with()["noise"] if self.condition == "observation" else self.noise
        title = operator.title.lower()
        words = (
            title if title != operator.number else "",
            number if operator.number else "",
            tr("noise {noise:.2g}", noise=noise),
        )
        return [word for word in (words if noise else words[:2]) if word]

    def same_as(self, other: Question) -> bool:
        """Whether both ask the same; the seed, the number of candidates and a step that was gone on from aside."""
        return (self.method, self.knobs, self.asked_with()) == (other.method, other.knobs, other.asked_with())


# --- operators ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OperatorChoice:
    """A measurement of pictures by its word, with the number it takes, if any: title, default, bounds, unit."""

    word: str
    title: str
    help: str
    number: str = ""
    default: float = 0.0
    low: float = 0.0
    high: float = 0.0
    unit: str = ""

    def text(self, value: float | None = None) -> str:
        """As `Question.operator` says it."""
        return f"{self.word}:{self.default if value is None else value:g}" if self.number else self.word


OPERATORS: tuple[OperatorChoice, ...] = (
    OperatorChoice(
        "down2", tr("Low resolution 2×"), tr("y is the mean of every 2 × 2 pixels: super-resolution gives them back.")
    ),
    OperatorChoice(
        "down4", tr("Low resolution 4×"), tr("y is the mean of every 4 × 4 pixels: super-resolution gives them back.")
    ),
    OperatorChoice("gray", tr("Without colour"), tr("y is the mean of the colour channels: the model colours it.")),
    OperatorChoice(
        "blur",
        tr("Blur"),
        tr("y is the picture under a Gaussian of this width: the model sharpens it."),
        "width",
        1.0,
        0.1,
        10.0,
        "px",
    ),
    OperatorChoice(
        "noise",
        tr("Noise"),
        tr("y is the picture with this much noise, 1 from black to mid grey: the model cleans it."),
        "noise",
        0.3,
        0.01,
        5.0,
    ),
    OperatorChoice(
        "pixels",
        tr("Random pixels"),
        tr("y is this share of the pixels, drawn once; the others are unknown."),
        "share",
        0.25,
        0.001,
        1.0,
    ),
    OperatorChoice(
        "fourier",
        tr("Fourier lines"),
        tr("y is this share of the lines of the spectrum, as in magnetic resonance imaging."),
        "share",
        0.25,
        0.001,
        1.0,
    ),
)


def operators_for(event: Sequence[int]) -> tuple[OperatorChoice, ...]:
    """Those that can measure pictures (C, H, W)."""
    channels, height, width = event
    fits = {
        "down2": height % 2 == 0 and width % 2 == 0,
        "down4": height % 4 == 0 and width % 4 == 0,
        "gray": channels > 1,
    }
    return tuple(o for o in OPERATORS if fits.get(o.word, True))


def parse_operator(text: str) -> tuple[OperatorChoice, float]:
    """The operator that ``text`` names and its number. Raises ValueError when there is none."""
    word, _, number = text.partition(":")
    found = next((o for o in OPERATORS if o.word == word), None)
    if found is None:
        raise ValueError(tr("no operator is called {word!r}", word=word))
    return found, float(number) if number else found.default


# --- ways -----------------------------------------------------------------------------------------------------------


def defaults(method: SamplerInfo) -> dict[str, Any]:
    """Its knobs as they are before anyone turns them."""
    return {name: field.get("default") for name, field in method.schema.get("properties", {}).items()}


def takes_strength(method: SamplerInfo | None) -> bool:
    """Whether it matters to a method of strokes how much of them may be forgotten."""
    return method is None or method.name not in _WHOLE


def strength_steps(method: SamplerInfo, knobs: Mapping[str, Any]) -> int | None:
    """Into how many steps a method parts the strength of strokes; None where every strength is another one."""
    if method.name not in _STEPPED:
        return None
    value = {**defaults(method), **knobs}.get("steps")
    return int(value) if isinstance(value, int | float) and value >= 1 else None


def draft_of(question: Question, info: RunInfo) -> Question:
    """The quickest way to answer the same, with few steps."""
    methods = info.methods_for(question.condition)
    if not methods:
        return question
    steps = methods[0].schema.get("properties", {}).get("steps", {})
    usual = steps.get("default")
    few = {"steps": max(int(steps.get("minimum", 1)), min(DRAFT_STEPS, int(usual)))} if usual else {}
    return question.with_(method=methods[0].name, knobs=few, branch=None)


def reason_against(info: RunInfo | None, family: str, condition: str) -> str:
    """Why the model in front cannot answer, and what can; empty when it can."""
    if info is None:
        return tr("The model is not ready yet.")
    if info.methods_for(condition):
        return ""
    others = [c for c in CONDITIONS if info.methods_for(c)]
    instead = tr(" It does answer a mask.") if "mask" in others else ""
    return tr(
        "{family} cannot {lacks}.{instead} Choose {can} for this.",
        family=family or tr("This family"),
        lacks=_LACKS[condition],
        instead=instead,
        can=_CAN[condition],
    )
