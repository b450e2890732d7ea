"""A small causal transformer over strips of pixels.

Vaswani et al. 2017 (arXiv:1706.03762), as a decoder: a token is a strip of neighbouring pixels of a row, attention sees
the tokens before it, and a small MADE writes the pixels of the next strip one by one given what attention found. With
strips of one pixel it is the plain pixel transformer; longer strips cost less in proportion. Writing keeps the keys and
values of all tokens so far.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

from dgm_studio.nets.causal import Cursor, LevelWaves
from dgm_studio.nets.causal_made import Made


class CausalTransformer(nn.Module):
    """``layers`` blocks of ``width`` features over D / strip tokens.

    ``logits`` maps waves (n, D, F) and classes (n, C) one-hot to (n, D, L). ``strip`` must divide D. A number is told by the
    first ``waves`` waves of its level: grey levels by a few, letters, of which none is between others, by all.
    """

    def __init__(
        self,
        size: int,
        strip: int,
        levels: int,
        classes: int,
        width: int,
        layers: int,
        heads: int = 4,
        waves: int = 6,
    ) -> None:
        super().__init__()
        if size % strip or width % heads:
            raise ValueError(f"strips of {strip} must divide {size} pixels, and {heads} heads {width} features")
        self.size, self.strip, self.tokens, self.levels = size, strip, size // strip, levels
        self.waves = LevelWaves(levels, waves)
        self.enter = nn.Linear(strip * self.waves.count, width)
        self.place = nn.Parameter(0.3 * torch.randn(self.tokens, width))
        self.of_class = nn.Linear(classes, width, bias=False) if classes else None
        self.blocks = nn.ModuleList(AttentionBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head: Made | OneNumber = Made(strip, levels, width, 2 * width) if strip > 1 else OneNumber(levels, width)

    def logits(self, waves: Tensor, given: Tensor, order: Tensor | None = None) -> Tensor:
        if order is not None:
            raise ValueError("this transformer reads row by row; leave the order out or choose MADE")
        strips = waves.view(len(waves), self.tokens, self.strip, -1)
        h, _ = self.attend(strips[:, :-1].flatten(2), 0, given, None)
        out = self.head.logits(strips.flatten(0, 1), h.flatten(0, 1))
        return out.view(len(waves), self.size, self.levels)

    def attend(self, strips: Tensor, first: int, given: Tensor, past: list[Past] | None) -> tuple[Tensor, list[Past]]:
        """What the tokens from ``first`` on find, (n, k, width), and keys and values of all tokens so far.

        ``strips`` (n, k, strip F) precede those tokens; at ``first`` 0 the first token has none before it.
        """
        h = self._entered(strips, first, given)
        kept = []
        for i, block in enumerate(self.blocks):
            h, pair = block(h, None if past is None else past[i])
            kept.append(pair)
        return self.norm(h), kept

    def _entered(self, strips: Tensor, first: int, given: Tensor) -> Tensor:
        h: Tensor = self.enter(strips)
        if first == 0:
            h = torch.cat([h.new_zeros(len(h), 1, h.shape[-1]), h], 1)
        h = h + self.place[first : first + h.shape[1]]
        return h if self.of_class is None else h + self.of_class(given)[:, None]

    def looks(self, waves: Tensor, given: Tensor) -> Tensor:
        """How much each token looks at each before it (n, layers, tokens, tokens), the mean over heads; rows sum to 1.

        Token i writes strip i and has read strip i - 1; what token 0 has read is nothing.
        """
        strips = waves.view(len(waves), self.tokens, self.strip, -1)
        h, found = self._entered(strips[:, :-1].flatten(2), 0, given), []
        for block in self.blocks:
            found.append(cast(AttentionBlock, block).looks(h))
            h, _ = block(h, None)
        return torch.stack(found, 1)

    def cursor(self, level: Tensor, done: int, given: Tensor, order: Tensor | None = None) -> TransformerCursor:
        if order is not None:
            raise ValueError("this transformer reads row by row; leave the order out or choose MADE")
        return TransformerCursor(self, level, done, given)


Past = tuple[Tensor, Tensor]
"""Keys and values (n, heads, tokens, width / heads) of one block."""


class AttentionBlock(nn.Module):
    """Attention, then two layers on every token; each after a norm and added to what came in.

    A ``causal`` one lets each token see itself and those before it, another all of them.
    """

    def __init__(self, width: int, heads: int, causal: bool = True) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width, bias=False)  # a bias of the keys would change nothing
        self.join = nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)

    def forward(self, h: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        x = self.norm_1(h)
        query = self._split(self.query(x))
        key, value = (self._split(part) for part in self.key_value(x).chunk(2, -1))
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        # one token behind a past sees all of it; a run from the start sees what is before each
        seen = scaled_dot_product_attention(query, key, value, is_causal=self.causal and past is None)
        h = h + self.join(seen.transpose(1, 2).flatten(2))
        out: Tensor = h + self.narrow(silu(self.wide(self.norm_2(h))))
        return out, (key, value)

    def looks(self, h: Tensor) -> Tensor:
        """The weights of attention (n, tokens, tokens) of a run from the start, the mean over heads."""
        x = self.norm_1(h)
        query, key = self._split(self.query(x)), self._split(self.key_value(x).chunk(2, -1)[0])
        score = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        later = torch.ones_like(score[0, 0], dtype=torch.bool).triu(1)
        weights: Tensor = score.masked_fill(later, -torch.inf).softmax(-1)
        return weights.mean(1)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)


class OneNumber(nn.Module):
    """The head for strips of one number: logits straight from what attention found, as `Made` would take it."""

    def __init__(self, levels: int, width: int) -> None:
        super().__init__()
        self.leave = nn.Linear(width, levels)

    def logits(self, waves: Tensor, given: Tensor) -> Tensor:
        out: Tensor = self.leave(given)[:, None]
        return out

    def cursor(self, level: Tensor, done: int, given: Tensor) -> Single:
        return Single(self.leave(given))


class Single:
    """A sequence of one number, whose logits are known."""

    def __init__(self, logits: Tensor) -> None:
        self._logits = logits

    def read(self) -> Tensor:
        return self._logits

    def write(self, level: Tensor) -> None:
        """Nothing follows."""


class TransformerCursor:
    """Keeps keys and values of the tokens so far and the head's own cursor within the present strip."""

    def __init__(self, net: CausalTransformer, level: Tensor, done: int, given: Tensor) -> None:
        self._net, self._given, self._level = net, given, level.clone()
        self._done = done
        token, inside = divmod(done, net.strip)
        before = net.waves(level[:, : token * net.strip]).unflatten(1, (token, net.strip)).flatten(2)
        h, self._past = net.attend(before, 0, given, None)
        self._head: Cursor = net.head.cursor(self._strip(token), inside, h[:, -1])

    def read(self) -> Tensor:
        return self._head.read()

    def write(self, level: Tensor) -> None:
        self._level[:, self._done] = level
        self._done += 1
        if self._done % self._net.strip:
            self._head.write(level)
            return
        token = self._done // self._net.strip
        if token < self._net.tokens:
            last = self._net.waves(self._strip(token - 1)).flatten(1)[:, None]
            h, self._past = self._net.attend(last, token, self._given, self._past)
            self._head = self._net.head.cursor(self._strip(token), 0, h[:, -1])

    def _strip(self, token: int) -> Tensor:
        return self._level[:, token * self._net.strip : (token + 1) * self._net.strip]
