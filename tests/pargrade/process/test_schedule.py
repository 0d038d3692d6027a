"""Runs go by monotonic time; what was late, missed or set is counted."""

import threading

import pytest

from pargrade.process.schedule import Schedule


class Clocks:
    """A monotonic and a wall clock that a test moves."""

    def __init__(self):
        self.monotonic_s = 1_000.0
        self.wall_s = 1_772_582_400.0

    def advance(self, seconds):
        self.monotonic_s += seconds
        self.wall_s += seconds


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def schedule(clocks):
    return Schedule(2.0, lambda: clocks.monotonic_s, lambda: clocks.wall_s)


def run_once(schedule, pause_s=0.0):
    schedule.begin()
    schedule.finish(pause_s)


def test_schedule__the_clock_steps_back_an_hour__the_next_run_is_due_as_before(
    clocks, schedule, caplog
):
    run_once(schedule)
    clocks.wall_s -= 3_600
    clocks.advance(2.0)
    assert schedule.wait()
    run_once(schedule)
    report = schedule.report()
    assert (report.clock_jumps, report.late, report.missed) == (1, 0, 0)
    assert report.on_time
    assert "jumped by -3600.0 s" in caplog.text
    clocks.advance(2.0)
    run_once(schedule)
    assert schedule.report().clock_jumps == 1


def test_schedule__a_run_that_begins_late__is_counted_with_what_was_missed(
    clocks, schedule, caplog
):
    run_once(schedule)
    clocks.advance(2.0 + 3.0)
    run_once(schedule)
    report = schedule.report()
    assert (report.runs, report.late, report.missed, report.on_time) == (2, 1, 1, True)
    assert "no poll was made for 3.0 s" in caplog.text


def test_schedule__a_run_that_stands_still_too_long__is_not_on_time_until_the_next(
    clocks, schedule
):
    run_once(schedule)
    clocks.advance(2.0 + 6.0)
    assert not schedule.report().on_time
    run_once(schedule)
    assert not schedule.report().on_time
    clocks.advance(2.0)
    run_once(schedule)
    assert schedule.report().on_time


def test_schedule__a_run_that_does_not_end__is_not_on_time(clocks, schedule):
    schedule.begin()
    clocks.advance(119)
    assert schedule.report().on_time
    clocks.advance(2)
    assert not schedule.report().on_time


def test_schedule__with_a_longest_run_of_its_own__is_not_on_time_after_that(clocks):
    schedule = Schedule(2.0, lambda: clocks.monotonic_s, lambda: clocks.wall_s, longest_s=50)
    schedule.begin()
    clocks.advance(49)
    assert schedule.report().on_time
    clocks.advance(2)
    assert not schedule.report().on_time


def test_schedule__a_pause__moves_the_next_run_and_is_not_late(clocks, schedule):
    run_once(schedule, pause_s=10.0)
    clocks.advance(12.0)
    run_once(schedule)
    assert schedule.report().late == 0


def test_schedule__hastened__does_not_wait_for_the_pause_to_end():
    schedule = Schedule(0.01)
    schedule.begin()
    schedule.finish(pause_s=600)
    threading.Timer(0.05, schedule.hasten).start()
    assert schedule.wait()


def test_schedule__news_within_a_pause__makes_the_run_due_within_an_interval():
    schedule = Schedule(0.01)
    schedule.begin()
    schedule.finish(pause_s=600)
    looks = iter([False, False, True])
    assert schedule.wait(lambda: next(looks))
    assert next(looks, None) is None
    assert schedule.report().on_time


def test_schedule__no_news__ends_all_the_same():
    schedule = Schedule(0.01)
    schedule.begin()
    schedule.finish(pause_s=600)
    threading.Timer(0.05, schedule.end).start()
    assert not schedule.wait(lambda: False)


def test_schedule__ended__lets_the_waiting_thread_go():
    schedule = Schedule(600)
    schedule.begin()
    schedule.finish()
    threading.Timer(0.05, schedule.end).start()
    assert not schedule.wait()


def test_wake__before_the_next_run__makes_it_due_now(clocks, schedule):
    run_once(schedule, pause_s=60)
    clocks.advance(0.5)
    schedule.wake()
    assert schedule.wait()
    run_once(schedule)
    assert schedule.report().late == 0


def test_wake__during_a_run__makes_the_next_one_due_at_its_end(clocks, schedule):
    schedule.begin()
    clocks.advance(1.0)
    schedule.wake()
    schedule.finish(60)
    assert schedule.wait()


def test_wake__again_and_again__causes_one_run_a_second(clocks, schedule):
    runs = 0
    run_once(schedule, pause_s=1_000)
    for _ in range(1_000):
        schedule.wake()
        if clocks.monotonic_s >= schedule._due:
            run_once(schedule, pause_s=1_000)
            runs += 1
        clocks.advance(0.01)
    assert runs == 10
