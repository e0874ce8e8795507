"""Tasks keep to their limits; one that hangs is left, writes nothing more and holds nobody."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from ingest import schedule
from ingest.schedule import Pulse, StoppedError, Task, run

DEADLINE = 0.4
SOON = 20.0
"""How long a test waits for what comes at once, on a machine that has much else to do."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watcher looks often, and gives little grace."""
    monkeypatch.setattr(schedule, "_TICK", 0.02)
    monkeypatch.setattr(schedule, "GRACE", 0.3)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging task waits for; opened at the end, so that no thread stays."""
    found = threading.Event()
    yield found
    found.set()


class Watch:
    """Counts what runs at the same time, by account, place, and service."""

    def __init__(self, seconds: float = 0.01) -> None:
        self._lock = threading.Lock()
        self._seconds = seconds
        self._now: Counter[tuple[str, ...]] = Counter()
        self.most: Counter[tuple[str, ...]] = Counter()
        self.order: list[Task] = []

    def task(self, account: str, region: str, service: str) -> Task:
        """A task that is counted while it runs."""
        keys = (
            ("all",),
            ("account", account),
            ("place", account, region),
            ("service", account, service),
        )

        def work(_: Pulse) -> None:
            with self._lock:
                self.order.append(task)
                self._now.update(keys)
                for key in keys:
                    self.most[key] = max(self.most[key], self._now[key])
                accounts = sum(n > 0 for key, n in self._now.items() if key[0] == "account")
                self.most["accounts",] = max(self.most["accounts",], accounts)
            time.sleep(self._seconds)
            with self._lock:
                self._now.subtract(keys)

        task = Task(account, region, service, work, lambda: None)
        return task


def quiet(_: Task) -> None:
    """Listens to nothing."""


def test_every_task_runs_once_and_is_told_of_once() -> None:
    watch = Watch(0)
    tasks = [watch.task(f"{n % 5}", f"r{n % 3}", f"s{n % 7}") for n in range(60)]
    told: list[Task] = []
    run(tasks, told.append)
    assert Counter(map(id, watch.order)) == Counter(map(id, tasks))
    assert Counter(map(id, told)) == Counter(map(id, tasks))


def test_tasks_keep_to_the_limits_of_account_place_and_service() -> None:
    watch = Watch()
    places = itertools.product("abcdefghi", ("r1", "r2", "r3", "r4", "r5"), ("lambda", "kms", "s3"))
    tasks = [watch.task(*place) for place in places]
    tasks += [watch.task(account, "global", "iam") for account in "abc" for _ in range(3)]
    run(tasks, quiet)
    most = watch.most
    assert 1 < most["all",] <= schedule.WORKERS
    assert most["accounts",] <= schedule.ACCOUNTS
    for key, number in most.items():
        if key[0] == "place":
            assert number <= schedule.PLACE, key
        elif key[0] == "service":
            assert number <= schedule.LIMITS.get(key[2], schedule.SERVICE), key
    assert most["service", "a", "iam"] == 1


def test_as_many_tasks_of_a_service_run_at_once_as_it_may_have() -> None:
    together = threading.Barrier(schedule.SERVICE)

    def work(_: Pulse) -> None:
        together.wait(SOON)  # broken, and so failed, unless all of them come

    tasks = [Task("a", f"r{n}", "lambda", work, lambda: None) for n in range(schedule.SERVICE)]
    run(tasks, quiet)
    assert not together.broken


def test_an_account_is_finished_before_a_later_one_takes_its_workers() -> None:
    watch = Watch(0)
    tasks = [watch.task(f"{n:02}", "global", f"s{m}") for m in range(3) for n in range(20)]
    run(tasks, quiet, workers=1)
    assert [task.account for task in watch.order] == sorted(task.account for task in tasks)


def hanging(gate: threading.Event, said: list[str], region: str = "r1", service: str = "s") -> Task:
    """A task that asks once, hears nothing, and then would go on to write."""

    def work(pulse: Pulse) -> None:
        pulse.beat()
        gate.wait(SOON)
        try:
            with pulse.writing():
                said.append("wrote")
        except StoppedError:
            said.append("refused")
            raise

    return Task("a", region, service, work, lambda: said.append("left"))


def until(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + SOON
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_a_task_that_hangs_is_left_and_the_others_go_on(gate: threading.Event) -> None:
    said: list[str] = []
    watch = Watch(0)
    others = [watch.task("a", "r2", f"s{n}") for n in range(20)]
    told: list[Task] = []
    stuck = hanging(gate, said)
    run([stuck, *others], told.append, deadline=DEADLINE)
    assert said == ["left"]
    assert len(watch.order) == len(others)
    assert told[-1] is stuck
    assert len(told) == 21


def test_a_region_that_hangs_does_not_take_every_worker(gate: threading.Event) -> None:
    said: list[str] = []
    watch = Watch(0)
    stuck = [hanging(gate, said, "r1", f"s{n}") for n in range(10)]
    others = [watch.task("a", "r2", f"s{n}") for n in range(10)]
    ended: list[str] = []
    run([*stuck, *others], lambda task: ended.append(task.region), deadline=DEADLINE)
    assert ended[:10] == ["r2"] * 10
    assert said == ["left"] * 10


def test_what_was_left_writes_nothing_more(gate: threading.Event) -> None:
    said: list[str] = []
    told: list[Task] = []
    run([hanging(gate, said)], told.append, deadline=DEADLINE)
    gate.set()
    assert until(lambda: len(said) == 2)
    assert said == ["left", "refused"]
    assert len(told) == 1


def test_a_task_is_not_left_in_the_middle_of_writing() -> None:
    order: list[str] = []

    def work(pulse: Pulse) -> None:
        with pulse.writing():
            time.sleep(DEADLINE * 2)
            order.append("wrote")

    run([Task("a", "r", "s", work, lambda: order.append("left"))], quiet, deadline=DEADLINE)
    assert order == ["wrote", "left"]


def test_a_sign_of_life_moves_the_deadline() -> None:
    left: list[str] = []

    def work(pulse: Pulse) -> None:
        for _ in range(12):
            time.sleep(DEADLINE / 6)
            pulse.beat()

    run([Task("a", "r", "s", work, lambda: left.append("left"))], quiet, deadline=DEADLINE)
    assert left == []


class BrokenError(Exception):
    """What ends a run."""


def failing(_: Pulse) -> None:
    raise BrokenError


def test_a_failure_ends_the_run_and_nothing_more_is_begun() -> None:
    watch = Watch(0)
    told: list[Task] = []
    stopping: list[str] = []
    tasks = [Task("a", "r", "s", failing, lambda: None)]
    tasks += [watch.task(f"{n}", "r", "s") for n in range(30)]
    with pytest.raises(BrokenError):
        run(tasks, told.append, workers=1, stopping=lambda: stopping.append("said"))
    assert stopping == ["said"]
    assert watch.order == []
    assert told == tasks[:1]


def test_a_stop_lets_calls_under_way_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "GRACE", SOON)
    begun, said = threading.Event(), []

    def work(pulse: Pulse) -> None:
        begun.set()
        time.sleep(0.2)
        with pulse.writing():
            said.append("the page that was on its way")
        try:
            pulse.beat()
        except StoppedError:
            said.append("stopped")
            raise

    def fail(_: Pulse) -> None:
        assert begun.wait(SOON)
        raise BrokenError

    tasks = [
        Task("a", "r1", "s", work, lambda: None),
        Task("a", "r2", "t", fail, lambda: None),
    ]
    began = time.monotonic()
    with pytest.raises(BrokenError):
        run(tasks, quiet)
    assert said == ["the page that was on its way", "stopped"]
    assert time.monotonic() - began < SOON


def test_a_stop_does_not_wait_for_what_hangs(gate: threading.Event) -> None:
    said: list[str] = []
    begun = threading.Event()

    def interrupt(_: Pulse) -> None:
        assert begun.wait(SOON)
        raise KeyboardInterrupt

    stuck = hanging(gate, said)
    own = stuck.work

    def work(pulse: Pulse) -> None:
        begun.set()
        own(pulse)

    stuck.work = work
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run([stuck, Task("b", "r", "s", interrupt, lambda: None)], quiet)
    assert time.monotonic() - began < SOON / 2
    gate.set()
    assert until(lambda: said == ["refused"])


def test_a_task_that_ends_early_is_no_failure() -> None:
    def work(_: Pulse) -> None:
        raise StoppedError

    told: list[Task] = []
    run([Task("a", "r", "s", work, lambda: None)], told.append)
    assert len(told) == 1
