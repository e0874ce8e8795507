"""What is not as it should be is named, with its place and what to do; nothing older is lost."""

import dataclasses
import gc
import gzip
import json
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.answers import Answers
from app.cli import cli
from iam.errors import SourceError, SourceFormatError
from ingest import jsonfile
from ingest.home import DataSet
from ingest.job import Report, ingest_files
from ingest.snapshot import read_one
from tests.unit.ingest.given import DETAILS, A, B, copied, details, role, saved, trust

FINE = details(role("before"))
ROLES = "odd.json#/RoleDetailList"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose data set holds a snapshot; it must be the same after the test."""
    root = tmp_path / "home"
    ingest_files([saved(tmp_path / "fine.json", FINE)], None, "d", root=root)
    before = state(root)
    yield root
    assert state(root) == before


def state(root: Path) -> dict[str, bytes]:
    """Every file of a home but the lock."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def refused(home: Path, *paths: Path) -> SourceFormatError:
    """The error of a load that has to fail."""
    with pytest.raises(SourceFormatError) as caught:
        ingest_files(paths, None, "d", root=home)
    error = caught.value
    assert error.help, "it says what to do"
    assert "\n" not in error.message
    return error


def taken(tmp_path: Path, content: Any) -> Report:
    """A load into a home of its own that has to succeed."""
    return ingest_files(
        [saved(tmp_path / "odd.json", content)], None, "d", root=tmp_path / "other home"
    )


# --- files that are refused ---------------------------------------------------------------------

TEXT = json.dumps(FINE)
WHOLE: list[tuple[str, Any, str]] = [
    ("not JSON", "<html>Sign in</html>", ": line 1 column 1: not JSON"),
    ("text", "aws: error: the following arguments are required", ": line 1 column 1: not JSON"),
    ("truncated", TEXT[:-20], ": the file ends in the middle of a value"),
    ("truncated in a word", TEXT[: TEXT.index("before") + 2], "ends in the middle of a value"),
    ("a key without a value", '{"RoleDetailList":', ": the file ends in the middle of a value"),
    ("a comma too many", '{"RoleDetailList": [],}', ": line 1 column 23: expected a name"),
    ("two answers in one file", TEXT + "\n" + TEXT, ": line 2 column 1: more text after the end"),
    ("empty", "", ": the file is empty"),
    ("blank", " \n\t\n", ": the file is empty"),
    ("a list", "[]", "#: expected an object, found a list"),
    ("a number", "12", "#: expected an object, found another value"),
    ("another answer", {"Roles": []}, "#: not the answer of get-account-authorization-details"),
    ("no account", details(), "#: no ARN in it names an account"),
    ("a list that is an object", {"RoleDetailList": {}}, "#/RoleDetailList: expected a list"),
    ("not text", b"\x89PNG\r\n\x1a\n\x00\x00", ": not UTF-8 text"),
    ("nested too deeply", '{"RoleDetailList": ' + "[" * 100_000, ": line 1 column 21: nested too"),
    (
        "nested too deeply in an item",
        '{"RoleDetailList": [{"a": ' + '{"a": ' * 20_000 + "1" + "}" * 20_001 + "]}",
        "nested too deeply",
    ),
]


@pytest.mark.parametrize(("content", "said"), [c[1:] for c in WHOLE], ids=[c[0] for c in WHOLE])
def test_a_file_that_is_no_answer_is_refused(
    content: Any, said: str, home: Path, tmp_path: Path
) -> None:
    file = saved(tmp_path / "authz.json", content)
    message = refused(home, file).message
    assert message.startswith(str(file))
    assert said in message


def test_a_gzip_file_that_is_cut_off_is_refused(home: Path, tmp_path: Path) -> None:
    whole = gzip.compress(TEXT.encode())
    for number, content in enumerate((whole[:-12], whole[:5], b"plain text")):
        file = saved(tmp_path / f"{number}.json.gz", content)
        assert refused(home, file).message.startswith(f"{file}: not a whole gzip file")


def test_a_path_that_is_not_there_is_refused(home: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    message = refused(home, missing).message
    assert message == f"{missing}: there is no such file or folder"
    assert "file name too long" in refused(home, tmp_path / ("n" * 300)).message


def test_a_folder_with_nothing_in_it_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    error = refused(home, tmp_path / "empty")
    assert error.message == f"{tmp_path / 'empty'}: there is no snapshot in this folder"
    assert "get-account-authorization-details.json" in error.help


def test_a_folder_of_other_things_is_refused_and_says_what_is_there(
    home: Path, tmp_path: Path
) -> None:
    junk = tmp_path / "junk"
    saved(junk / "photo.jpg", b"\xff\xd8")
    saved(junk / "src" / "main.py", "print()")
    assert "only photo.jpg, src" in refused(home, junk).message
    saved(junk / "package.json", {"name": "x"})
    assert refused(home, junk).message.startswith(f"{junk / 'package.json'}#: not the answer")


def test_a_pipe_or_a_device_is_no_file(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "pipe.json", tmp_path / "loop", Path("/dev/null")):
        assert "no such file or folder" in refused(home, path).message


def test_what_cannot_be_read_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system refuses; a superuser would be stopped by no mode."""
    file = saved(tmp_path / "secret.json", FINE)
    own = Path.open

    def denied(path: Path, *arguments: Any, **options: Any) -> Any:
        if path == file:
            raise PermissionError(13, "Permission denied", str(path))
        return own(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", denied)
    assert refused(home, file).message == f"{file}: cannot be read: permission denied"


def test_one_account_with_two_contents_is_refused_and_both_files_are_named(
    home: Path, tmp_path: Path
) -> None:
    one = saved(tmp_path / "one.json", details(role("a")))
    two = saved(tmp_path / "two.json", details(role("b")))
    error = refused(home, one, two)
    assert error.message.startswith(f"{two}: account {A} is given twice with different content")
    assert error.message.endswith(f"the other is {one}")
    assert "one after the other" in error.help


def test_answers_of_another_account_are_refused(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    saved(folder / A / DETAILS, details(role("a", A), role("b", B)))
    error = refused(home, folder)
    assert error.message == (
        f"{folder / A / DETAILS}#/RoleDetailList/1/Arn: belongs to account {B}, not to {A}"
    )


def test_every_bad_file_of_a_folder_is_named(home: Path, tmp_path: Path) -> None:
    folder = copied(tmp_path / "folder")
    first = saved(folder / A / "global/iam/list-roles.json", "[]")
    second = saved(folder / B / "global/iam/list-roles.json", '{"Roles": [')
    error = refused(home, folder)
    assert str(first) in error.message
    assert f"{second}: line 1 column 12: the file ends" in error.help


def test_a_path_that_is_bad_does_not_hide_the_others(home: Path, tmp_path: Path) -> None:
    good = saved(tmp_path / "good.json", details(role("b", B)))
    error = refused(home, good, tmp_path / "no", saved(tmp_path / "bad.json", "x"))
    assert str(tmp_path / "no") in error.message
    assert "bad.json: line 1 column 1: not JSON" in error.help


FOLDER: list[tuple[str, str, str]] = [
    ("snapshot.json", '{"format": 9}', "#/format: snapshot format `9` is not known"),
    ("snapshot.json", '{"taken_at": "yesterday"}', "#/taken_at: `yesterday` is not a time"),
    ("snapshot.json", "", ": the file is empty"),
    ("coverage.jsonl", "complete", ": line 1 column 1: not JSON"),
    ("coverage.jsonl", '{"account": "1"}', "#/0/region: expected text, found null"),
    (
        "coverage.jsonl",
        '{"account": "1", "region": "r", "service": "s", "operation": "o", "status": "fine"}',
        "#/0/status: `fine` is not a coverage state",
    ),
    (f"{A}/global/iam/get-policy.jsonl", "\n[]", "#/1: expected an object, found a list"),
    (f"{A}/global/iam/get-policy.jsonl", '{"request": []}', "#/0/request: expected an object"),
    (f"{A}/global/iam/get-policy.jsonl", '{"request": {}}', "#/0/response: expected an object"),
    (f"{A}/global/iam/list-roles.json", '{"Roles": "many"}', "#/Roles: expected a list, found"),
    (f"{A}/global/iam/get-credential-report.json", '{"Content": 1}', "#/Content: expected the"),
    (f"{A}/eu-west-1/resource-policies.jsonl", '{"Policy": null}', "there is no ResourceArn"),
    (
        f"{A}/eu-west-1/resource-policies.jsonl",
        '{"ResourceArn": "arn:aws:s3:::b"}',
        "there is no Policy; write null",
    ),
]


@pytest.mark.parametrize(("name", "content", "said"), FOLDER)
def test_a_file_of_a_folder_that_is_not_what_its_name_says_is_refused(
    name: str, content: str, said: str, home: Path, tmp_path: Path
) -> None:
    folder = copied(tmp_path / "folder")
    saved(folder / name, content)
    message = refused(home, folder).message
    assert message.startswith(str(folder / name))
    assert said in message


def test_a_snapshot_of_which_no_account_was_read_is_refused(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "denied"
    line = {"account": A, "region": "global", "service": "iam", "status": "denied"}
    saved(
        folder / "coverage.jsonl",
        json.dumps({**line, "operation": "get-account-authorization-details"}),
    )
    with pytest.raises(SourceError, match="no account was read"):
        ingest_files([folder], None, "d", replace=True, root=home)


# --- on the command line ------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"RoleDetailList": 7}', "\x00\x1b[31m"])
def test_the_command_says_it_on_one_line_with_help(content: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "authz.json", content)
    result = CliRunner().invoke(
        cli, ["ingest", "files", str(file)], env={"ROLEPATH_HOME": str(tmp_path / "home")}
    )
    assert result.exit_code == 3
    first, *rest = result.stderr.splitlines()
    assert first.startswith(f"error: {file}")
    assert rest and all(line.startswith(("help: ", "      ")) for line in rest)
    assert "Traceback" not in result.output
    assert "\x1b" not in result.stderr


# --- files that are read as far as that is safe -------------------------------------------------

ODD: list[tuple[str, Any, str]] = [
    ("not JSON", "Allow everyone", "the policy is not JSON"),
    ("URL-encoded nonsense", "%7Bnot", "the policy is not JSON"),
    ("a number", 42, "the policy is not an object"),
    ("a list", "[]", "the policy is not an object"),
    (
        "nested too deeply",
        {"a": json.loads("[" * 200 + "]" * 200)},
        "the policy is nested too deeply",
    ),
    ("a key twice", '{"Statement": [], "Statement": []}', "the policy has a key twice"),
    ("no statement", {"Version": "2012-10-17"}, "the policy has no Statement"),
    ("text for one", {"Statement": "all"}, "statement 0 of the policy is not an object"),
    (
        "a lower-case effect",
        {"Statement": [{"Effect": "Allow", "Action": "*"}, {"Effect": "allow", "Action": "*"}]},
        "statement 1 of the policy has no Effect of Allow or Deny",
    ),
    (
        "both kinds of action",
        {"Statement": {"Effect": "Deny", "Action": "*", "NotAction": "s3:*"}},
        "statement 0 of the policy needs Action or NotAction, and one of them only",
    ),
]


@pytest.mark.parametrize(("policy", "said"), [c[1:] for c in ODD], ids=[c[0] for c in ODD])
def test_a_policy_that_is_not_valid_is_named_and_the_rest_is_loaded(
    policy: Any, said: str, tmp_path: Path
) -> None:
    report = taken(tmp_path, details(role("odd", AssumeRolePolicyDocument=policy), role("fine")))
    assert report.counts["roles"] == 2
    place = f"{tmp_path}/{ROLES}/0/AssumeRolePolicyDocument"
    assert report.remarks == (f"{place}: {said}",)


def test_a_statement_that_aws_would_not_understand_is_named(tmp_path: Path) -> None:
    policy = trust({"AWS": "*"})
    policy["Statement"][0] |= {
        "Action": ["sts:AssumeRole", "stss:TagSession"],
        "Condition": {"StringEqual": {"aws:PrincipalOrgId2": "o-1"}},
    }
    both = [role(name, AssumeRolePolicyDocument=policy) for name in ("x", "y")]
    report = taken(tmp_path, details(*both))
    first = f"{tmp_path}/{ROLES}/0/AssumeRolePolicyDocument: statement 0: "
    assert report.remarks == (
        f"{first}no service has the prefix `stss`; so in 2 statements",
        f"{first}there is no condition key `aws:PrincipalOrgId2`; so in 2 statements",
        f"{first}there is no operator `StringEqual`; so in 2 statements",
    )


@pytest.mark.parametrize("policy", ["Allow everyone", 42, {"Version": "2012-10-17"}])
def test_a_policy_that_cannot_be_read_decides_nothing(policy: Any, tmp_path: Path) -> None:
    """It may allow and it may deny (A-9)."""
    broken = role("odd", AssumeRolePolicyDocument=policy)
    report = taken(tmp_path, details(broken, role("fine")))
    answers = Answers.of(read_one(report.folder))
    answer = answers.why(f"arn:aws:iam::{A}:role/fine", f"arn:aws:iam::{A}:role/odd")
    assert answer["verdict"] == "conditional"
    assert {r["kind"] for way in answer["requirements"] for r in way} >= {"DATA_MISSING"}


ITEMS: list[tuple[str, list[Any], str]] = [
    ("text", ["x"], f"{ROLES}/1: expected an object, found text"),
    ("null", [None], f"{ROLES}/1: expected an object, found null"),
    ("no ARN", [{"RoleName": "nameless"}], f"{ROLES}/1: there is no ARN"),
    ("an ARN that is none", [role("r", Arn="role/r")], f"{ROLES}/1: not an ARN: `role/r`"),
]


@pytest.mark.parametrize(("items", "said"), [c[1:] for c in ITEMS], ids=[c[0] for c in ITEMS])
def test_an_item_that_cannot_be_used_leaves_the_others_and_makes_the_answer_partial(
    items: list[Any], said: str, tmp_path: Path
) -> None:
    report = taken(tmp_path, details(role("fine"), *items))
    assert report.counts["roles"] == 1
    (gap,) = [gap for gap in report.coverage["not_seen"] if gap["status"] == "partial"]
    assert gap["operation"] == "get-account-authorization-details"
    assert any(f"{tmp_path}/{said}" in line for line in report.not_readable)


def test_missing_null_and_unknown_fields_are_survived(tmp_path: Path) -> None:
    bare = {"Arn": f"arn:aws:iam::{A}:role/bare", "Tags": None, "NewField": {"a": 1}}
    content = {"RoleDetailList": [bare], "UserDetailList": None, "FromTheFuture": []}
    report = taken(tmp_path, content)
    assert report.counts["roles"] == 1
    assert any("GroupDetailList is missing" in line for line in report.not_readable)


def test_a_last_page_that_is_missing_is_a_gap(tmp_path: Path) -> None:
    report = taken(tmp_path, {**FINE, "IsTruncated": True, "Marker": "next"})
    assert any("ends before AWS's last page" in line for line in report.not_readable)


def test_a_number_of_any_length_is_a_number(tmp_path: Path) -> None:
    text = TEXT[:-1] + ', "Size": ' + "9" * 5000 + "}"
    assert taken(tmp_path, text).counts["roles"] == 1


def test_an_answer_that_no_source_reads_is_left_alone_and_said(tmp_path: Path) -> None:
    folder = copied(tmp_path / "folder")
    saved(folder / A / "global/iam/list-rolls.json", "not even JSON")
    saved(folder / "notes.txt", "mine")
    report = ingest_files([folder], None, "d", root=tmp_path / "home")
    assert report.remarks == (f"iam:list-rolls in {A}: no source reads this answer",)
    assert report.ignored == ("notes.txt",)


HOSTILE = [
    "\x1b[31mred\x07",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "'; MATCH (n) DETACH DELETE n; //",
    "\u202egnp.exe",
    "\ud800",
    "a\x00b",
    "",
    "n" * 10_000,
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_only_names(name: str, tmp_path: Path) -> None:
    odd = role(
        "odd",
        RoleName=name,
        Arn=f"arn:aws:iam::{A}:role/{name or 'odd'}",
        Description=name,
        Tags=[{"Key": name, "Value": name}],
        RolePolicyList=[{"PolicyName": name, "PolicyDocument": trust("*")}],
    )
    file = saved(tmp_path / "odd.json", details(odd))
    root = tmp_path / "home"
    report = ingest_files([file], None, "d", root=root)
    assert report.counts["roles"] == 1
    kept = {path.relative_to(root).parts[0] for path in root.rglob("*")}
    assert kept == {"d"}
    (found,) = read_one(report.folder).roles.values()
    assert found.description == name


def test_a_data_set_cannot_leave_the_home(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.json", FINE)
    for name in ("../x", "", "a/b", ".hidden", "n" * 65):
        result = CliRunner().invoke(
            cli,
            ["ingest", "files", str(file), "--data", name],
            env={"ROLEPATH_HOME": str(tmp_path / "home")},
        )
        assert result.exit_code == 2, (name, result.output)
        assert "not a name" in result.stderr
    assert not (tmp_path / "x").exists()


# --- size ---------------------------------------------------------------------------------------


def big(path: Path, size: int, item: Callable[[int], dict[str, Any]]) -> int:
    """Write authorization details of at least this many bytes; gives the number of roles."""
    number = 0
    with path.open("w") as file:
        file.write('{"UserDetailList": [], "GroupDetailList": [], "Policies": [], ')
        file.write('"RoleDetailList": [')
        while file.tell() < size:
            file.write(("," if number else "") + json.dumps(item(number)))
            number += 1
        file.write("]}")
    return number


def test_a_file_is_read_through_a_window(tmp_path: Path) -> None:
    """Memory is bounded by the biggest slice, not by the file."""
    file = tmp_path / "big.json"
    count = big(file, 24_000_000, lambda n: role(f"r{n}", Description="d" * 1000))
    tracemalloc.start()
    found = sum(len(part.value) for part in jsonfile.parts(file) if part.key == "RoleDetailList")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == count
    assert peak < 16_000_000


@pytest.mark.parametrize(
    "content",
    # Where a file ends too early, the space after it is where the fault is.
    [TEXT, *(c[1] for c in WHOLE if isinstance(c[1], str) and " ends " not in c[2])],
)
def test_a_file_that_fits_the_window_is_read_as_one_that_does_not(
    content: str, tmp_path: Path
) -> None:
    """A list of a small file is decoded at once: the same items come of it, or the same fault."""

    def come_of(text: str) -> tuple[dict[str, Any], str]:
        file = saved(tmp_path / "a.json", text)
        found: dict[str, Any] = {}
        try:
            for part in jsonfile.parts(file):
                found[part.key] = part.value
        except SourceFormatError as error:
            return found, error.message
        return found, ""

    assert come_of(content) == come_of(content + " " * jsonfile.WINDOW)


def test_the_search_for_garbage_goes_on_after_a_load(tmp_path: Path) -> None:
    file = saved(tmp_path / "fine.json", FINE)
    read_one(file)
    assert gc.isenabled()
    with pytest.raises(SourceFormatError):
        read_one(saved(tmp_path / "odd.json", details(role("r"), UserDetailList=1)))
    assert gc.isenabled()
    gc.disable()
    try:
        read_one(file)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_file_of_200_megabytes_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "big.json"
    count = big(file, 200_000_000, lambda n: role(f"r{n:06}", Tags=[_tag(n, k) for k in range(50)]))
    report = ingest_files([file], None, "d", root=tmp_path / "home")
    assert report.counts["roles"] == count
    assert DataSet("d", tmp_path / "home").current() == report.folder


def test_a_value_that_grows_without_end_is_refused_early(home: Path, tmp_path: Path) -> None:
    """A small file may unpack to a huge one; memory stays bounded all the same."""
    for name, start in (
        ("a.json.gz", b'{"RoleDetailList": [{"Arn": "'),
        ("b.jsonl.gz", b'{"a": "'),
    ):
        file = tmp_path / A / "global" / "iam" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(file, "wb", compresslevel=1) as handle:
            handle.write(start)
            for _ in range(80):
                handle.write(b"x" * 1_000_000)
        with pytest.raises(SourceFormatError, match="one value is longer than"):
            list(jsonfile.parts(file) if name == "a.json.gz" else jsonfile.lines(file))
    assert "longer than" in refused(home, tmp_path / A / "global/iam/a.json.gz").message


def _tag(number: int, tag: int) -> dict[str, str]:
    return {"Key": f"key-{tag}", "Value": f"{number}-{'v' * 40}"}


@pytest.mark.slow
def test_200_megabytes_of_nothing_are_refused(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "zeros.json"
    with file.open("wb") as handle:
        handle.truncate(200_000_000)
    assert "not JSON" in refused(home, file).message
    text = tmp_path / "text.json"
    with text.open("w") as handle:
        handle.write('{"RoleDetailList": [{"Arn": "' + "x" * 200_000_000)
    assert "line 1 column 21: one value is longer than" in refused(home, text).message


def test_the_report_of_a_load_is_whole(tmp_path: Path) -> None:
    report = taken(tmp_path, FINE)
    names = {field.name for field in dataclasses.fields(report)}
    assert set(report.to_json()) | {"snapshot_id", "not_readable", "load"} >= names
