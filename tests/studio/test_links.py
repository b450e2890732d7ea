"""Links: any session comes back as it was, none is long, and what a stranger sends is refused in words."""

from __future__ import annotations

import base64
import contextlib
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.files.links import BadLink, from_link, portable, to_link
from dgm_studio.studio.session.session import CELLS, IMAGE_VIEWS, Session, Slot

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
VALUES = st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9), NAMES)
SETTINGS = st.dictionaries(NAMES, VALUES, max_size=4)
SPECS = st.builds(
    RunSpec,
    data=st.builds(DataChoice, name=NAMES, params=SETTINGS, clusters=st.integers(0, 100)),
    family=NAMES,
    config=SETTINGS,
    training=SETTINGS,
    conditional=st.booleans(),
    sampling=st.builds(
        Sampling, sampler=st.none() | NAMES, knobs=SETTINGS, count=st.integers(1, 20_000), temperature=st.floats(0, 4),
        label=st.none() | st.integers(0, 9), seed=st.integers(0, 10**9), seed_locked=st.booleans(),
    ),
    seed=st.integers(0, 10**9),
    device=st.sampled_from(["auto", "cuda:0"]),
)  # fmt: skip
SLOTS = st.lists(SPECS, min_size=2, max_size=5).map(
    lambda specs: {
        name: Slot(spec=spec, run="abc")
        for name, spec in zip(("2d", "images", *(f"cell-{c}" for c in CELLS)), specs, strict=False)
    }
)
SESSIONS = st.builds(
    Session,
    workspace=st.sampled_from(["2d", "images", "compare"]),
    slots=SLOTS,
    layers=st.lists(st.sampled_from([layer.name for layer in PLANE_LAYERS]), unique=True).map(tuple),
    image_view=st.sampled_from(IMAGE_VIEWS),
    time=st.floats(0, 1),
    prior=st.lists(st.floats(0, 10), max_size=4).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(SESSIONS)
def test_any_session_comes_back_as_it_was_and_gives_the_same_link(session: Session) -> None:
    link = to_link(session)
    assert from_link(link) == portable(session)
    assert to_link(from_link(link)) == link


def test_what_begins_is_a_few_letters_and_six_cells_are_below_two_kilobytes() -> None:
    assert len(to_link(Session())) < 40
    session = Session().with_(workspace="compare")
    for family in ("gan", "flow", "vae", "diffusion", "ebm", "kde"):
        spec = RunSpec(data=DataChoice(name="25-gaussians"), family=family, config={"width": 128, "depth": 3}, seed=7)
        session = session.with_cell(Slot(spec=spec))
    assert len(to_link(session)) < 2000
    assert all(letter.isalnum() or letter in ":._-" for letter in to_link(session))


def test_a_file_is_not_named() -> None:
    with pytest.raises(BadLink, match=r"secret\.csv is a file of this machine"):
        to_link(Session().with_spec(RunSpec(data=DataChoice(name="file", path="/home/me/secret.csv"))))


def made(values: object, version: str = "1.") -> str:
    text = values if isinstance(values, bytes) else json.dumps(values).encode()
    return f"dgm:{version}" + base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


DEEP: object = 1.0
for _ in range(20):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://example.org", "begins with dgm:"),
        ("dgm:", "another version"),
        (made({}, "9."), "another version"),
        ("dgm:1.", "damaged"),
        ("dgm:1.!!!!", "damaged"),
        (to_link(Session())[:-3], "damaged"),
        (made(b" " * 2_000_000), "longer inside"),
        ("dgm:1." + "A" * 100_000, "too long"),
        (made(b"[" * 100_000), "damaged"),
        (made(b'{"time": NaN}'), "damaged"),
        (made([1, 2]), "no session"),
        (made({"slots": [1]}), "no session"),
        (made({"slots": {"cell-Z": {}}}), "no session"),
        (made({"slots": {"2d": {"data": {"path": "/etc/passwd"}}}}), "a file of this machine"),
        (made({"unknown": 1}), "no session"),
        (made({"slots": {"2d": {"unknown": 1}}}), "no session"),
        (made({"slots": {"2d": {"config": {"width": 10**300}}}}), "larger than any setting"),
        (made({"slots": {"2d": {"config": DEEP}}}), "deeper"),
        (made({"slots": {"2d": {"family": "x" * 5000}}}), "longer than any setting"),
        (made({"slots": {"2d": {"sampling": {"count": -5}}}}), "no session"),
    ],
)
def test_hostile_links_are_refused_in_words(link: str, words: str) -> None:
    with pytest.raises(BadLink, match=words):
        from_link(link)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_whatever_follows_is_a_session_or_refused(text: str) -> None:
    with contextlib.suppress(BadLink):
        assert isinstance(from_link(f"dgm:1.{text}"), Session)
