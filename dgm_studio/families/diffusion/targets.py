"""What the network of a diffusion model is asked for: the noise, the example, or a mix of both.

Given ``mix = cos u + sin n`` of an example u and noise n, both of unit variance, any of the three determines the others, so
the choice is one of scaling: an error of the network counts differently at each noise level.

* **epsilon**: the noise (Ho et al. 2020, arXiv:2006.11239). Errors in the example grow like sigma.
* **x0**: the example. Errors in the noise grow like 1 / sigma, where details are made.
* **v**: ``sin u - cos n``, the derivative of the mix; bounded at both ends (Salimans & Ho 2022, arXiv:2202.00512).
* **edm**: v once more, with u measured in the data's own spread, which is the preconditioning of Karras et al. 2022
  (arXiv:2206.00364): the same as v for data of unit variance, better where coordinates differ.

As the noise goes, so does the answer to v and edm: ``u + score`` times sin. A network that has to find this out by itself is
left with an error in its score that grows like 1 / sigma; `faded` gives it the factor, from the finest detail of the data on.

Outside this file and its one caller there are posterior means only.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Target = Literal["edm", "epsilon", "x0", "v"]


def asked(target: Target, u: Tensor, n: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """What the network should answer for example ``u`` and noise ``n``."""
    if target == "epsilon":
        return n
    return u if target == "x0" else sin * u - cos * n


def faded(target: Target, sin: Tensor, finest: float) -> Tensor | float:
    """What the network's word is multiplied by: 1, and in proportion to the noise where that is below ``finest``."""
    if finest == 0 or target in ("epsilon", "x0"):
        return 1.0
    return sin / (sin.square() + finest**2).sqrt()


def noise_in(target: Target, answer: Tensor, mix: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The noise E[n | mix] that an answer stands for."""
    if target == "epsilon":
        return answer
    return (mix - cos * answer) / sin if target == "x0" else sin * mix - cos * answer
