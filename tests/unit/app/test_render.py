"""What a person reads says the same as the JSON, with nothing left out that changes its meaning."""

from functools import cache
from typing import Any

import pytest

from app import render
from app.answers import Answers
from app.demo import folder
from ingest.snapshot import read_one

MFA = {
    "key": "aws:MultiFactorAuthPresent",
    "operator": "Bool",
    "values": ["true"],
    "negated": False,
    "kind": "CALLER_AUTH",
    "likelihood": "normal",
    "statement": "x#0",
}
VENDOR = {**MFA, "key": "sts:ExternalId", "operator": "StringEquals", "values": ["a", "b"]}


@cache
def demo() -> Answers:
    return Answers.of(read_one(folder()), data="demo")


def text(lines: Any) -> str:
    return "\n".join(lines)


def gap(**more: str) -> dict[str, str]:
    return {
        "account": "111111111111",
        "region": "eu-west-1",
        "service": "lambda",
        "operation": "list-functions",
        "status": "denied",
        "missing_action": "lambda:ListFunctions",
        **more,
    }


def test_requirements_are_read_as_alternatives_of_conjunctions() -> None:
    assert render.needs([]) == ""
    assert render.needs([[MFA, VENDOR]]) == (
        "aws:MultiFactorAuthPresent is true and sts:ExternalId equals a or b"
    )
    unlikely = {**MFA, "likelihood": "unlikely", "negated": True}
    assert render.needs([[MFA], [unlikely]]) == (
        "aws:MultiFactorAuthPresent is true, or aws:MultiFactorAuthPresent not: is true (unlikely)"
    )


def test_gaps_are_gathered_by_what_was_asked() -> None:
    coverage = {
        "complete": False,
        "not_seen": [gap(account=f"{n:012}") for n in range(5)] + [gap(status="stale")],
    }
    lines = render.gaps(coverage)
    assert lines[:2] == ["", "not seen (6)"]
    assert lines[2] == (
        "  denied: lambda:list-functions in 000000000000, 000000000001, 000000000002 and 2 more,"
        " 5 scopes; needs lambda:ListFunctions"
    )
    assert lines[3].startswith("  stale: lambda:list-functions in 111111111111")


def test_many_gaps_are_cut_and_counted() -> None:
    gaps = [gap(operation=f"list-{n:02}", region=r) for n in range(20) for r in ("a", "b")]
    lines = render.gaps({"complete": False, "not_seen": gaps})
    assert lines[1] == "not seen (40)"
    assert all(", 2 scopes;" in line for line in lines[2:-1])
    assert lines[-1] == "  and 30 more; --format json has every one"
    assert len(lines) == 8


def test_nothing_is_said_of_gaps_when_there_are_none() -> None:
    assert render.gaps({"complete": True, "not_seen": []}) == []
    assert render.gaps(None) == []


def test_a_decision_shows_each_layer_and_the_statement_that_denies() -> None:
    answer = demo().why("staging/migration-runner", "production/migration")
    shown = text(render.why_text(answer))
    assert shown.startswith("deny  sts:AssumeRole\n")
    for layer in ("identity", "trust", "boundary", "session", "scp", "rcp"):
        assert f"\n{layer}" in shown
    (reason,) = answer["reasons"]
    assert reason["message"] in shown
    assert reason["statement"] in shown
    assert "p-lk2apart" in shown


def test_a_finding_is_said_in_words() -> None:
    answer = demo().why("identity/kira", "shared-services/platform-engineer")
    lines = list(render.why_text({**answer, "findings": ["ORPHAN_ISSUER", "PUBLIC"]}))
    found = lines[lines.index("findings") + 1 :][:2]
    assert found == [
        "  ORPHAN_ISSUER  the issuer of an EKS cluster is trusted, and the cluster is not there",
        "  PUBLIC         the trust policy lets in everyone",
    ]


def test_evidence_that_is_said_once_is_not_said_again() -> None:
    answer = demo().why("staging/migration-runner", "production/migration")
    lines = list(render.why_text(answer))
    evidence = lines[lines.index("evidence") + 1 :]
    evidence = [line for line in evidence[: evidence.index("")] if line[2] != " "]
    assert len(evidence) == len(set(evidence))
    assert len({str(one) for one in answer["evidence"]}) == len(evidence)


def test_a_chain_shows_every_node_and_what_it_needs() -> None:
    answer = demo().paths("identity/kira", "production/deploy")
    shown = text(render.paths_text(answer))
    for hop in answer["paths"][0]["hops"]:
        assert hop["from"] in shown
        assert hop["to"] in shown
    assert "needs  aws:MultiFactorAuthPresent is true" in shown
    assert "session at most 1 h" in shown
    assert "not seen (2)" in shown


def test_no_path_says_within_how_many_hops_and_what_was_not_seen() -> None:
    answer = demo().paths("identity/kira", "staging/migration-runner", max_hops=4)
    shown = text(render.paths_text(answer))
    assert shown.startswith("No path from kira (222222222222) to migration-runner (555555555555)")
    assert "within 4 hops" in shown
    assert "not seen (2)" in shown


def test_an_administrator_is_said_to_be_one() -> None:
    answer = demo().paths("production/break-glass", "admin")
    assert answer["verdict"] == "allow"
    assert answer["is_admin"] is True
    first, second, *_ = render.paths_text(answer)
    assert first == "break-glass (666666666666) is an administrator."
    assert second.startswith("break-glass (666666666666) can become another administrator")


def test_one_that_only_reaches_an_administrator_is_not_said_to_be_one() -> None:
    answer = demo().paths("production/deploy", "admin")
    assert (answer["verdict"], answer["is_admin"]) == ("allow", False)
    first = next(iter(render.paths_text(answer)))
    assert first.startswith("deploy (666666666666) can become an administrator in 1 hop.")


@pytest.mark.parametrize("direction", ["in", "out"])
def test_reach_lists_everyone_once(direction: str) -> None:
    answer = demo().reach("production/deploy", direction=direction)
    shown = text(render.reach_text(answer))
    for row in answer["reached"]:
        assert shown.count(f"  {row['arn']} ") + shown.count(f"  {row['arn']}\n") == 1
    columns, rows = render.reach_rows(answer)
    assert [row["arn"] for row in rows] == [row["arn"] for row in answer["reached"]]
    assert columns[0] == "arn"


def test_who_can_counts_both_kinds_and_shows_hops_only_for_chains() -> None:
    direct = demo().who_can("production/deploy")
    chains = demo().who_can("production/deploy", transitive=True)
    assert "hops" not in text(render.who_can_text(direct, "r", "a"))
    shown = text(render.who_can_text(chains, "r", "a"))
    assert "hops" in shown
    assert shown.startswith(
        f"1 AWS service and {len(chains['allow']) - 1} principals outright,"
        f" {len(chains['conditional'])} principals under conditions: "
    )
    assert render.who_can_rows(chains)[0][-2:] == ["hops", "route"]
    assert render.who_can_rows(direct)[0] == ["verdict", "principal", "needs"]


def test_everyone_and_services_are_counted_apart_from_principals() -> None:
    role = "arn:aws:iam::111111111111:role/a"
    answer = {
        "allow": ["*", role, "ec2.amazonaws.com", "lambda.amazonaws.com"],
        "conditional": [{"principal": "arn:aws:iam::999999999999:root", "requirements": [[MFA]]}],
        "assumptions": [],
        "coverage": None,
    }
    first, *_ = render.who_can_text(answer, role, "s3:GetObject")
    assert first == (
        "everyone, 2 AWS services and 1 principal outright, 1 whole account under conditions:"
        f" s3:GetObject on {role}"
    )


def test_a_rehearsal_shows_blockers_losses_and_what_was_not_looked_at() -> None:
    answer = demo().blockers("production/deploy")
    shown = text(render.blockers_text(answer))
    assert shown.startswith("BLOCKED  arn:aws:iam::666666666666:role/deploy\n")
    for part in ("AWS refuses while there is\n", "access that ends", "another route keeps"):
        assert part in shown
    assert "plan" not in shown
    assert "not looked at\n  sessions that are running" in shown
    planned = text(render.blockers_text(answer, plan=True))
    for step in answer["plan"]:
        assert step["call"] in planned
        assert step["check"] in planned


def test_rows_of_a_rehearsal_say_what_they_block() -> None:
    columns, rows = render.blockers_rows(demo().blockers("production/storefront-server"))
    assert "blocks" in columns
    assert [row["blocks"] for row in rows] == ["hard"] * 4 + ["soft"] * 3


def test_a_cut_off_list_says_how_to_see_more() -> None:
    whole: dict[str, Any] = {"complete": True, "not_seen": []}
    answer = {"columns": ["n"], "rows": [{"n": 1}], "truncated": True, "coverage": whole}
    assert list(render.query_text(answer))[-1] == "first 1 row of more; raise --limit"
    assert list(render.query_text({**answer, "truncated": False}))[-1] == "1 row"


def test_rows_stand_above_what_was_not_seen() -> None:
    gap = {"account": "111111111111", "region": "global", "service": "iam", "resource": ""}
    gap |= {"operation": "get-credential-report", "status": "not-asked", "missing_action": ""}
    coverage = {"complete": False, "not_seen": [gap]}
    answer = {"columns": ["n"], "rows": [], "truncated": False, "coverage": coverage}
    assert list(render.query_text(answer))[-3:] == [
        "",
        "not seen (1)",
        "  not-asked: iam:get-credential-report in 111111111111",
    ]


def test_a_role_that_nobody_can_delete_says_why_and_offers_nothing() -> None:
    answer = demo().blockers("production/AWSServiceRoleForSupport")
    said = text(render.blockers_text(answer, plan=True))
    assert "whose service would refuse always: not deletable through IAM" in said
    assert "service-linked role: its service would refuse (BLOCKED)" in said
    assert "its rule: not deletable through IAM" in said
    assert "resources still use it" not in said
    assert "no plan: no call of yours would delete it" in said


def test_an_mfa_that_a_role_session_would_need_is_told_from_the_callers() -> None:
    late = {**MFA, "likelihood": "unlikely"}
    assert render.needs([[MFA, late]]) == (
        "aws:MultiFactorAuthPresent is true and "
        "aws:MultiFactorAuthPresent is true in a role session (unlikely)"
    )


def test_no_path_points_to_the_reason() -> None:
    answer = demo().paths("staging/migration-runner", "production/migration")
    assert answer["paths"] == []
    said = text(render.paths_text(answer))
    assert f"rolepath why {answer['from']} {answer['to']}" in said


def test_the_plan_is_among_the_rows_where_it_is_asked_for() -> None:
    answer = demo().blockers("production/storefront-server")
    columns, rows = render.blockers_rows(answer, plan=True)
    steps = [row for row in rows if row["blocks"] == "plan"]
    assert columns[-2:] == ["check", "undo"]
    assert [(row["id"], row["call"], row["check"], row["undo"]) for row in steps] == [
        (number, step["call"], step["check"], step["undo"])
        for number, step in enumerate(answer["plan"], 1)
    ]
    assert len(rows) == len(answer["hard"]) + len(answer["soft"]) + len(answer["plan"])
    assert all(row["entity"] == answer["entity"] for row in rows)
    assert render.blockers_rows(answer)[1] == rows[: -len(steps)]
    assert "undo" not in render.blockers_rows(answer)[0]


def test_who_becomes_nobody_becomes_nothing() -> None:
    out, into = demo().reach("identity/contractor"), demo().reach("identity/kira", direction="in")
    assert next(iter(render.reach_text(out))) == (
        "contractor (222222222222) can become nothing within 6 hops."
    )
    assert next(iter(render.reach_text(into))).startswith("nobody can become kira")
