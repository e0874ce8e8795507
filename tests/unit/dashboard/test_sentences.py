"""A verdict is a sentence that says what was found, what it needs and what was not seen."""

from typing import Any

import pytest

from app.dashboard.parts import sentences
from iam import linked_roles

MFA: dict[str, Any] = {
    "key": "aws:MultiFactorAuthPresent",
    "operator": "Bool",
    "values": ["true"],
    "negated": False,
    "kind": "CALLER_AUTH",
}


def path(hops: int, *requirements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"hops": [{}] * hops, "requirements": list(requirements)}


def verdict(*paths: dict[str, Any], truncated: bool = False) -> str:
    answer = {"paths": list(paths), "truncated": truncated, "max_hops": 6}
    return " ".join(sentences.paths_verdict("kira", "deploy", answer)).strip()


def test_no_path_names_both_ends_and_the_depth() -> None:
    assert verdict() == "No path from kira to deploy within 6 hops in this snapshot."


def test_one_free_path_is_access() -> None:
    assert (
        verdict(path(1)) == "kira can become deploy in 1 hop. 1 path found; it needs no condition."
    )


def test_the_free_one_among_several_is_named() -> None:
    assert verdict(path(2), path(3, [MFA])) == (
        "kira can become deploy in 2 hops. 2 paths found; 1 needs no condition at all "
        "(no MFA, no ExternalId, no source restriction)."
    )


def test_conditional_access_is_said_to_be_so() -> None:
    assert verdict(path(4, [MFA])) == (
        "kira can become, under conditions, deploy in 4 hops. 1 path found; the easiest needs MFA."
    )


def test_a_truncated_answer_does_not_claim_to_be_whole() -> None:
    assert "The first 1 path of more" in verdict(path(1), truncated=True)


@pytest.mark.parametrize(
    ("atom", "word", "sentence"),
    [
        (MFA, "MFA", "aws:MultiFactorAuthPresent is true"),
        (
            {"key": "sts:ExternalId", "operator": "StringEquals", "values": ["a", "b"]},
            "ExternalId",
            "sts:ExternalId equals a or b",
        ),
        (
            {"key": "aws:SourceIp", "operator": "IpAddress", "values": ["10.0.0.0/8"]}
            | {"negated": True},
            "SourceIp",
            "aws:SourceIp not: is in 10.0.0.0/8",
        ),
        (
            {"key": "aws:PrincipalTag/team", "operator": "Null", "values": [], "negated": True},
            "tag team",
            "aws:PrincipalTag/team is present",
        ),
        (
            {"key": "identity", "operator": "Read", "values": ["999999999999"]}
            | {"kind": "DATA_MISSING"},
            "not collected",
            "not collected: identity of 999999999999",
        ),
        (
            {
                "key": "trust",
                "operator": "Read",
                "values": ["arn:aws:iam::111111111111:role/a#trust"],
            }
            | {"kind": "DATA_MISSING"},
            "not collected",
            "not collected or unreadable: trust of arn:aws:iam::111111111111:role/a#trust",
        ),
    ],
)
def test_a_requirement_has_a_word_and_a_sentence(
    atom: dict[str, Any], word: str, sentence: str
) -> None:
    assert sentences.condition_name(atom) == word
    assert sentences.atom_sentence(atom) == sentence


def deletion(verdict: str, **more: Any) -> tuple[str, str, str]:
    answer = {"entity_kind": "role", "hard": [], "soft": [], "lost": [], "kept": []}
    return sentences.deletion_verdict({**answer, "verdict": verdict, **more})


def test_each_deletion_verdict_has_its_tone() -> None:
    words = ("DELETABLE", "DELETABLE_WITH_IMPACT", "BLOCKED", "UNKNOWN", "PROTECTED")
    assert [deletion(word)[0] for word in words] == ["good", "warn", "bad", "warn", "bad"]


def test_a_blocked_role_says_what_comes_after() -> None:
    hard = [{"kind": "inline_policy"}, {"kind": "attached_policy"}]
    _, head, tail = deletion("BLOCKED", hard=hard, lost=[{}], kept=[{}, {}])
    assert head == "Not yet. AWS would refuse the call (DeleteConflict): 2 hard blockers."
    assert tail == (
        "After that, deleting it ends 1 access chain with no other route; 2 keep another route."
    )


@pytest.mark.parametrize(
    ("prediction", "words"),
    [("BLOCKED", "would refuse"), ("CLEAR", "would accept"), ("UNKNOWN", "is not known")],
)
def test_a_service_linked_role_tells_what_its_service_would_do(prediction: str, words: str) -> None:
    hard = [{"kind": "service_linked_role"}]
    tail = deletion("PROTECTED", hard=hard, slr={"prediction": prediction})[2]
    assert words in tail


def test_a_service_that_never_agrees_is_not_said_to_wait_for_resources() -> None:
    note = "not deletable through IAM"
    slr = {"prediction": "BLOCKED", "resources": [], "note": note}
    tail = deletion("PROTECTED", hard=[{"kind": "service_linked_role"}], slr=slr)[2]
    assert tail == "A service-linked role whose service would refuse always: " + note + "."


def test_every_support_of_a_rule_has_words() -> None:
    assert {row.verified for row in linked_roles.table()} == set(sentences.RULE_SUPPORT)


def gap(account: str, operation: str = "list-functions", **more: str) -> dict[str, str]:
    scope = {"account": account, "region": "global", "service": "lambda", "status": "denied"}
    return {**scope, "operation": operation, **more}


def test_coverage_is_a_sentence_and_a_badge() -> None:
    none: dict[str, Any] = {"complete": True, "not_seen": []}
    assert sentences.coverage_sentence(none) == "Everything that was asked for was read."
    one = {"complete": False, "not_seen": [gap("111111111111")]}
    assert sentences.coverage_sentence(one) == (
        "1 scope was not seen, in 1 account (111111111111)."
    )
    assert sentences.coverage_badge(one, 6) == (False, "1 gap in coverage")
    many = {"complete": False, "not_seen": [gap(str(n)) for n in range(5)]}
    assert sentences.coverage_sentence(many).endswith("in 5 accounts (0, 1, 2 and 2 more).")


def test_the_badge_counts_accounts_whose_entities_were_not_read() -> None:
    unread = gap("1", "get-account-authorization-details", service="iam")
    coverage = {"complete": False, "not_seen": [unread, gap("2")]}
    assert sentences.coverage_badge(coverage, 214) == (False, "1 of 214 accounts not readable")
