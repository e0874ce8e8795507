"""The README's transcripts are what the commands print about the demo organization."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from tests.support.tree import REPOSITORY

README = REPOSITORY / "README.md"
FENCE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
LEFT_OUT = "…"


@dataclass(frozen=True)
class Transcript:
    """A command of the README and the lines under it."""

    command: str
    lines: tuple[str, ...]


def transcripts() -> Iterator[Transcript]:
    for block in FENCE.findall(README.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            while lines and not lines[-1].strip():
                lines.pop()
            yield Transcript(command.partition("  #")[0].strip(), tuple(lines))


SHOWN = [t for t in transcripts() if t.lines and t.command.startswith("rolepath ")]


def says(expected: Sequence[str], got: Sequence[str]) -> bool:
    """Whether the lines are the same, ``…`` standing for any number of lines."""
    if not expected:
        return not got
    if expected[0].strip() == LEFT_OUT:
        return any(says(expected[1:], got[n:]) for n in range(len(got) + 1))
    return bool(got) and expected[0].rstrip() == got[0].rstrip() and says(expected[1:], got[1:])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the demo organization was loaded, as ``make demo`` does."""
    folder = tmp_path_factory.mktemp("readme")
    result = CliRunner().invoke(
        cli, ["demo", "--no-serve", "--no-progress"], env={"ROLEPATH_HOME": str(folder)}
    )
    assert result.exit_code == 0, result.output
    return folder


def test_five_kinds_of_answers_are_shown() -> None:
    shown = {t.command.split()[1] for t in SHOWN}
    assert {"why", "who-can", "paths", "blockers", "query"} <= shown


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.command)
def test_a_transcript_is_what_the_command_prints(shown: Transcript, home: Path) -> None:
    result = CliRunner().invoke(
        cli, shlex.split(shown.command)[1:], env={"ROLEPATH_HOME": str(home)}
    )
    assert result.exit_code == 0, result.output
    got = result.stdout.rstrip("\n").splitlines()
    assert says(shown.lines, got), "\n".join(["the command prints:", *got])


def test_every_command_of_the_readme_exists() -> None:
    for transcript in transcripts():
        words = shlex.split(transcript.command.partition("|")[0].partition(">")[0])
        if words[:1] == ["rolepath"]:
            group, rest = cli, words[1:]
            context = group.make_context("rolepath", list(rest), resilient_parsing=True)
            assert group.get_command(context, rest[0]) is not None, transcript.command
        elif words[:1] == ["make"]:
            makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), transcript.command


def test_a_left_out_line_stands_for_any_number() -> None:
    assert says(["a", LEFT_OUT, "d"], ["a", "b", "c", "d"])
    assert says(["a", LEFT_OUT], ["a"])
    assert not says(["a", "d"], ["a", "b", "d"])
    assert not says(["a"], ["a", "b"])
