"""Schedules on a real record, under a clock that the test decides on."""

import signal
import subprocess
import sys
from collections import Counter
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from backend.core.states import JobState
from backend.core.views import JobDetail
from backend.queue.control import remove, stop
from backend.queue.following import FollowUp
from backend.queue.saved import SavedAnswers, SavedJob, save
from backend.queue.schedules import book, firing
from backend.queue.schedules.deciding import Missed, Overlap
from backend.queue.schedules.needs import Need
from backend.queue.schedules.passing import Passing
from backend.queue.schedules.rules import Rule
from backend.store.jobs import get_detail
from backend.store.record import Record
from backend.store.schema import jobs, schedule_runs
from tests.helpers.simulated_clocks import SimulatedClocks
from tests.helpers.tree import ROOT


class Machine:
    """A record, its schedules, and a clock."""

    def __init__(self, record: Record, clocks: SimulatedClocks) -> None:
        self.record, self.clocks = record, clocks
        self.passing = Passing(clocks)
        self.lacking: Need | None = None
        self.saved = save(record, SavedAnswers(name="Steps", kind="steps", params={}))

    def schedule(self, missed: Missed = "latest", overlap: Overlap = "beside", **rule: Any) -> int:
        """A schedule of the saved job, made now."""
        day = self.clocks.now().astimezone(self.clocks.zone()).date()
        made = book.NewSchedule(
            saved_id=self.saved.id,
            rule=Rule.model_validate({"repeat": "days", "at": "18:00", "starts_on": day, **rule}),
            missed=missed,
            overlap=overlap,
        )
        return book.make(self.record, made, self.clocks.now(), self.clocks.zone())

    def look(self) -> int:
        """One round; returns how many jobs it queued."""
        moment, zone, gap = self.passing.look()
        firing.note_what_came(self.record, moment, zone, gap)
        return len(firing.queue_due(self.record, moment, self.lacks).jobs)

    def lacks(self, record: Record, saved: SavedJob) -> Need | None:
        return self.lacking

    def live(self, hours: float, step_minutes: float = 1) -> int:
        """Lets time pass with a look each minute."""
        return sum(self._step(step_minutes) for _ in range(round(hours * 60 / step_minutes)))

    def _step(self, minutes: float) -> int:
        self.clocks.pass_(minutes=minutes)
        return self.look()

    def restart(self) -> None:
        """Deskhand ends and is started again, so that it does not know how time passed."""
        self.passing = Passing(self.clocks)

    def runs(self) -> list[tuple[str, str, str]]:
        """Local time, state and reason of every run, oldest first."""
        zone = self.clocks.zone()
        with_all = book.runs(self.record, None, [], 1000)
        return [(f"{run.due_at.astimezone(zone):%d %H:%M}", run.state, run.reason) for run in reversed(with_all)]

    def jobs(self) -> list[JobDetail]:
        with self.record.read() as connection:
            return [get_detail(connection, job_id) for job_id in connection.scalars(sa.select(jobs.c.id))]

    def end_all(self, state: JobState = JobState.SUCCEEDED) -> None:
        with self.record.write() as connection:
            connection.execute(sa.update(jobs).values(state=state.value))


@pytest.fixture
def machine(record: Record) -> Machine:
    made = Machine(record, SimulatedClocks("2026-11-24T12:00"))
    made.look()
    return made


def test_a_job_is_queued_at_its_time_each_day_and_says_which_schedule_did(machine: Machine) -> None:
    machine.schedule()
    assert machine.live(5.9) == 0
    assert machine.live(0.2) == 1
    assert machine.live(24) == 1
    assert machine.runs() == [("24 18:00", "queued", ""), ("25 18:00", "queued", "")]
    assert {job.schedule for job in machine.jobs()} == {"Steps"}


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", "2026-03-28"), ("America/New_York", "2026-03-07")])
def test_a_time_in_the_hour_that_is_skipped_comes_once_right_after_it(record: Record, zone: str, day: str) -> None:
    machine = Machine(record, SimulatedClocks(f"{day}T12:00", zone))
    machine.look()
    machine.schedule(at="02:30")
    assert machine.live(48, 10) == 2
    assert [run[0][-5:] for run in machine.runs()] == ["03:00", "02:30"]


@pytest.mark.parametrize(("zone", "day"), [("Europe/Berlin", "2026-10-24"), ("Australia/Lord_Howe", "2026-04-04")])
def test_a_time_in_the_hour_that_comes_twice_runs_once(record: Record, zone: str, day: str) -> None:
    machine = Machine(record, SimulatedClocks(f"{day}T12:00", zone))
    machine.look()
    machine.schedule(at="01:45" if "Lord" in zone else "02:30")
    assert machine.live(48, 5) == 2


@pytest.mark.parametrize(
    ("missed", "queued", "states"),
    [("latest", 1, ["missed", "missed", "queued"]), ("all", 3, ["queued"] * 3), ("skip", 0, ["missed"] * 3)],
)
def test_what_was_missed_while_the_computer_slept(
    machine: Machine, missed: Missed, queued: int, states: list[str]
) -> None:
    machine.schedule(missed)
    machine.clocks.pass_(days=3)
    assert machine.look() == queued
    assert [state for _, state, _ in machine.runs()] == states
    assert {reason for _, state, reason in machine.runs() if state == "missed"} <= {"asleep"}
    assert machine.live(1) == 0


def test_what_was_missed_while_deskhand_was_not_running_says_so(machine: Machine) -> None:
    machine.schedule("skip")
    machine.clocks.pass_(days=1)
    machine.restart()
    machine.look()
    assert machine.runs() == [("24 18:00", "missed", "off")]


def test_at_wake_up_what_is_on_time_runs_and_the_late_ones_are_noted(machine: Machine) -> None:
    machine.schedule("latest")
    machine.clocks.pass_(days=1, hours=6, minutes=1)
    assert machine.look() == 1
    assert [state for _, state, _ in machine.runs()] == ["missed", "queued"]


def test_a_clock_that_is_set_back_an_hour_runs_nothing_twice(machine: Machine) -> None:
    machine.schedule()
    machine.live(6.5)
    machine.clocks.set(hours=-1)
    assert machine.live(2) == 0
    assert machine.live(22.6) == 1


def test_a_clock_that_was_a_year_ahead_for_a_moment_costs_no_run_afterwards(machine: Machine) -> None:
    machine.schedule("latest")
    machine.clocks.set(days=365)
    assert machine.look() == 1
    machine.clocks.set(days=-365)
    machine.look()
    assert [machine.live(24, 5) for _ in range(3)] == [1, 1, 1]


def test_a_clock_that_is_put_forward_is_told_from_sleep(machine: Machine) -> None:
    machine.schedule("skip")
    machine.clocks.set(hours=12)
    machine.look()
    assert machine.runs() == [("24 18:00", "missed", "clock")]


def test_flying_west_past_the_time_runs_it_once(machine: Machine) -> None:
    machine.schedule()
    assert machine.live(7) == 1
    machine.clocks.travel("America/New_York")
    assert machine.clocks.wall() == "2026-11-24 13:00"
    assert machine.live(20, 5) == 0
    assert machine.live(10, 5) == 1
    assert machine.runs()[-1] == ("25 18:00", "queued", "")


def test_flying_east_past_the_time_runs_what_the_journey_leapt_over(machine: Machine) -> None:
    machine.schedule()
    machine.clocks.travel("Asia/Shanghai")
    assert machine.clocks.wall() == "2026-11-24 19:00"
    assert machine.look() == 1
    assert machine.runs() == [("24 18:00", "queued", "caught_up")]
    assert machine.live(22, 5) == 0
    assert machine.live(2, 5) == 1


def test_an_interval_goes_on_over_a_journey(machine: Machine) -> None:
    machine.schedule(repeat="minutes", every=30, at="00:00")
    assert machine.live(3) == 6
    machine.clocks.travel("America/New_York")
    assert machine.live(3) == 6


def test_a_machine_that_was_off_for_long_writes_down_how_often_it_missed(machine: Machine) -> None:
    machine.schedule("all", repeat="minutes", every=5, at="00:00")
    machine.clocks.pass_(days=3)
    assert machine.look() == 100
    oldest = book.runs(machine.record, None, ["missed"], 10)
    assert [run.times for run in oldest] == [3 * 288 - 100]


def test_a_paused_schedule_runs_nothing_and_catches_nothing_up(machine: Machine) -> None:
    number = machine.schedule("all")
    book.change(machine.record, number, book.ScheduleChange(paused=True), machine.clocks.now(), machine.clocks.zone())
    assert machine.live(48, 5) == 0
    book.change(machine.record, number, book.ScheduleChange(paused=False), machine.clocks.now(), machine.clocks.zone())
    assert machine.live(5.9) == 0
    assert machine.live(0.2) == 1
    assert len(machine.runs()) == 1


def every_hour(machine: Machine, overlap: Overlap) -> None:
    machine.schedule("latest", overlap, repeat="hours", at="00:00")
    assert machine.live(1) == 1


def test_beside_the_last_run(machine: Machine) -> None:
    every_hour(machine, "beside")
    assert machine.live(2) == 2


def test_skipped_while_the_last_run_is_going(machine: Machine) -> None:
    every_hour(machine, "skip")
    assert machine.live(2) == 0
    assert [(state, reason) for _, state, reason in machine.runs()] == [
        ("queued", ""),
        ("skipped", "still_going"),
        ("skipped", "still_going"),
    ]
    machine.end_all()
    assert machine.live(1) == 1


def test_one_waits_while_the_last_run_is_going(machine: Machine) -> None:
    every_hour(machine, "wait")
    assert machine.live(3) == 0
    assert [(state, reason) for _, state, reason in machine.runs()] == [
        ("queued", ""),
        ("due", "last_run"),
        ("skipped", "one_waits"),
        ("skipped", "one_waits"),
    ]
    machine.end_all()
    assert machine.look() == 1


def test_all_that_was_missed_runs_one_after_another(machine: Machine) -> None:
    machine.schedule("all", "wait")
    machine.clocks.pass_(days=3)
    assert machine.look() == 1
    for _ in range(2):
        assert machine.live(1) == 0
        machine.end_all()
        assert machine.look() == 1
    machine.end_all()
    assert machine.live(1) == 0


def test_the_last_run_is_still_going_while_what_follows_it_is(machine: Machine) -> None:
    follow = FollowUp(kind="steps", params={}, name="Then")
    machine.saved = save(machine.record, SavedAnswers(name="Both", kind="steps", params={}, follow_ups=[follow]))
    machine.schedule("latest", "skip", repeat="hours", at="00:00")
    assert machine.live(1) == 2
    first, then = machine.jobs()
    assert (then.name, then.state, then.waits_for) == ("Then", JobState.BLOCKED, [first.id])
    with machine.record.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == first.id).values(state=JobState.SUCCEEDED.value))
    assert machine.live(1) == 0
    stop(machine.record, then.id)
    assert machine.live(1) == 2


def test_a_drive_is_waited_for_and_then_the_job_starts(machine: Machine) -> None:
    machine.schedule()
    machine.lacking = "drive"
    assert machine.live(6.1) == 0
    assert machine.runs() == [("24 18:00", "due", "drive")]
    machine.lacking = None
    assert machine.look() == 1


def test_a_drive_is_waited_for_half_an_hour_and_not_for_ever(machine: Machine) -> None:
    machine.schedule()
    machine.lacking = "network"
    assert machine.live(6.4) == 0
    assert machine.live(0.2) == 1


def test_a_schedule_that_is_removed_while_a_run_waits_takes_it_along(machine: Machine) -> None:
    number = machine.schedule()
    machine.lacking = "drive"
    machine.live(6.1)
    book.remove(machine.record, number)
    machine.lacking = None
    assert machine.live(25, 10) == 0


def test_a_job_that_cannot_be_queued_is_refused_with_its_reason(machine: Machine) -> None:
    machine.schedule()
    with machine.record.write() as connection:
        connection.execute(sa.text("UPDATE saved_jobs SET kind = 'gone'"))
    machine.live(6.1)
    (run,) = book.runs(machine.record, None, ["refused"], 10)
    assert run.problem is not None
    assert "does not know jobs of the kind 'gone'" in run.problem.message


def test_once_is_once_and_then_nothing_comes(machine: Machine) -> None:
    number = machine.schedule(repeat="once")
    assert machine.live(48, 5) == 1
    assert book.read(machine.record, number, machine.clocks.now(), machine.clocks.zone()).next == []


def test_a_schedule_says_what_comes_and_what_came(machine: Machine) -> None:
    number = machine.schedule(repeat="weeks", weekdays=[0, 1, 2, 3, 4])
    machine.live(7, 5)
    seen = book.read(machine.record, number, machine.clocks.now(), machine.clocks.zone())
    assert [one.wall for one in seen.next] == [f"2026-11-{day}T18:00" for day in (25, 26, 27, 30)] + [
        "2026-12-01T18:00"
    ]
    assert seen.last is not None
    assert (seen.last.job_state, seen.last.name) == (JobState.WAITING, "Steps")


def test_run_now_queues_one_beside_its_times(machine: Machine) -> None:
    number = machine.schedule()
    assert len(book.run_now(machine.record, number, machine.clocks.now())) == 1
    assert machine.live(6.1) == 1
    assert [reason for _, _, reason in machine.runs()] == ["by_hand", ""]


def test_a_job_that_is_removed_from_the_list_leaves_its_run_known(machine: Machine) -> None:
    machine.schedule()
    machine.live(6.1)
    machine.end_all()
    remove(machine.record, machine.jobs()[0].id)
    machine.clocks.set(hours=-1)
    assert machine.live(3) == 0


FIRING = """
import datetime as dt, sys
from zoneinfo import ZoneInfo
from backend.queue.schedules import firing
from backend.store.record import Record
record, zone, start, end = Record(sys.argv[1]), ZoneInfo("Europe/Berlin"), float(sys.argv[2]), float(sys.argv[3])
print("ready", flush=True)
for moment in range(int(start), int(end), 60):
    now = dt.datetime.fromtimestamp(moment, dt.UTC)
    firing.note_what_came(record, now, zone, "off")
    firing.queue_due(record, now, lambda record, saved: None)
    print(moment, flush=True)
"""


def test_killed_at_any_moment_every_time_is_queued_exactly_once(record: Record) -> None:
    clocks = SimulatedClocks("2026-11-24T12:00")
    machine = Machine(record, clocks)
    for every in (1, 2, 3):
        machine.schedule("all", "beside", repeat="minutes", every=every, at="00:00")
    start = clocks.now().timestamp()
    end = start + 60 * 60
    chance = Random(7)
    reached, kills = start, 0
    while reached < end - 60:
        firing_ = [sys.executable, "-c", FIRING, record.address, str(reached), str(end)]
        with subprocess.Popen(firing_, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            lines = chance.randint(1, 8) if kills < 12 else 1000
            for line in process.stdout:
                reached = float(line)
                lines -= 1
                if lines == 0:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
    assert kills == 12
    with record.read() as connection:
        runs = connection.execute(sa.select(schedule_runs)).mappings().all()
        made = connection.execute(sa.select(jobs.c.id, jobs.c.request_key)).all()
    assert Counter(run["schedule_id"] for run in runs) == {1: 59, 2: 29, 3: 19}
    assert {run["state"] for run in runs} == {"queued"}
    assert sorted(run["job_id"] for run in runs) == sorted(job.id for job in made)
    assert len(made) == 59 + 29 + 19
