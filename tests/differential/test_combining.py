"""Layers combine as AWS states it, whatever each of them says: every combination, once.

One organization holds a caller, an account and a role for everything that a layer can say; the
expected answer is the text of C.3, written down as a table of which layers must allow.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

import itertools
from typing import Any

import pytest

from iam.authorize import Request, authorize
from iam.decision import Decision
from iam.model import (
    Account,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    Role,
    SamlProvider,
    Snapshot,
    User,
)

VOICES = ("allow", "deny", "silent", "unknown")
SAYS_NO = ("allow", "deny", "unknown")
"""What an RCP can say: it grants nothing, so it is never silent."""
KINDS = ("USER", "ROLE", "SESSION", "WILDCARD", "ACCOUNT")

# C-20 … C-26: the layers of the caller whose Allow the match needs, beside SCP and trust.
SAME_ACCOUNT = {
    "USER": (),
    "SESSION": (),
    "WILDCARD": (),
    "ROLE": ("boundary", "session"),
    "ACCOUNT": ("identity", "boundary", "session"),
}
CROSS_ACCOUNT = ("identity", "boundary", "session")


def statements(layer: str, voice: str, **more: Any) -> list[dict[str, Any]]:
    """What a layer's document holds so that it says this."""
    action = "sts:AssumeRole"
    if layer not in ("trust",):
        more["Resource"] = "*"
    allow = {"Effect": "Allow", "Action": action, **more}
    if voice == "silent":
        return [{**allow, "Action": "s3:GetObject"}]
    if voice == "unknown":
        return [{**allow, "Condition": {"StringEquals": {f"acme:{layer}": "1"}}}]
    return [allow] if voice == "allow" else [allow, {**allow, "Effect": "Deny"}]


def document(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": found}


def number(*parts: int) -> str:
    """An account id that tells what it stands for."""
    return "1" + "".join(str(p) for p in parts).zfill(11)


ACCOUNTS = {
    (scp, rcp): number(i, j) for i, scp in enumerate(VOICES) for j, rcp in enumerate(SAYS_NO)
}
SAML = "saml-provider/idp"


def _organization() -> tuple[Organization, dict[str, Account]]:
    policies, targets = {}, {}
    for (scp, rcp), account in ACCOUNTS.items():
        found = [(PolicyKind.SCP, document(statements("scp", scp)))]
        if rcp != "allow":
            deny: dict[str, Any] = {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:*",
                "Resource": "*",
            }
            if rcp == "unknown":
                deny["Condition"] = {"StringNotEquals": {"acme:rcp": "1"}}
            found.append((PolicyKind.RCP, document([deny])))
        arns = []
        for kind, content in found:
            arn = f"arn:aws:organizations::999999999999:policy/o-1/{kind}/{account}"
            policies[arn] = Policy(arn=arn, name=arn, kind=kind, document=content)
            arns.append(arn)
        targets[account] = tuple(arns)
    everything = Policy(
        arn="arn:aws:organizations::aws:policy/full",
        name="full",
        kind=PolicyKind.SCP,
        document=document([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    )
    policies[everything.arn] = everything
    targets["r-1"] = (everything.arn,)
    organization = Organization(
        id="o-1",
        management_account="999999999999",
        root="r-1",
        scp_enabled=True,
        rcp_enabled=True,
        units={"r-1": OrganizationalUnit(id="r-1", arn="arn:r-1", name="Root")},
        policies=policies,
        targets=targets,
    )
    accounts = {
        a: Account(id=a, collected=True, parent="r-1", organization_known=True)
        for a in ACCOUNTS.values()
    }
    return organization, accounts


def _callers(account: str) -> tuple[dict[str, User], dict[str, Role], dict[str, Policy]]:
    users, roles, policies = {}, {}, {}
    for identity, boundary in itertools.product(VOICES, VOICES):
        name = f"{identity}-{boundary}"
        bound = f"arn:aws:iam::{account}:policy/{boundary}"
        policies[bound] = Policy(
            arn=bound,
            name=boundary,
            kind=PolicyKind.MANAGED,
            document=document(statements("boundary", boundary)),
        )
        for word in ("user", "role"):
            arn = f"arn:aws:iam::{account}:{word}/{name}"
            own = Policy(
                arn=f"{arn}#inline/own",
                name="own",
                kind=PolicyKind.INLINE,
                document=document(statements("identity", identity)),
            )
            if word == "user":
                users[arn] = User(
                    arn=arn, name=name, account=account, inline=(own,), boundary=bound
                )
            else:
                roles[arn] = Role(
                    arn=arn, name=name, account=account, inline=(own,), boundary=bound
                )
    return users, roles, policies


def _principal(kind: str, users: list[str], roles: list[str], accounts: list[str]) -> Any:
    if kind == "USER":
        return {"AWS": users}
    if kind == "ROLE":
        return {"AWS": roles}
    if kind == "SESSION":
        return {"AWS": [f"{session_of(role)}" for role in roles]}
    return "*" if kind == "WILDCARD" else {"AWS": accounts}


def session_of(role: str) -> str:
    return role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/s1"


def target(account: str, kind: str, trust: str) -> str:
    return f"arn:aws:iam::{account}:role/target-{kind}-{trust}"


@pytest.fixture(scope="module")
def world() -> Snapshot:
    """Every voice of every layer, once."""
    organization, accounts = _organization()
    users: dict[str, User] = {}
    roles: dict[str, Role] = {}
    policies: dict[str, Policy] = {}
    for account in ACCOUNTS.values():
        more = _callers(account)
        users.update(more[0])
        roles.update(more[1])
        policies.update(more[2])
    callers = sorted(roles)
    providers = {}
    for account in ACCOUNTS.values():
        arn = f"arn:aws:iam::{account}:{SAML}"
        providers[arn] = SamlProvider(arn=arn, account=account)
        for kind, trust in itertools.product((*KINDS, "SERVICE", "FEDERATED"), VOICES):
            if kind == "SERVICE":
                principal: Any = {"Service": "lambda.amazonaws.com"}
            elif kind == "FEDERATED":
                principal = {"Federated": arn}
            else:
                principal = _principal(kind, sorted(users), callers, sorted(accounts))
            found = statements("trust", trust, Principal=principal)
            if kind == "FEDERATED":
                found = [
                    {**s, "Action": s["Action"].replace("AssumeRole", "AssumeRoleWithSAML")}
                    for s in found
                ]
            name = target(account, kind, trust)
            roles[name] = Role(
                arn=name,
                name=name.rpartition("/")[2],
                account=account,
                trust=Policy(
                    arn=f"{name}#trust",
                    name="trust",
                    kind=PolicyKind.TRUST,
                    document=document(found),
                ),
            )
    return Snapshot(
        id="combinations",
        accounts=accounts,
        organization=organization,
        users=users,
        roles=roles,
        policies=policies,
        saml_providers=providers,
    )


def expected(must_allow: dict[str, str], may_deny: dict[str, str]) -> tuple[str, set[str]]:
    """A verdict and what is still required, of layers that must allow and layers that may deny."""
    if "deny" in must_allow.values() or "deny" in may_deny.values():
        return "deny", set()
    if "silent" in must_allow.values():
        return "deny", set()
    both = must_allow | {k: v for k, v in may_deny.items() if k == "rcp"}
    unknown = {f"acme:{layer}" for layer, voice in both.items() if voice == "unknown"}
    return ("conditional" if unknown else "allow"), unknown


def agrees(decision: Decision, verdict: str, unknown: set[str], open_boundary: str) -> None:
    """Compare a decision with the table; ``open_boundary`` is what I-1 leaves of a boundary."""
    assert decision.verdict.value == (
        "conditional" if open_boundary and verdict != "deny" else verdict
    )
    if decision.verdict.value != "conditional":
        return
    branches = {frozenset(atom.key for atom in branch) for branch in decision.requirements}
    wanted = {frozenset(unknown)}
    if open_boundary == "silent":
        wanted = {frozenset({*unknown, "I-1"})}
    elif open_boundary == "unknown":
        wanted = {frozenset({*unknown, "I-1"}), frozenset({*unknown, "acme:boundary"})}
    assert branches == wanted


def everything_of_callers(
    kinds: tuple[str, ...], word: str, sessions: tuple[str, ...]
) -> list[tuple[str, ...]]:
    return list(itertools.product(kinds, VOICES, VOICES, VOICES, sessions, VOICES, SAYS_NO))


CALLERS = {
    "user": everything_of_callers(("USER", "WILDCARD", "ACCOUNT"), "user", ("",)),
    "role": everything_of_callers(("ROLE", "SESSION", "WILDCARD", "ACCOUNT"), "role", VOICES),
}


@pytest.mark.slow
@pytest.mark.parametrize("word", CALLERS)
@pytest.mark.parametrize("same", [True, False], ids=["same account", "cross account"])
def test_users_and_roles_get_what_the_text_says(world: Snapshot, same: bool, word: str) -> None:
    for kind, trust, identity, boundary, session, scp, rcp in CALLERS[word]:
        here = ACCOUNTS[scp, rcp if same else "deny"]
        there = here if same else ACCOUNTS["deny", rcp]
        if here == there and not same:
            here = ACCOUNTS[scp, "allow"]
        principal = f"arn:aws:iam::{here}:{word}/{identity}-{boundary}"
        if kind == "SESSION":
            principal = session_of(principal)
        decision = authorize(
            world,
            Request(
                principal=principal,
                resource=target(there, kind, trust),
                session_policies=[document(statements("session", session))] if session else [],
            ),
        )
        voices = {"identity": identity, "boundary": boundary}
        if session:
            voices["session"] = session
        needed = SAME_ACCOUNT[kind] if same else CROSS_ACCOUNT
        must = {"trust": trust, "scp": scp} | {k: v for k, v in voices.items() if k in needed}
        # C-16: a Deny of any layer wins, also of one whose Allow nobody needs.
        verdict, unknown = expected(must, {"rcp": rcp} | voices)
        # C-22: whether a user's boundary limits a trust that names the user is open (I-1).
        ceiling = boundary if same and kind == "USER" and boundary != "allow" else ""
        agrees(decision, verdict, unknown, ceiling)


@pytest.mark.parametrize(
    ("kind", "proof"), [("SERVICE", set()), ("FEDERATED", {"saml:Role"})], ids=["service", "SAML"]
)
def test_services_and_subjects_meet_the_trust_policy_and_the_rcps_only(
    world: Snapshot, kind: str, proof: set[str]
) -> None:
    for trust, scp, rcp in itertools.product(VOICES, VOICES, SAYS_NO):
        account = ACCOUNTS[scp, rcp]
        principal = (
            "lambda.amazonaws.com" if kind == "SERVICE" else f"arn:aws:iam::{account}:{SAML}"
        )
        decision = authorize(
            world, Request(principal=principal, resource=target(account, kind, trust))
        )
        verdict, unknown = expected({"trust": trust}, {"rcp": rcp})
        if proof and verdict == "allow":
            verdict = "conditional"
        agrees(decision, verdict, unknown | proof, "")


def test_every_combination_was_asked() -> None:
    """Two or three kinds of match, four voices a layer, three of an RCP, same and cross account."""
    assert len(CALLERS["user"]) == 3 * 4**4 * 3
    assert len(CALLERS["role"]) == 4 * 4**5 * 3
