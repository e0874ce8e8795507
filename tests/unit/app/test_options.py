"""An option has one meaning wherever it stands, and says what is wrong with its value."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app import opening, options
from app.cli import cli
from app.demo import folder
from app.options import Source
from app.terminal import Out
from iam.errors import CoverageError, StoreUnavailableError, UnknownNameError, UsageError
from ingest.job import ingest_files


def leaves(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command)
        else:
            yield command


def test_an_option_has_the_same_metavar_and_kind_everywhere() -> None:
    """Those of which each command has values of its own are left out."""
    own = ("--format", "--fail-on", "--via")
    found: dict[str, set[tuple[str | None, bool, str]]] = {}
    for command in leaves(cli):
        for param in command.params:
            if isinstance(param, click.Option) and param.opts[0] not in own:
                shape = (param.metavar, bool(param.is_flag), type(param.type).__name__)
                found.setdefault(param.opts[0], set()).add(shape)
    assert {name: shapes for name, shapes in found.items() if len(shapes) > 1} == {}


def test_the_store_and_the_data_set_may_come_from_the_environment() -> None:
    for command in leaves(cli):
        for param in command.params:
            if param.name in ("store", "data"):
                assert param.envvar == f"ROLEPATH_{param.name.upper()}", command.name


def test_a_password_is_no_option() -> None:
    names = {opt for command in leaves(cli) for param in command.params for opt in param.opts}
    assert not {name for name in names if "password" in name or "secret" in name or "token" in name}


def keys(*values: str) -> dict[str, tuple[str, ...]]:
    @click.command()
    @click.option("--context", multiple=True, callback=options.key_values)
    def command(context: dict[str, tuple[str, ...]]) -> None:
        found.update(context)

    found: dict[str, tuple[str, ...]] = {}
    arguments = [word for value in values for word in ("--context", value)]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return found


def test_a_key_given_again_has_several_values() -> None:
    assert keys("a=1", "b=", "a=2=3") == {"a": ("1", "2=3"), "b": ("",)}


@pytest.mark.parametrize("bad", ["a", "=b", " =b"])
def test_what_is_no_key_and_value_is_refused(bad: str) -> None:
    arguments = ["why", "a", "b", "--context", bad]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert f"`{bad}` is not KEY=VALUE" in result.stderr


def test_gaps_end_a_strict_command_whatever_the_answer() -> None:
    gaps = {"complete": False, "not_seen": [{}, {}]}
    with pytest.raises(CoverageError, match="2 scopes were not seen"):
        options.finish(Out(strict=True), gaps, bad=True)
    options.finish(Out(strict=True), {"complete": True, "not_seen": []}, bad=False)
    options.finish(Out(), gaps, bad=False)


# --- which data set -------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROLEPATH_HOME", str(tmp_path))
    monkeypatch.delenv("ROLEPATH_DATA", raising=False)
    return tmp_path


def load(data: str) -> Path:
    return ingest_files([folder()], None, data=data).folder


def test_the_demo_answers_until_something_is_loaded_and_says_so(home: Path) -> None:
    notes: list[str] = []
    with pytest.raises(StoreUnavailableError, match="nothing has been loaded"):
        opening.data_name(None)
    load("demo")
    assert opening.data_name(None, note=notes.append) == "demo"
    assert notes == ["data set `default` is empty; answering from `demo`"]
    load("default")
    assert opening.data_name(None, note=notes.append) == "default"
    assert len(notes) == 1


def test_a_data_set_that_is_asked_for_is_never_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("demo")
    with pytest.raises(StoreUnavailableError, match="`mine`"):
        opening.data_name("mine")
    monkeypatch.setenv("ROLEPATH_DATA", "theirs")
    with pytest.raises(StoreUnavailableError, match="`theirs`"):
        opening.data_name(None)
    assert opening.data_name("demo") == "demo"


@pytest.mark.parametrize("words", [["snapshots"], ["paths", "a", "b"]])
def test_a_data_set_that_is_not_there_is_said_so(home: Path, words: list[str]) -> None:
    load("demo")
    near = CliRunner().invoke(cli, [*words, "--data", "dmo"])
    assert (near.exit_code, near.stdout) == (3, "")
    assert near.stderr.splitlines() == [
        "error: data set `dmo`: there is none of this name",
        "help:  did you mean `demo`?",
    ]
    far = CliRunner().invoke(cli, [*words, "--data", "nosuch"])
    assert far.stderr.splitlines()[1] == (
        "help:  there is demo; rolepath ingest files PATH --data nosuch makes it"
    )


def test_a_store_of_ones_own_is_asked_what_it_holds(home: Path) -> None:
    assert opening.data_name(None, "bolt://graph.example:7687") == "default"


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "x" * 65])
def test_a_data_set_is_no_path(home: Path, name: str) -> None:
    result = CliRunner().invoke(cli, ["paths", "a", "b", "--data", name])
    assert result.exit_code in (2, 3)
    assert "nothing has been loaded" in result.stderr or "not a name" in result.stderr
    assert list(home.iterdir()) == []


def test_a_kept_snapshot_is_found_by_its_id(home: Path) -> None:
    kept = load("default")
    assert opening.snapshot_path(kept.name) == kept
    with pytest.raises(UnknownNameError) as caught:
        opening.snapshot_path(kept.name[:-1] + "x")
    assert kept.name in caught.value.help


def test_a_snapshot_needs_no_store(home: Path) -> None:
    said: list[str] = []
    out = Out()
    with Source(snapshot=str(folder())).open(out) as answers:
        said.append(answers.info()["data"])
    assert said == [str(folder())]
    assert list(home.iterdir()) == []
    with pytest.raises(UsageError):
        Source(snapshot="x", store="bolt://graph.example:7687").open(out)
