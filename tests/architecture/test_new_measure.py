"""A measure is one file: dropped into the folder it is listed, computed, spoken, and has its place among curves."""

from __future__ import annotations

import json
from pathlib import Path

from guides import Copy

LOOK = """
import json
from dgm_studio.engine.catalogue import measures
from dgm_studio.engine.runs.recorder import MeasureSeries, Recorder
from dgm_studio.engine.schedule.reporting import measure_curves
from dgm_studio.studio.reading.quality import by_topic, ranked

recorder = Recorder()
for name in ("far_out", "samples_per_second", "modes", "gap"):
    recorder.measures[name] = MeasureSeries(measures()[name].title, "")
curves = measure_curves(recorder)
print(json.dumps([by_topic(curves), ranked(curves)]))
"""


def test_the_measure_of_the_guide_works_as_one_dropped_file(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-measure.md")
    copy.save_files()
    evaluate = ["evaluate", "banana.dgm"]
    said = copy.call(["list", "measures", "--json"], *copy.commands(), [*evaluate, "--json"], evaluate)
    listed = {row["name"]: row for row in json.loads(said[0])["measures"]}
    assert listed["far_out"]["topic"] == "coverage"
    topics, ranks = json.loads(copy.python("-c", LOOK))
    assert topics == [["gap"], ["modes", "far_out"], ["samples_per_second"]]
    assert ranks[:2] == ["gap", "modes"]
    found = json.loads(said[-2])["measures"]["far_out"]
    assert 0 <= found["value"] < 0.05
    assert found["error"] > 0
    assert "farther out" in said[-1]
