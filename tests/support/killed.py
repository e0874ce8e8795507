"""A program in a process of its own is killed just before any step that it takes."""

import subprocess
import sys

from tests.support.tree import REPOSITORY

_DYING = """
import os, signal, sys
from pathlib import Path

step, done = int(sys.argv.pop()), 0


def dying(own):
    def step_by_step(*arguments, **options):
        global done
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(*arguments, **options)
    return step_by_step
"""


def killed(
    program: str, *arguments: object, step: int, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a program that is killed before a step; what it wraps in ``dying`` is a step each time.

    Args:
        program: Its text; ``Path`` and ``sys`` are there.
        arguments: What it finds in ``sys.argv``.
        step: The step, from 1; a program that takes fewer ends as it would.
        timeout: Seconds that it may take.
    """
    return subprocess.run(
        [sys.executable, "-c", _DYING + program, *map(str, arguments), str(step)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
