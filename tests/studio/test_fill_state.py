"""Live painting asks for one thing at a time, the newest state winning, and never leaves what is on screen to grow old."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dgm_studio.studio.painting.fill_state import (
    GRACE,
    SLOW,
    STALE,
    Ask,
    Chosen,
    Ended,
    Event,
    FillState,
    Painted,
    Sent,
    Switched,
    Tick,
    advance,
)  # fmt: skip

TICK = 0.033


class Scene:
    """A clock of its own; answers come when a test says so, or after ``draft`` and ``careful`` seconds in `pass_on`."""

    def __init__(self, draft: float = 0.0, careful: float = 0.0) -> None:
        self.now = 0.0
        self.takes = {True: draft, False: careful}
        self.asked: list[bool] = []
        self.cancelled = 0
        self.arrived: list[float] = []
        self._due: float | None = None
        self.state = FillState()
        self.tell(Switched(True))
        self.pass_time(0)
        self.answered(101)
        self._due = None
        self.asked.clear()

    def tell(self, event: Event) -> None:
        """Let something happen, and do what follows."""
        self.state, commands = advance(self.state, event, self.now)
        for command in commands:
            if isinstance(command, Ask):
                self.asked.append(command.draft)
                self._due = self.now + self.takes[command.draft]
                self.tell(Sent(100 + len(self.asked), command.draft))
            else:
                self.cancelled += 1
                self._due = None

    def changed(self, *, painting: bool) -> None:
        self.tell(Painted(self.state.version + 1, painting))

    def answered(self, ticket: int) -> None:
        self.tell(Ended(ticket))

    @property
    def ticket(self) -> int:
        return 100 + len(self.asked)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick())

    def pass_on(self, seconds: float, painting: bool | None = None) -> None:
        """Go on at display rate, ``painting`` or (None) with nothing changing; what is due is answered."""
        end = self.now + seconds
        while self.now < end:
            self.now += TICK
            if painting is not None:
                self.changed(painting=painting)
            if self._due is not None and self.now >= self._due:
                self._due = None
                self.answered(self.ticket)
                self.arrived.append(self.now)
            self.tell(Tick())

    def longest_gap(self, begun: float, ended: float) -> float:
        return max(b - a for a, b in pairwise([begun, *self.arrived, ended]))


def test_drafts_follow_one_another_and_the_careful_answer_ends_them() -> None:
    s = Scene()
    for _ in range(5):
        s.changed(painting=True)
        s.pass_time(0.02)
    assert s.asked == [True]
    s.answered(s.ticket)
    s.pass_time(0.02)
    assert s.asked == [True, True]
    s.changed(painting=False)
    s.pass_time(0.02)
    assert s.asked == [True, True, False]
    assert s.cancelled == 1
    s.answered(s.ticket)
    s.pass_time(1)
    assert s.asked == [True, True, False]


def test_slow_drafts_wait_for_the_brush_to_rest() -> None:
    s = Scene()
    s.changed(painting=True)
    s.pass_time(0.01)
    s.now += SLOW + 0.1
    s.answered(s.ticket)
    s.changed(painting=True)
    s.pass_time(0.01)
    assert s.asked == [True]
    s.pass_time(GRACE)
    assert s.asked == [True, True]


def test_a_careful_answer_that_is_slow_keeps_no_draft_waiting() -> None:
    s = Scene(draft=0.1, careful=2.0)
    s.changed(painting=False)
    s.pass_on(3)
    assert s.state.careful_took == pytest.approx(2.0, abs=2 * TICK)
    begun = s.now
    s.arrived.clear()
    s.pass_on(1, painting=True)
    assert s.arrived[0] - begun < 0.25
    assert s.state.draft_took == pytest.approx(0.1, abs=2 * TICK)


@pytest.mark.parametrize("draft", [0.1, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("careful", [0.5, 2.0, 6.0])
def test_the_longest_gap_of_a_stroke_of_ten_seconds(draft: float, careful: float) -> None:
    """A draft comes at least every `STALE` seconds, or as often as one can where it takes longer than that."""
    s = Scene(draft, careful)
    for _ in range(2):  # once with nothing measured yet, once with what is known from then
        s.arrived.clear()
        begun = s.now
        s.pass_on(10, painting=True)
        assert s.longest_gap(begun, s.now) <= max(STALE, draft) + 4 * TICK
        s.changed(painting=False)
        s.pass_on(draft + careful + 1)
        assert s.asked[-1] is False
        assert s.state.asked is None
        assert s.state.age(s.now) == 0


@pytest.mark.parametrize("draft", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("pause", [0.05, 0.3])
def test_many_short_strokes_get_drafts_too(draft: float, pause: float) -> None:
    """Every release wants a careful answer and every stroke gives it up: still something comes."""
    s = Scene(draft, careful=5.0)
    begun = s.now
    while s.now < begun + 15:
        s.pass_on(0.2, painting=True)
        s.changed(painting=False)
        s.pass_on(pause)
    assert s.longest_gap(begun, s.now) <= STALE + draft + pause + 0.2 + 4 * TICK


def test_a_draft_is_never_given_up_for_another_and_its_age_is_known() -> None:
    s = Scene()
    s.changed(painting=True)
    s.pass_time(0.01)
    s.changed(painting=True)
    s.pass_time(STALE + 1)
    assert s.asked == [True]
    assert s.cancelled == 0
    assert s.state.overdue(s.now)
    assert s.state.age(s.now) > STALE
    s.changed(painting=False)  # released while it is overdue: it comes first, then the careful one
    s.pass_time(TICK)
    assert s.cancelled == 0
    s.answered(s.ticket)
    s.pass_time(TICK)
    assert s.asked == [True, False]
    s.answered(s.ticket)
    assert s.state.age(s.now) == 0


def test_a_careful_answer_that_is_outdated_gives_way() -> None:
    s = Scene()
    s.changed(painting=False)
    s.pass_time(0.01)
    s.changed(painting=True)
    s.pass_time(0.01)
    assert s.asked == [False, True]
    assert s.cancelled == 1


def test_nothing_is_asked_while_it_is_off_or_nothing_changed() -> None:
    s = Scene()
    s.changed(painting=False)
    s.pass_time(0.01)
    s.tell(Switched(False))
    assert s.cancelled == 1
    s.changed(painting=True)
    s.pass_time(5)
    assert s.asked == [False]


def test_the_answer_to_another_question_frees_nothing() -> None:
    s = Scene()
    s.changed(painting=True)
    s.pass_time(0.01)
    s.answered(7)
    assert s.state.asked is not None


def test_what_asks_nothing_new_is_taken_in_and_no_more() -> None:
    s = Scene()
    s.tell(Painted(7, False, settled=True))
    s.pass_time(1)
    assert s.asked == []
    assert s.state.version == 7
    s.tell(Chosen())
    s.pass_time(0.01)
    assert s.asked == [False]


def test_a_state_is_never_changed_but_followed_by_another() -> None:
    state = FillState(live=True)
    after, commands = advance(state, Painted(1, True), 5.0)
    again, _ = advance(state, Painted(1, True), 5.0)
    assert (state.wanted, after.wanted, commands) == (None, True, ())
    assert after == again
