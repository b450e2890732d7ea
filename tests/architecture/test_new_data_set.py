"""A data set is one file: dropped into the folder it is in the catalogue and the gallery, loads, is learned and measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

from guides import Copy

LOOK = """
import json
import numpy as np
from dgm_studio.contract import finish, rng_for
from dgm_studio.protocol import messages as m
from dgm_studio.engine.catalogue import sources
from dgm_studio.engine.jobs.gallery import thumbnails

shown = []
finish(thumbnails(64, shown.append))
laplace, gratings = (sources()[name] for name in ("laplace", "gratings"))
points, pictures = (finish(s.load(s.Params(), rng_for(1))) for s in (laplace, gratings))
cost = -points.log_density(points.held_out.x).double()
print(json.dumps({
    "shown": [e.name for e in shown if e.name in ("laplace", "gratings") and e.pixels.max() > 150],
    "entropy": points.entropy, "cost": float(cost.mean()), "error": float(cost.std() / len(cost) ** 0.5),
    "pictures": [list(pictures.train.x.shape[1:]), sorted(set(pictures.train.label.tolist()))],
    "examples": len(pictures.train) + len(pictures.held_out),
}))
"""


def test_the_data_sets_of_the_guide_work_as_dropped_files(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-data-set.md")
    copy.save_files()
    evaluated = [["evaluate", f"{name}.dgm", "--json"] for name in ("laplace", "gratings")]
    said = copy.call(["list", "data", "--json"], *copy.commands(), *evaluated)
    listed = {row["name"]: row for row in json.loads(said[0])["data"]}
    assert not listed["laplace"]["from_file"]
    assert listed["gratings"]["schema"]["properties"]["contrast"]["maximum"] == 1
    seen = json.loads(copy.python("-c", LOOK))
    assert sorted(seen["shown"]) == ["gratings", "laplace"]
    assert math.isclose(seen["entropy"], 2.672944, abs_tol=1e-6)
    assert abs(seen["cost"] - seen["entropy"]) < 8 * seen["error"]
    assert seen["pictures"] == [[1, 16, 16], [0, 1]]
    assert seen["examples"] == 4000
    measured, frechet = (json.loads(text)["measures"] for text in said[-2:])
    assert {"gap", "sliced_wasserstein"} <= set(measured)
    assert frechet["frechet"]["value"] > 0
