"""The printed quarantine, laid over the snapshot, shuts the role; its undo opens it as it was."""

import json
import shlex
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iam.assume import assume_edges
from iam.authorize import Request, authorize
from iam.decision import Verdict
from iam.deletion import rehearse
from iam.model import Policy, PolicyKind, Role, Snapshot, User
from iam.policy import document_text
from iam.runbook import NAME, NOW
from ingest.snapshot import read_one
from tests.support.tree import REPOSITORY

A = "arn:aws:iam::111111111111"
ACCOUNTS = REPOSITORY / "tests" / "accounts"
NOON = "2026-11-01T12:00:00Z"
BEFORE = "2026-11-01T11:59:59Z"
ENTRIES = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@cache
def account(folder: Path) -> Snapshot:
    return read_one(folder)


def given(call: str) -> dict[str, Any]:
    """What an ``aws iam`` call gives to AWS."""
    words = shlex.split(call.replace(NOW, NOON))
    if "--cli-input-json" in words:
        found: dict[str, Any] = json.loads(words[-1])
        return found
    options = words[3:]
    return {
        name.lstrip("-"): value for name, value in zip(options[::2], options[1::2], strict=True)
    }


def carried_out(entity: Role | User, call: str) -> Role | User:
    """The entity after one call, as IAM would have it."""
    command, told = shlex.split(call)[2], given(call)
    if command == "update-assume-role-policy":
        assert isinstance(entity, Role) and entity.trust is not None
        document = json.loads(told["PolicyDocument"])
        return replace(entity, trust=replace(entity.trust, document=document, raw=""))
    if command in ("put-role-policy", "put-user-policy"):
        policy = Policy(
            arn=f"{entity.arn}#inline/{told['PolicyName']}",
            name=told["PolicyName"],
            kind=PolicyKind.INLINE,
            account=entity.account,
            document=json.loads(told["PolicyDocument"]),
        )
        others = [one for one in entity.inline if one.name != policy.name]
        return replace(entity, inline=(*others, policy))
    assert command in ("delete-role-policy", "delete-user-policy")
    kept = tuple(one for one in entity.inline if one.name != told["policy-name"])
    return replace(entity, inline=kept)


def laid_over(snapshot: Snapshot, entity: Role | User) -> Snapshot:
    if isinstance(entity, Role):
        return replace(snapshot, roles={**snapshot.roles, entity.arn: entity})
    return replace(snapshot, users={**snapshot.users, entity.arn: entity})


def quarantine(snapshot: Snapshot, arn: str) -> list[dict[str, Any]]:
    book = rehearse(snapshot, arn, edges=())["runbook"]
    return [step for step in book.get("steps", ()) if step["phase"] == "quarantine"]


def shut(snapshot: Snapshot, arn: str) -> tuple[Snapshot, Role | User, Role | User]:
    """The snapshot in quarantine, the entity in it, and the entity after the undo."""
    entity: Role | User = snapshot.roles.get(arn) or snapshot.users[arn]
    steps = quarantine(snapshot, arn)
    assert steps
    for step in steps:
        entity = carried_out(entity, step["call"])
    after = entity
    for step in reversed(steps):
        after = carried_out(after, step["undo"])
    return laid_over(snapshot, entity), entity, after


def alive(document: Any) -> Counter[str]:
    """The statements of a document that still let somebody in or keep somebody out."""
    listed = document["Statement"]
    listed = listed if isinstance(listed, list) else [listed]
    return Counter(json.dumps(one, sort_keys=True) for one in listed)


def roles() -> list[Any]:
    """Every role of the accounts that has a trust policy to close."""
    found = []
    for folder in sorted(ACCOUNTS.iterdir()):
        if not folder.name.startswith(("d_", "q_", "h_plain", "h_federation", "h_pools", "h_saml")):
            continue
        snapshot = account(folder)
        for arn, role in sorted(snapshot.roles.items()):
            if role.is_service_linked or role.is_reserved or role.trust is None:
                continue
            found.append(pytest.param(folder, arn, id=f"{folder.name} {role.name}"))
    return found


@pytest.mark.parametrize(("folder", "arn"), roles())
def test_in_quarantine_nobody_enters_and_the_undo_restores_the_role(folder: Path, arn: str) -> None:
    """F-23: the engine decides the overlay, every way in."""
    snapshot = account(folder)
    closed, _, after = shut(snapshot, arn)
    assert [edge for edge in assume_edges(closed) if edge.role == arn] == []
    role = snapshot.roles[arn]
    assert isinstance(after, Role) and after.trust is not None and role.trust is not None
    assert after.inline == role.inline
    is_dead = "AROA" in document_text(role.trust.document) or "AIDA" in document_text(
        role.trust.document
    )
    if not is_dead:
        assert alive(after.trust.document) == alive(json.loads(document_text(role.trust.document)))


@pytest.mark.parametrize(("folder", "arn"), roles())
def test_sessions_from_before_the_quarantine_are_denied_everything(folder: Path, arn: str) -> None:
    """IAM, Revoke IAM role temporary security credentials: the date decides."""
    closed, role, _ = shut(account(folder), arn)
    session = f"arn:aws:sts::{role.account}:assumed-role/{role.name}/s"
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::bucket/key"),
        ("iam:GetRole", arn),
        ("sts:AssumeRole", arn),
    ):
        decision = authorize(
            closed,
            Request(
                principal=session,
                action=action,
                resource=resource,
                context={"aws:TokenIssueTime": (BEFORE,)},
            ),
        )
        assert decision.verdict is Verdict.DENY, action


def test_a_session_that_began_afterwards_is_not_denied_by_the_date() -> None:
    """Nobody begins one: the trust is shut. The date alone would not stop it."""
    closed, role, _ = shut(account(ACCOUNTS / "d_operators"), f"{A}:role/R")
    decision = authorize(
        closed,
        Request(
            principal=f"arn:aws:sts::111111111111:assumed-role/{role.name}/s",
            action="s3:ListBucket",
            resource="arn:aws:s3:::bucket",
            context={"aws:TokenIssueTime": ("2026-11-01T12:00:01Z",)},
            context_complete=True,
        ),
    )
    assert "IDENTITY_EXPLICIT" not in {reason.code for reason in decision.reasons}


def test_a_user_in_quarantine_is_denied_everything_and_freed_again() -> None:
    snapshot = account(ACCOUNTS / "d_operators")
    closed, _, after = shut(snapshot, f"{A}:user/ana")
    request = Request(principal=f"{A}:user/ana", action="iam:GetRole", resource=f"{A}:role/R")
    assert authorize(snapshot, request).verdict is Verdict.ALLOW
    assert authorize(closed, request).verdict is Verdict.DENY
    assert after == snapshot.users[f"{A}:user/ana"]


# --- where a quarantine stands already ------------------------------------------------------------


def held(trust: Any, inline: tuple[str, ...] = ()) -> Snapshot:
    """An account with one role of this trust policy, and inline policies of these names."""
    arn = f"{A}:role/R"
    allowing = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}  # fmt: skip
    policies = tuple(
        Policy(arn=f"{arn}#inline/{name}", name=name, kind=PolicyKind.INLINE,
               account="111111111111", document=allowing)
        for name in inline
    )  # fmt: skip
    role = Role(
        arn=arn,
        name="R",
        account="111111111111",
        trust=Policy(arn=f"{arn}#trust", name="trust", kind=PolicyKind.TRUST,
                     account="111111111111", document=trust),
        inline=policies,
    )  # fmt: skip
    return replace(account(ACCOUNTS / "d_operator"), roles={arn: role})


def allow(*sids: str, principal: Any = None) -> dict[str, Any]:
    statements = [
        {
            **({"Sid": sid} if sid else {}),
            "Effect": "Allow",
            "Principal": principal or {"AWS": f"{A}:root"},
            "Action": "sts:AssumeRole",
        }
        for sid in sids or ("",)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


@pytest.mark.parametrize(
    ("sids", "used"),
    [
        ((), NAME),
        (("Own",), NAME),
        ((NAME,), f"{NAME}2"),
        ((NAME.upper(),), f"{NAME}2"),
        ((NAME, f"{NAME}2"), f"{NAME}3"),
        ((f"{NAME}2",), NAME),
    ],
)
def test_a_sid_of_that_name_stays_and_another_is_used(sids: tuple[str, ...], used: str) -> None:
    """AWS refuses a policy in which two statements have one Sid."""
    snapshot = held(allow(*sids))
    (close, _) = quarantine(snapshot, f"{A}:role/R")
    document = json.loads(given(close["call"])["PolicyDocument"])
    named = [one["Sid"] for one in document["Statement"] if "Sid" in one]
    assert named == [used, *sids]
    assert len({name.casefold() for name in named}) == len(named)
    assert close["shows"] == f'"Sid": "{used}"'
    assert json.loads(given(close["undo"])["PolicyDocument"]) == allow(*sids)
    notes = " ".join(rehearse(snapshot, f"{A}:role/R")["runbook"]["notes"])
    assert (f"is called {used}; the undo puts the policy back" in notes) is (used != NAME)


def test_a_policy_of_that_name_is_neither_overwritten_nor_deleted() -> None:
    snapshot = held(allow(), inline=("own", NAME.lower()))
    _, entity, after = shut(snapshot, f"{A}:role/R")
    assert [one.name for one in entity.inline] == ["own", NAME.lower(), f"{NAME}2"]
    assert after == snapshot.roles[f"{A}:role/R"]
    book = rehearse(snapshot, f"{A}:role/R")["runbook"]
    assert f"{NAME}2, so that neither the call nor its undo touches the other" in " ".join(
        book["notes"]
    )
    lift = next(step for step in book["steps"] if step["title"].startswith("Take the policy of"))
    assert given(lift["call"])["policy-name"] == f"{NAME}2"


def test_a_second_quarantine_leaves_the_first_where_it_is() -> None:
    snapshot = account(ACCOUNTS / "d_quarantined")
    closed, _, after = shut(snapshot, f"{A}:role/R")
    assert [edge for edge in assume_edges(closed) if edge.role == f"{A}:role/R"] == []
    role = snapshot.roles[f"{A}:role/R"]
    assert isinstance(after, Role) and after.trust is not None and role.trust is not None
    assert after.trust.document == role.trust.document
    assert after.inline == role.inline


# --- where the Deny does not fit ------------------------------------------------------------------


def long(characters: int) -> dict[str, Any]:
    """A trust policy of exactly so many characters without white space between."""
    empty = allow(principal={"AWS": f"{A}:role/"})
    text = json.dumps(empty, separators=(",", ":"))
    return allow(principal={"AWS": f"{A}:role/{'x' * (characters - len(text))}"})


DENY = len(
    json.dumps(
        {"Sid": NAME, "Effect": "Deny", "Principal": "*", "Action": list(ENTRIES)},
        separators=(",", ":"),
    )
)


@pytest.mark.parametrize(
    ("characters", "fits"),
    [(2048 - DENY - 1, True), (2048 - DENY, False), (2048, False), (4096, False)],
    ids=["just fits", "one too many", "the default quota", "a raised quota"],
)
def test_a_deny_that_does_not_fit_stands_alone_until_the_undo(characters: int, fits: bool) -> None:
    """IAM quotas: a trust policy has 2,048 characters at most, up to 4,096 on request."""
    snapshot = held(long(characters))
    (close, _) = quarantine(snapshot, f"{A}:role/R")
    text = given(close["call"])["PolicyDocument"]
    assert len(text) <= 2048
    assert len(json.loads(text)["Statement"]) == (2 if fits else 1)
    closed, _, after = shut(snapshot, f"{A}:role/R")
    assert [edge for edge in assume_edges(closed) if edge.role == f"{A}:role/R"] == []
    assert isinstance(after, Role) and after.trust is not None
    assert after.trust.document == long(characters)
    notes = " ".join(rehearse(snapshot, f"{A}:role/R")["runbook"]["notes"])
    assert ("the Deny stands alone until the undo" in notes) is not fits
    assert ("raise the quota Role trust policy length" in notes) is not fits
    if not fits:
        assert f"{characters + DENY + 1:,} characters" in notes
