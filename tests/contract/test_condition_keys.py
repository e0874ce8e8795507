"""What the engine knows of a condition key is what AWS documents, for every kind of caller."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from iam import key_table
from iam.authorize import Request, authorize
from iam.decision import Verdict
from iam.key_table import ABSENT, ALWAYS, CALLERS, KNOWN, Key
from iam.model import OidcProvider, SamlProvider, Snapshot
from tests.unit.iam.build import A, organization, role, snapshot, trust, user

ARN = f"arn:aws:iam::{A}"
TARGET = f"{ARN}:role/target"
SAML = f"{ARN}:saml-provider/corp"
GITHUB = "token.actions.githubusercontent.com"
WORKLOADS = ("ec2", "lambda", "ssm", "codebuild", "glue", "chatbot")
SERVICES = [f"{name}.amazonaws.com" for name in WORKLOADS]
EVERY_WAY = [
    trust({"Service": SERVICES}, ["sts:AssumeRole", "sts:TagSession"]),
    trust({"Federated": SAML}, "sts:AssumeRoleWithSAML"),
    trust({"Federated": f"{ARN}:oidc-provider/{GITHUB}"}, "sts:AssumeRoleWithWebIdentity"),
]
PRINCIPALS = {
    "USER": f"{ARN}:user/ana",
    "USER_ST": f"{ARN}:user/ana",
    "ROLE": f"{ARN}:role/worker",
    "ROLE_FED": f"{ARN}:role/worker",
    "ROLE_SVC": f"{ARN}:role/worker",
    "SERVICE": "ec2.amazonaws.com",
    "SAML": SAML,
}
# A comparison of each type that no fact below settles as true.
PROBES = {
    "string": ("StringLike", "*odd"),
    "arn": ("ArnEquals", "arn:aws:s3:::odd"),
    "bool": ("Bool", "true"),
    "date": ("DateGreaterThan", "2030-01-01T00:00:00Z"),
    "number": ("NumericEquals", "7"),
    "ip": ("IpAddress", "203.0.113.9/32"),
}
NAMES = {"aws:userid": "session:name"}
KEYS = list(key_table.table().values())


def _provider(key: str) -> str:
    """The provider whose subject a claim is asked of: built in ones need no object."""
    issuer = key.rpartition(":")[0]
    built_in = "." in issuer and issuer != GITHUB
    return issuer if built_in else f"{ARN}:oidc-provider/{GITHUB}"


@cache
def _facts(condition: tuple[str, str, str], provider: str) -> Snapshot:
    operator, key, value = condition
    people = {"AWS": sorted({v for v in PRINCIPALS.values() if v.startswith(f"{ARN}:")} - {SAML})}
    target = role(
        "target",
        [
            trust(who, "sts:*", Condition={operator: {key: value}})
            for who in (
                {"AWS": [*people["AWS"], f"{ARN}:role/plain"]},
                {"Service": "ec2.amazonaws.com"},
                {"Federated": [SAML, provider]},
            )
        ],
        tags=(("k", "here"),),
    )
    return snapshot(
        user("ana", tags=(("k", "hers"),)),
        role("worker", EVERY_WAY),
        role("plain", [trust({"AWS": f"{ARN}:root"})]),
        target,
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        saml_providers={SAML: SamlProvider(arn=SAML, account=A)},
        oidc_providers={
            f"{ARN}:oidc-provider/{GITHUB}": OidcProvider(
                arn=f"{ARN}:oidc-provider/{GITHUB}",
                account=A,
                url=GITHUB,
                client_ids=("sts", "odd"),
            )
        },
        **organization(A, scps={}) | {"organization": _organization()},
    )


def _organization() -> Any:
    everything = {"Version": "2012-10-17", "Statement": [_all()]}
    return organization(A, scps={"r-1": [everything], A: [everything]})["organization"]


def _all() -> Mapping[str, str]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _asks(principal: str, caller: str, key: str, operator: str, value: str) -> bool | set[str]:
    """True or false where a condition is settled, else what it asks for."""
    name = key.removesuffix("*") + "k" * key.endswith("*")
    facts = _facts((operator, name, value), _provider(key))
    decision = authorize(facts, Request(principal=principal, resource=TARGET, caller=caller))
    if decision.verdict is Verdict.DENY:
        return False
    asked = {
        atom.key if atom.kind == "AMBIGUOUS" else atom.kind
        for branch in decision.requirements
        for atom in branch
        if atom.key.casefold() in (name.casefold(), NAMES.get(name)) or atom.kind == "AMBIGUOUS"
    }
    return asked or True


def _cell(principal: str, caller: str, key: Key) -> str:
    """A cell of the table as the engine would write it."""
    absent = _asks(principal, caller, key.name, "Null", "true")
    there = _asks(principal, caller, key.name, "Null", "false")
    if absent is True and there is False:
        return ABSENT
    open_question = {"I-3", "I-10"}
    operator, value = PROBES[key.type]
    operator = f"ForAnyValue:{operator}" if key.multivalued else operator
    probe = _asks(principal, caller, key.name, operator, value)
    for found in (absent, there, probe):
        if isinstance(found, set) and found & open_question:
            return " ".join(sorted(found & open_question))
    always = absent is False
    if isinstance(probe, bool):
        return KNOWN if always else f"sometimes {KNOWN}"
    return ALWAYS * always + " ".join(sorted(probe))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_the_engine_knows_of_a_key_what_the_table_says(key: Key) -> None:
    principals = PRINCIPALS | {"OIDC": _provider(key.name)}
    found = {kind: _cell(principals[kind], kind, key) for kind in CALLERS}
    assert found == dict(key.cells)


@pytest.mark.parametrize("key", [k for k in KEYS if k.only_of], ids=lambda key: key.name)
def test_a_role_that_nothing_of_the_kind_may_enter_has_no_such_key(key: Key) -> None:
    found = _cell(f"{ARN}:role/plain", "ROLE", key)
    held = key.only_of == "tags" and key.rule == "B-18"
    assert found == (KNOWN if held else ABSENT)


def test_every_cell_is_one_of_the_documented_words() -> None:
    kinds = {"CALLER_PARAM", "CALLER_AUTH", "SESSION_STATE", "NETWORK", "TIME", "REGION"}
    kinds |= {"IDP_CLAIM", "SERVICE_CONTEXT"}
    words = {ABSENT, KNOWN, "I-3", "I-10", *kinds, *(ALWAYS + kind for kind in kinds)}
    assert {cell for key in KEYS for cell in key.cells.values()} <= words
