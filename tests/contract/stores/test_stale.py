"""What was refused this time stays in the graph, and every answer says since when it is old."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from tests.support.servers import Servers
from tests.unit.ingest.given import A, B, details, role, saved, trust

FIRST, SECOND, THIRD = (f"2026-0{month}-01T12:00:00Z" for month in (1, 2, 3))
CORP = f"arn:aws:iam::{A}:saml-provider/corp"
DETAILS = "get-account-authorization-details"


def folder(path: Path, taken_at: str, *lines: dict[str, str], **files: Any) -> Path:
    """A collection: answers by `account/region/service/operation`, and what came of the others."""
    saved(path / "snapshot.json", {"format": 1, "taken_at": taken_at})
    for name, content in files.items():
        saved(path / f"{name}.json", content)
    read = [_line(name, "complete") for name in files]
    text = "".join(json.dumps(line) + "\n" for line in (*read, *lines))
    (path / "coverage.jsonl").write_text(text)
    return path


def _line(scope: str, status: str) -> dict[str, str]:
    keys = ("account", "region", "service", "operation")
    return {**dict(zip(keys, scope.split("/"), strict=True)), "status": status}


def refused(scope: str, action: str = "") -> dict[str, str]:
    return {**_line(scope, "denied"), "missing_action": action}


def entities(account: str, *names: str) -> dict[str, Any]:
    """A user `ana` and roles; she may enter each, and each lets the first account in."""
    may = {
        "PolicyName": "may",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}],
        },
    }
    ana = {
        "Path": "/",
        "UserName": "ana",
        "UserId": f"AIDA{account[:4]}ANA000000000",
        "Arn": f"arn:aws:iam::{account}:user/ana",
        "CreateDate": "2025-01-01T00:00:00+00:00",
        "UserPolicyList": [may],
        "GroupList": [],
        "AttachedManagedPolicies": [],
    }
    letting = trust({"AWS": f"arn:aws:iam::{A}:root"})
    roles = [role(name, account, AssumeRolePolicyDocument=letting) for name in names]
    return details(*roles, UserDetailList=[ana])


def functions(*names: str) -> dict[str, Any]:
    return {
        "Functions": [
            {
                "FunctionName": name,
                "FunctionArn": f"arn:aws:lambda:eu-west-1:{A}:function:{name}",
                "Role": f"arn:aws:iam::{A}:role/deploy",
            }
            for name in names
        ]
    }


@pytest.fixture
def run(stores: Servers, tmp_path: Path) -> Iterator[Any]:
    data = tmp_path.name.replace("_", "-")[-40:]

    def command(*words: str | Path) -> Result:
        env = stores.environment() | {"ROLEPATH_DATA": data}
        done = CliRunner().invoke(cli, [*map(str, words)], env=env)
        assert done.exit_code == 0, done.output
        return done

    yield command


def answer(run: Any, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--format", "json").stdout)
    return found


def stale(coverage: dict[str, Any]) -> dict[str, str]:
    return {
        f"{gap['account']}/{gap['region']}/{gap['operation']}": gap["since"]
        for gap in coverage["not_seen"]
        if gap["status"] == "stale"
    }


ASK = (
    ("paths", f"{A}/ana", f"{A}/deploy"),
    ("who-can", f"{A}/deploy"),
    ("reach", f"{A}/ana"),
    ("blockers", f"{A}/deploy"),
    ("query", "coverage_gaps"),
    ("report", "chains", f"{A}/ana", f"{A}/deploy"),
)


def test_an_account_that_was_read_and_is_refused_now_keeps_its_facts(
    run: Any, tmp_path: Path
) -> None:
    own, other = f"{A}/global/iam/{DETAILS}", f"{B}/global/iam/{DETAILS}"
    run(
        "ingest",
        "files",
        folder(
            tmp_path / "1",
            FIRST,
            **{
                own: entities(A, "deploy"),
                other: entities(B, "old"),
            },
        ),
    )
    report = answer(
        run,
        "ingest",
        "files",
        folder(
            tmp_path / "2",
            SECOND,
            refused(f"{A}/global/sts/assume-role", "sts:AssumeRole"),
            **{other: entities(B, "new")},
        ),
    )
    assert report["accounts"] == [A, B]
    assert stale(report["coverage"]) == {f"{A}/global/{DETAILS}": FIRST}
    names = {
        row["name"] for row in answer(run, "cypher", "MATCH (r:Role) RETURN r.name AS name")["rows"]
    }
    assert names == {"deploy", "new"}, (
        "what was read whole lost what is gone; what was not kept all"
    )
    for words in ASK:
        found = answer(run, *words)
        assert stale(found["coverage"]) == {f"{A}/global/{DETAILS}": FIRST}, words
        gone = {
            (g["operation"], g["status"], g["missing_action"])
            for g in found["coverage"]["not_seen"]
        }
        assert ("assume-role", "denied", "sts:AssumeRole") in gone
        said = run(*words, *(("--format", "html") if words[0] == "report" else ())).stdout
        assert FIRST in said, words
    paths = answer(run, *ASK[0])
    assert paths["verdict"] == "allow"

    entered = _line(f"{A}/global/sts/assume-role", "complete")
    run(
        "ingest",
        "files",
        folder(
            tmp_path / "3",
            THIRD,
            entered,
            **{
                own: entities(A, "other"),
                other: entities(B, "new"),
            },
        ),
    )
    found = answer(run, "who-can", f"{A}/other")
    assert stale(found["coverage"]) == {}
    names = {
        row["name"] for row in answer(run, "cypher", "MATCH (r:Role) RETURN r.name AS name")["rows"]
    }
    assert names == {"other", "new"}, "once read again, what is gone is gone"


def test_a_source_and_a_region_that_are_refused_keep_theirs_alone(run: Any, tmp_path: Path) -> None:
    own, lists = f"{A}/global/iam/{DETAILS}", f"{A}/global/iam/list-saml-providers"
    here, there = (f"{A}/{region}/lambda/list-functions" for region in ("eu-west-1", "us-east-1"))
    run(
        "ingest",
        "files",
        folder(
            tmp_path / "1",
            FIRST,
            **{
                own: entities(A, "deploy", "gone"),
                lists: {"SAMLProviderList": [{"Arn": CORP}]},
                here: functions("kept", "ended"),
            },
        ),
    )
    second = folder(
        tmp_path / "2",
        SECOND,
        refused(lists, "iam:ListSAMLProviders"),
        refused(there, "lambda:ListFunctions"),
        **{own: entities(A, "deploy"), here: functions("kept")},
    )
    report = answer(run, "ingest", "files", second)
    assert stale(report["coverage"]) == {f"{A}/global/list-saml-providers": FIRST}
    third = folder(
        tmp_path / "3",
        THIRD,
        refused(lists, "iam:ListSAMLProviders"),
        refused(here, "lambda:ListFunctions"),
        **{own: entities(A, "deploy")},
    )
    run("ingest", "files", third)
    found = answer(run, "blockers", f"{A}/deploy")
    assert stale(found["coverage"]) == {
        f"{A}/global/list-saml-providers": FIRST,
        f"{A}/eu-west-1/list-functions": SECOND,
    }
    used = [one["id"] for one in found["soft"] if one["kind"] == "workload"]
    assert used == [f"arn:aws:lambda:eu-west-1:{A}:function:kept"]
    rows = answer(run, "cypher", "MATCH (n) WHERE n:Role OR n:SamlProvider RETURN n.arn AS arn")[
        "rows"
    ]
    assert {row["arn"] for row in rows} == {CORP, f"arn:aws:iam::{A}:role/deploy"}
