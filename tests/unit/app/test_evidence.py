"""Whatever statement a decision names, its very words are quoted with the place they stand in."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app import render
from app.answers import Answers
from app.cases import read_file
from app.evidence import in_words, quotes
from iam.authorize import Request, authorize
from iam.decision import statement_ref
from iam.errors import UnknownNameError
from iam.model import Policy, PolicyKind, Snapshot
from iam.policy import as_written
from ingest.snapshot import read
from tests.support.tree import REPOSITORY
from tests.unit.iam.build import A, allow, role, snapshot, trust, user

GOLDEN = REPOSITORY / "tests" / "golden" / "authorize"
ANA = f"arn:aws:iam::{A}:user/ana"
ASKED = ("principal", "resource", "action", "caller", "via")
DEPLOY = f"arn:aws:iam::{A}:role/deploy"


@cache
def _model(given: Path) -> Snapshot:
    return read([given])


def decisions() -> Iterator[dict[str, Any]]:
    """The answers to the golden cases that ask for one decision each, with their quotes."""
    for file in sorted(GOLDEN.glob("*.yaml")):
        for case in read_file(file):
            if case.kind != "decision":
                continue
            model = _model((file.parent / case.body["given"]).resolve())
            policies = tuple(case.body.get("session_policies") or ())
            asked = {key: case.body[key] for key in ASKED if key in case.body}
            answer = authorize(model, Request(**asked, session_policies=policies)).to_json()
            yield {**answer, "quotes": quotes(model, answer, policies)}


def test_every_statement_of_every_golden_decision_is_quoted_with_its_effect() -> None:
    layers: Counter[str] = Counter()
    missing = []
    for answer in decisions():
        for item in answer["evidence"]:
            ref = statement_ref(item["policy"], item["version"], item["statement"])
            quote = answer["quotes"].get(ref)
            if item["layer"] == "workload":
                assert quote is None
                continue
            layers[item["layer"]] += 1
            if quote is None:
                missing.append(ref)
            elif item["layer"] == "grant":
                assert quote["statement"]["Operations"]
            else:
                words = quote["statement"]
                assert f'"Effect": "{item["effect"]}"' in in_words(words)
                if not isinstance(words, str):
                    assert words.get("Sid", "") == item["sid"]
            if quote is not None and item["layer"] != "session":
                assert "#/" in quote["place"]
        for reason in (*answer["reasons"], *answer["near_misses"]):
            if "statement" in reason and reason["statement"] not in answer["quotes"]:
                missing.append(reason["statement"])
    assert missing == []
    assert layers.keys() >= {
        "identity", "trust", "boundary", "session", "scp", "rcp", "resource", "grant",
    }  # fmt: skip


def test_a_proof_for_the_terminal_quotes_each_statement_with_its_place() -> None:
    answer = Answers.of(
        snapshot(
            user("ana", allow(resource=DEPLOY)),
            role("deploy", [trust({"AWS": f"arn:aws:iam::{A}:user/bob"})]),
        )
    ).why(ANA, DEPLOY)
    lines = list(render.why_text(answer))
    at = next(n for n, line in enumerate(lines) if line.startswith("  identity"))
    assert json.loads(lines[at + 1]) == allow(resource=DEPLOY)
    assert answer["quotes"][f"{ANA}#inline/own#0"] == {
        "statement": allow(resource=DEPLOY),
        "place": "",
    }


def test_the_place_stands_under_the_words() -> None:
    with Answers.of(_model(REPOSITORY / "app" / "demo" / "organization")) as demo:
        answer = demo.why("staging/migration-runner", "production/migration")
    lines = list(render.why_text(answer))
    (at,) = (n for n, line in enumerate(lines) if line.startswith("  scp") and "Deny" in line)
    words = json.loads(lines[at + 1])
    assert words["Sid"] == "KeepApart"
    file, _, pointer = lines[at + 2].strip().removeprefix("in ").partition("#")
    assert (REPOSITORY / "app" / "demo" / "organization" / file).exists()
    assert pointer == "/2/response/Policy/Content"


def test_a_near_miss_is_quoted_where_it_is_named() -> None:
    answer = Answers.of(
        snapshot(
            user("ana", allow(resource=DEPLOY)),
            role(
                "deploy",
                [trust({"AWS": ANA}, Condition={"StringEquals": {"aws:SourceAccount": A}})],
            ),
        )
    ).why(ANA, DEPLOY)
    lines = list(render.why_text(answer))
    at = lines.index("near misses")
    assert "TRUST_CONDITION" in lines[at + 1]
    assert json.loads(lines[at + 2])["Condition"] == {"StringEquals": {"aws:SourceAccount": A}}


def test_a_long_statement_is_cut_for_the_terminal_and_whole_in_the_json() -> None:
    many = [f"arn:aws:iam::{A}:role/r{n}" for n in range(400)]
    answer = Answers.of(
        snapshot(user("ana", allow(resource=[DEPLOY, *many])), role("deploy", [trust("*")]))
    ).why(ANA, DEPLOY)
    assert answer["quotes"][f"{ANA}#inline/own#0"]["statement"]["Resource"] == [DEPLOY, *many]
    (cut,) = (line for line in render.why_text(answer) if '"Resource": ["' in line)
    assert cut.endswith("…")
    assert len(cut) < 1000


def test_words_of_a_hostile_policy_reach_the_terminal_harmless() -> None:
    hostile = allow(resource=DEPLOY, Sid="x\u202e\x1b[31m")
    answer = Answers.of(
        snapshot(user("ana", hostile), role("deploy", [trust({"AWS": f"arn:aws:iam::{A}:root"})]))
    ).why(ANA, DEPLOY)
    shown = "\n".join(render.why_text(answer))
    assert "\u202e" not in shown
    assert "\x1b" not in shown


def policy(document: Any, raw: str = "") -> Policy:
    return Policy(arn="p", name="p", kind=PolicyKind.INLINE, document=document, raw=raw)


def test_a_statement_is_quoted_from_every_encoding() -> None:
    one = allow()
    text = json.dumps({"Version": "2012-10-17", "Statement": one})
    encoded = text.replace("{", "%7B").replace('"', "%22")
    assert as_written(policy({"Statement": [one]}), 0) == one
    assert as_written(policy({"Statement": one}), 0) == one
    assert as_written(policy(text), 0) == one
    assert as_written(policy(encoded), 0) == one
    assert as_written(policy({"Statement": [one]}), 1) is None
    assert as_written(policy({"Statement": [one]}), -1) is None
    nothings: list[Any] = [None, "no policy", [], {"Version": "2012-10-17"}]
    for nothing in nothings:
        assert as_written(policy(nothing), 0) is None


def test_duplicate_keys_are_quoted_with_both_values() -> None:
    raw = '{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": ["a:b"], "Resource": 1}}'
    assert as_written(policy(json.loads(raw), raw), 0) == (
        '{"Effect": "Allow", "Effect": "Deny", "Action": ["a:b"], "Resource": 1}'
    )


def test_what_is_to_be_made_need_not_be_there() -> None:
    """E-5: a service-linked role is asked of before there is one."""
    linked = f"arn:aws:iam::{A}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    answers = Answers.of(snapshot(user("ana", allow("iam:CreateServiceLinkedRole"))))
    assert answers.why(ANA, linked, action="iam:CreateServiceLinkedRole")["verdict"] == "allow"
    with pytest.raises(UnknownNameError):
        answers.why(ANA, linked, action="iam:DeleteRole")
