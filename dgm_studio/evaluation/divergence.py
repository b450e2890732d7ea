"""Divergences between true and model density by quadrature over the plane.

    KL(p || q) = sum p log(p / q) dA,    KL(q || p) = sum q log(q / p) dA,    TV = 1/2 sum |p - q| dA.

The first punishes what the model misses, the second what it invents, the third is the share of mass in the wrong place.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement

Divergence = Callable[[Tensor, Tensor, Tensor], float]
_LOWEST = -60.0
"""Log-densities below this count as this: a hole in one density must not make the sum infinite."""


def forward_kl(log_p: Tensor, log_q: Tensor, area: Tensor) -> float:
    """KL(p || q) in nats from log-densities (cells,) and the areas (cells,)."""
    p = log_p.double().exp()
    return float((p * (log_p.double() - log_q.double().clamp_min(_LOWEST)) * area)[p > 0].sum())


def reverse_kl(log_p: Tensor, log_q: Tensor, area: Tensor) -> float:
    """KL(q || p) in nats."""
    return forward_kl(log_q, log_p, area)


def total_variation(log_p: Tensor, log_q: Tensor, area: Tensor) -> float:
    """Half the integral of |p - q|, in [0, 1]."""
    return float(0.5 * ((log_p.double().exp() - log_q.double().exp()).abs() * area).sum())


def _compute(divergence: Divergence) -> Callable[[Evidence], Measurement]:
    def compute(evidence: Evidence) -> Measurement:
        if evidence.grid is None:
            raise ValueError("this measure needs true and model density over a grid")
        log_p, log_q, area = evidence.grid
        fine = divergence(log_p, log_q, area)
        # every second cell, each standing for two: how much the sum depends on where cells lie
        coarse = divergence(log_p[::2], log_q[::2], 2 * area[::2])
        return Measurement(fine, abs(fine - coarse), floor=0.0)

    return compute


def _measure(name: str, title: str, unit: str, help: str, divergence: Divergence, say: str) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit=unit,
        help=help,
        reference="Kullback & Leibler 1951 (doi:10.1214/aoms/1177729694)",
        lower_is_better=True,
        topic="likelihood",
        applies=lambda evidence: evidence.grid is not None,
        work=Measure.at_once(_compute(divergence)),
        floor_help="0, which equal densities give",
        say=lambda m: say.format(m.value),
        spoken=False,
    )


MEASURE = (
    _measure(
        "kl", "KL(data, model)", "nats", "What the model misses: large where data are and the model is not.", forward_kl,
        "On the grid the model misses data by {:.3f} nats.",
    ),
    _measure(
        "reverse_kl", "KL(model, data)", "nats", "What the model invents: large where the model is and data are not.",
        reverse_kl, "On the grid the model invents {:.3f} nats.",
    ),
    _measure(
        "total_variation", "Total variation", "share", "Share of the probability that lies in the wrong place.",
        total_variation, "{:.1%} of the probability lies in the wrong place.",
    ),
)  # fmt: skip
