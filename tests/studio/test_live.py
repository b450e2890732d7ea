"""Live painting asks for one thing at a time, the newest state winning."""

from __future__ import annotations

from dgm_studio.studio.live import GRACE, SLOW, STALE, Live


class Scene:
    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[bool] = []
        self.cancelled = 0
        self.live = Live(self._ask, self._cancel, lambda: self.now)
        self.live.switch(True)
        self.pass_time(0)
        self.live.answered(101)
        self.asked.clear()

    def _ask(self, draft: bool) -> int:
        self.asked.append(draft)
        return 100 + len(self.asked)

    def _cancel(self) -> None:
        self.cancelled += 1

    @property
    def ticket(self) -> int:
        return 100 + len(self.asked)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.live.tick()


def test_drafts_follow_one_another_and_the_careful_answer_ends_them() -> None:
    s = Scene()
    for _ in range(5):
        s.live.changed(painting=True)
        s.pass_time(0.02)
    assert s.asked == [True]
    s.live.answered(s.ticket)
    s.pass_time(0.02)
    assert s.asked == [True, True]
    s.live.changed(painting=False)
    s.pass_time(0.02)
    assert s.asked == [True, True, False]
    assert s.cancelled == 1
    s.live.answered(s.ticket)
    s.pass_time(1)
    assert s.asked == [True, True, False]


def test_slow_answers_wait_for_the_brush_to_rest() -> None:
    s = Scene()
    s.live.changed(painting=True)
    s.pass_time(0.01)
    s.now += SLOW + 0.1
    s.live.answered(s.ticket)
    s.live.changed(painting=True)
    s.pass_time(0.01)
    assert s.asked == [True]
    s.pass_time(GRACE)
    assert s.asked == [True, True]


def test_what_is_too_old_is_given_up() -> None:
    s = Scene()
    s.live.changed(painting=True)
    s.pass_time(0.01)
    s.live.changed(painting=True)
    s.pass_time(STALE - 0.1)
    assert s.asked == [True]
    s.pass_time(0.2)
    assert s.asked == [True, True]
    assert s.cancelled == 1


def test_a_careful_answer_that_is_outdated_gives_way() -> None:
    s = Scene()
    s.live.changed(painting=False)
    s.pass_time(0.01)
    s.live.changed(painting=True)
    s.pass_time(0.01)
    assert s.asked == [False, True]
    assert s.cancelled == 1


def test_nothing_is_asked_while_it_is_off_or_nothing_changed() -> None:
    s = Scene()
    s.live.changed(painting=False)
    s.pass_time(0.01)
    s.live.switch(False)
    assert s.cancelled == 1
    s.live.changed(painting=True)
    s.pass_time(5)
    assert s.asked == [False]


def test_the_answer_to_another_question_frees_nothing() -> None:
    s = Scene()
    s.live.changed(painting=True)
    s.pass_time(0.01)
    s.live.answered(7)
    assert s.live.busy
