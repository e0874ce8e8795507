"""What leaves for a terminal, a spreadsheet or a file is harmless and whole."""

import contextlib
import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from app import terminal
from app.demo import folder
from app.terminal import Out, clean, csv_text, json_text, plain, room, table, write_file
from iam.errors import FileError, UsageError
from tests.support.tree import REPOSITORY


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://host/\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x9b31mb", "ab"),
        ("a\r\nb\tc", "a b c"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\u2066b\u2069c", "abc"),
        ("a\x00\x08b", "ab"),
        ("a\ud800b", "ab"),
        ("naïve – 日本", "naïve – 日本"),
    ],
)
def test_a_terminal_gets_no_control_characters(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\x1b[0m=1", "\u200b=1"],
)
def test_no_cell_of_csv_starts_a_formula(formula: str) -> None:
    text = csv_text(["name", formula], [{"name": formula}])
    header, row = list(csv.reader(io.StringIO(text)))
    assert row[0].startswith("'")
    assert header[1].startswith("'")


def test_csv_keeps_numbers_and_says_true_and_false() -> None:
    text = csv_text(["a", "b", "c", "d"], [{"a": -3, "b": True, "c": None, "d": ["x", "y"]}])
    assert list(csv.reader(io.StringIO(text)))[1] == ["-3", "true", "", "x, y"]


def test_csv_quotes_what_would_end_a_cell() -> None:
    text = csv_text(["a"], [{"a": 'say "x", y'}])
    assert list(csv.reader(io.StringIO(text)))[1] == ['say "x", y']


def test_json_says_the_same_and_holds_no_control_character() -> None:
    data = {"name": "a\x1b[31m\u202eb\u2028c", "n": 1}
    text = json_text(data)
    assert json.loads(text) == data
    assert all(char == "\n" or char.isprintable() for char in text)


def test_a_table_is_aligned_and_cuts_nothing_off() -> None:
    rows = [{"name": "a", "n": 5}, {"name": "longer\x1b[1m", "n": 12}]
    assert table(["name", "n"], rows) == ["name     n", "a        5", "longer  12"]


def test_an_empty_table_still_has_its_header() -> None:
    assert table(["name", "n"], []) == ["name  n"]


def test_nested_values_are_json_in_a_cell() -> None:
    assert plain([{"a": 1}]) == '[{"a": 1}]'


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "answer.json"
    target.write_text("old")
    target.chmod(0o640)
    write_file(target, "new")
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["answer.json"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "answer.json"
    target.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileError, match="no space left") as caught:
        write_file(target, "new")
    assert "make room" in caught.value.help
    assert str(target) in caught.value.message
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["answer.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        write_file(tmp_path / "nowhere" / "answer.json", "x")


# --- speech -------------------------------------------------------------------------------------


def test_progress_of_a_pipe_is_lines_and_says_nothing_of_short_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Out().progress()
    progress.start(3, "files", "reading")
    progress.advance()
    progress.finish()
    assert capsys.readouterr().err == ""
    slow = terminal.Lines(Out())
    slow.seconds = 0
    slow.start(3, "files", "reading")
    slow.advance(2)
    assert capsys.readouterr().err == "reading: 2 of 3 files\n"


def test_a_note_outlives_progress_that_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    Out(no_progress=True).progress().note("kept\x1b[2J")
    Out(quiet=True).progress().note("not said")
    assert capsys.readouterr().err == "kept\n"


def test_a_table_that_is_wider_than_the_terminal_stands_row_by_row() -> None:
    arn = "arn:aws:iam::111111111111:role/deploy"
    rows = [{"role": arn, "hops": 2, "needs": ""}, {"role": "b", "hops": 10, "needs": "MFA"}]
    columns = ["role", "hops", "needs"]
    wide = table(columns, rows)
    with room(max(map(len, wide))):
        assert table(columns, rows) == wide
    with room(max(map(len, wide)) - 1):
        assert table(columns, rows) == [
            f"role   {arn}",
            "hops   2",
            "",
            "role   b",
            "hops   10",
            "needs  MFA",
        ]
        assert len(table(columns, rows, header=False)) == 2, "callers put lines between these"
        assert len(table(columns, [])) == 1
    assert table(columns, rows) == wide


def test_only_a_narrow_terminal_gets_rows_one_by_one() -> None:
    words = ["reach", "identity/kira", "--snapshot", str(folder())]
    env = {**os.environ, "COLUMNS": "60", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "app.cli", *words]
    shown, there = pty.openpty()
    done = subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=there, stderr=subprocess.PIPE)
    os.close(there)
    seen = b""
    with contextlib.suppress(OSError):  # how Linux says that nobody writes any more
        while part := os.read(shown, 65536):
            seen += part
    os.close(shown)
    done.communicate()
    text = seen.decode().replace("\r\n", "\n")
    assert "\nprincipal  arn:aws:iam::666666666666:role/prod-admin\n" in text
    assert "\x1b" not in text
    piped = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, check=True)
    assert b"\nhops  verdict  " in piped.stdout
