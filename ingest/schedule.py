"""Tasks run side by side within their limits, and one that gives no sign of life holds nobody.

A task belongs to an account, a region and a service. A thread cannot be ended from outside, so a
task whose deadline passed is left: it may not write any more, another takes its place, and its
thread goes down with the process at the latest.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

WORKERS = 12
ACCOUNTS = 6
"""Accounts under way at once, so that the first ones are done early."""
PLACE = 4
"""Tasks at once in one region of an account: a region that hangs cannot take every worker."""
SERVICE = 3
"""Tasks at once of one service of an account, each in another region."""
LIMITS = {"organizations": 1, "iam": 1, "kms": 2}
"""Services of which AWS takes less; they share their quota among regions or are slow themselves."""
DEADLINE = 180.0
"""Seconds without any answer after which a task is left."""
GRACE = 5.0
"""Seconds that calls under way get when a run is stopped."""
_TICK = 0.5


class StoppedError(Exception):
    """The run ended, or this task was left; nothing more is asked or written."""


class Pulse:
    """What a task and its watcher share: the last sign of life, and whether to go on."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self._lock = threading.Lock()
        self._is_stopped = False
        self._is_left = False

    def beat(self) -> None:
        """Say that something came back.

        Raises:
            StoppedError: The task is to end.
        """
        if self._is_stopped or self._is_left:
            raise StoppedError
        self.last = time.monotonic()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write something, unless the task was left; it cannot be left meanwhile.

        Raises:
            StoppedError: The task was left.
        """
        with self._lock:
            if self._is_left:
                raise StoppedError
            self.last = time.monotonic()
            yield

    def stop(self) -> None:
        """Ask the task to end after the call under way."""
        self._is_stopped = True

    def leave(self) -> None:
        """Take away the right to write."""
        with self._lock:
            self._is_left = True


@dataclass(eq=False, slots=True)
class Task:
    """One piece of work.

    Attributes:
        account: Account that is asked.
        region: Region that is asked, or ``global``.
        service: Service that is asked.
        work: Does it; ``StoppedError`` is its way to end early.
        left: Told, in the watcher's thread, that the deadline passed and ``work`` may not write.
    """

    account: str
    region: str
    service: str
    work: Callable[[Pulse], None]
    left: Callable[[], None]
    pulse: Pulse = field(default_factory=Pulse)


def run(
    tasks: Sequence[Task],
    done: Callable[[Task], None],
    *,
    deadline: float = DEADLINE,
    workers: int = WORKERS,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Run every task; several accounts, regions and services at once.

    Args:
        tasks: The work; accounts are begun in the order in which they come first.
        done: Told of every task that ended or was left, one at a time.
        deadline: Seconds without a sign of life after which a task is left.
        workers: Most tasks at once.
        stopping: Told that no more is begun and what is under way is waited for.

    Raises:
        BaseException: What ended a task, or the user's interrupt; nothing more was begun then.
    """
    running = _Run(tasks, done, deadline, workers)
    try:
        running.run()
    except BaseException:
        stopping()
        running.stop()
        raise


class _Run:
    def __init__(
        self, tasks: Sequence[Task], done: Callable[[Task], None], deadline: float, workers: int
    ) -> None:
        self._done = done
        self._deadline = deadline
        self._workers = workers
        self._waiting: dict[str, list[Task]] = {}
        for task in tasks:
            self._waiting.setdefault(task.account, []).append(task)
        self._running: dict[Task, None] = {}
        self._ended: list[Task] = []
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    def run(self) -> None:
        """Until nothing waits and nothing runs."""
        with self._changed:
            while self._waiting or self._running or self._ended:
                self._settle()
                if self._failure is not None:
                    raise self._failure
                self._begin()
                if self._running and not self._ended:
                    self._changed.wait(_TICK)

    def _settle(self) -> None:
        """Count what ended, and leave what is late."""
        while self._ended:
            self._done(self._ended.pop())
        now = time.monotonic()
        for task in [t for t in self._running if now - t.pulse.last > self._deadline]:
            # INVARIANT: left before told, so that no page of the task follows its last line.
            del self._running[task]
            task.pulse.leave()
            task.left()
            self._done(task)

    def _begin(self) -> None:
        while len(self._running) < self._workers:
            task = self._next()
            if task is None:
                return
            task.pulse.last = time.monotonic()
            self._running[task] = None
            threading.Thread(
                target=self._work, args=(task,), name=f"{task.service} {task.region}", daemon=True
            ).start()

    def _next(self) -> Task | None:
        """The first task that is within the limits, of the account that was begun first."""
        services = Counter((task.account, task.service) for task in self._running)
        places = Counter((task.account, task.region) for task in self._running)
        for account in list(self._waiting)[:ACCOUNTS]:
            mine = self._waiting[account]
            for number, task in enumerate(mine):
                limit = LIMITS.get(task.service, SERVICE)
                is_free = services[account, task.service] < limit
                if is_free and places[account, task.region] < PLACE:
                    del mine[number]
                    if not mine:
                        del self._waiting[account]
                    return task
        return None

    def _work(self, task: Task) -> None:
        failure: BaseException | None = None
        try:
            task.work(task.pulse)
        except StoppedError:
            failure = None
        except BaseException as error:
            failure = error
        with self._changed:
            if task not in self._running:
                return  # it was left; what it says now is too late
            del self._running[task]
            self._ended.append(task)
            self._failure = self._failure or failure
            self._changed.notify()

    def stop(self) -> None:
        """Let the calls under way come back, for a while, and leave the others."""
        with self._changed:
            for task in self._running:
                task.pulse.stop()
            until = time.monotonic() + GRACE
            while self._running and (rest := until - time.monotonic()) > 0:
                self._changed.wait(min(rest, _TICK))
            late = list(self._running)
            self._running.clear()
        for task in late:
            task.pulse.leave()
