"""A lesson in which everything is right."""

HEAD = """---
title: Too few modes
author: Nobody
minutes: 9
level: first
language: en
summary: A generator that keeps some modes and loses others.
lectures: MIT 6.S978 L1; UNIST AI518
---
"""
BODY = """
## Look {session=gallery:grid-gan show="loss,samples" lock="data,family" set="sampling.temperature=0.5"}

How many of the 25 modes have samples? A value such as $x_1$ is a formula.

```
## no step
::: no block
```

::: predict choice = 2
Where do the others go?
1. They are merged.
2. They are lost, and
   may come back.
::: predict number "share" = modes
How many are left?
::: goal modes >= 0.9 and steps <= 2000
Bring them back.
::: hint
Look at the loss.
:::

After the blocks.

## Explain

::: explain
Why does nothing reward variety?
::: reveal
Each sample is judged by itself.
"""
