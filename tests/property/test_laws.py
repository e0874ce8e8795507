"""What AWS promises of every decision holds of ours, whatever the policies say.

The organizations are those of the differential test; a law compares two decisions of ``iam`` with
each other, so none of them needs to know which answer is the right one.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import copy
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from iam.authorize import Request, authorize
from iam.decision import Atom, Decision, parse_requirements, requirements_json
from iam.match import glob
from iam.model import Policy, PolicyKind, Role, Snapshot, User
from iam.policy import document_text, parse
from tests.differential.entries import PODS
from tests.differential.formulas import (
    Branch,
    Theory,
    Value,
    by_topic,
    holds,
    holds_many,
    true_in,
    worlds,
)
from tests.differential.literal import evaluate
from tests.differential.organizations import Case, Names, cases, statement
from tests.unit.iam.build import A, allow, role, snapshot, trust, user

laws = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
RANK = {"deny": 0, "conditional": 1, "allow": 2}


def decide(case: Case) -> Decision:
    return authorize(case.snapshot, case.request)


def ways(decision: Decision) -> set[frozenset[Atom]]:
    """The ways in, without the statements that asked for them."""
    return {frozenset(replace(a, statement="") for a in b) for b in decision.requirements}


def documents(case: Case, change: Callable[[Policy], Policy]) -> Case:
    """The same case with every document changed."""
    s = case.snapshot

    def holder(entity: Any) -> Any:
        more = {"inline": tuple(change(p) for p in entity.inline)}
        if isinstance(entity, Role) and entity.trust is not None:
            more["trust"] = change(entity.trust)  # type: ignore[assignment]
        return replace(entity, **more)

    organization = s.organization
    if organization is not None:
        organization = replace(
            organization, policies={k: change(p) for k, p in organization.policies.items()}
        )
    changed = replace(
        s,
        organization=organization,
        users={k: holder(e) for k, e in s.users.items()},
        groups={k: holder(e) for k, e in s.groups.items()},
        roles={k: holder(e) for k, e in s.roles.items()},
        policies={k: change(p) for k, p in s.policies.items()},
        resource_policies={
            k: replace(held, policy=change(held.policy)) if held.policy else held
            for k, held in s.resource_policies.items()
        },
    )
    session = [
        change(Policy(arn="s", name="s", kind=PolicyKind.SESSION, document=d)).document
        for d in case.request.session_policies
    ]
    return Case(changed, replace(case.request, session_policies=session))


def statements_of(policy: Policy) -> list[Any] | None:
    """The statements of a document that has some."""
    if not isinstance(policy.document, dict) or "Statement" not in policy.document:
        return None
    found = policy.document["Statement"]
    return list(found) if isinstance(found, list) else [found]


def with_statements(policy: Policy, found: list[Any]) -> Policy:
    return replace(policy, document={**policy.document, "Statement": found})


# --- one document, many ways to write it ----------------------------------------------------------


@laws
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_statements_is_irrelevant(case: Case, random: Any) -> None:
    def shuffled(policy: Policy) -> Policy:
        found = statements_of(policy)
        if found is None:
            return policy
        random.shuffle(found)
        return with_statements(policy, found)

    before, after = decide(case), decide(documents(case, shuffled))
    assert (before.verdict, ways(before)) == (after.verdict, ways(after))


@laws
@given(cases())
def test_the_case_of_actions_is_irrelevant(case: Case) -> None:
    def swapped(policy: Policy) -> Policy:
        found = statements_of(policy)
        if found is None:
            return policy
        made = []
        for one in found:
            new = dict(one)
            for word in ("Action", "NotAction"):
                if word in new:
                    held = new[word]
                    new[word] = (
                        [a.swapcase() for a in held] if isinstance(held, list) else held.swapcase()
                    )
            made.append(new)
        return with_statements(policy, made)

    before, after = decide(case), decide(documents(case, swapped))
    assert (before.verdict, ways(before)) == (after.verdict, ways(after))


@laws
@given(cases())
def test_a_document_says_the_same_as_json_text(case: Case) -> None:
    def printed(policy: Policy) -> Policy:
        if policy.document is None:
            return policy
        return replace(policy, document=document_text(policy.document))

    assert decide(case).to_json() == decide(documents(case, printed)).to_json()


@laws
@given(cases())
def test_printing_and_parsing_change_nothing(case: Case) -> None:
    def same(policy: Policy) -> Policy:
        once = parse(policy)
        text = document_text(policy.document)
        if text:
            again = parse(replace(policy, document=text))
            assert (again.statements, again.unparsed) == (once.statements, once.unparsed)
            assert document_text(json.loads(text)) == text if text.startswith("{") else True
        return policy

    documents(case, same)
    requirements = decide(case).requirements
    assert parse_requirements(requirements_json(requirements)) == requirements


@laws
@given(cases())
def test_the_same_snapshot_gives_the_same_bytes(case: Case) -> None:
    def turned(found: Any) -> Any:
        return dict(reversed(found.items()))

    first = json.dumps(decide(case).to_json())
    assert json.dumps(decide(case).to_json()) == first
    fresh = replace(
        copy.deepcopy(case.snapshot),
        users=turned(case.snapshot.users),
        roles=turned(case.snapshot.roles),
        policies=turned(case.snapshot.policies),
        accounts=turned(case.snapshot.accounts),
    )
    assert json.dumps(authorize(fresh, case.request).to_json()) == first


# --- adding a statement ---------------------------------------------------------------------------

LAYERS = ("trust", "identity", "boundary", "scp", "session", "rcp", "resource")


@st.composite
def additions(draw: st.DrawFn, effect: str) -> tuple[Case, str, dict[str, Any]]:
    """A case, a layer and a statement of one effect to add there."""
    case = draw(cases())
    principal = case.request.principal
    kind = case.request.caller or ("SERVICE" if "." in principal.split("/")[0] else "USER")
    operation = case.request.action
    if ":saml-provider/" in principal:
        kind, operation = "SAML", "sts:AssumeRoleWithSAML"
    elif ":oidc-provider/" in principal:
        kind, operation = "OIDC", "sts:AssumeRoleWithWebIdentity"
    account = principal.split(":")[4] if principal.startswith("arn:") else A
    names = Names(kind, principal, account, case.request.resource, operation, "AIDAU1")
    layer = draw(st.sampled_from(LAYERS))
    made = statement(draw, names, layer, 5)
    assume("Effect" in made and ("Action" in made or "NotAction" in made))
    made["Effect"] = effect
    return case, layer, made


def added(case: Case, layer: str, made: dict[str, Any]) -> Case | None:
    """The case with a statement more in every document of a layer; None when it has none."""
    touched = False

    def change(policy: Policy) -> Policy:
        nonlocal touched
        found = statements_of(policy)
        if found is None or not belongs(policy):
            return policy
        touched = True
        return with_statements(policy, [*found, made])

    def belongs(policy: Policy) -> bool:
        if layer == "trust":
            return policy.arn == f"{case.request.resource}#trust"
        if layer == "boundary":
            return policy.arn.endswith(":policy/pb")
        if layer == "identity":
            return policy.kind is PolicyKind.INLINE
        return policy.kind.value == layer

    result = documents(case, change)
    return result if touched else None


def is_within(less: Decision, more: Decision, case: Case) -> bool:
    """Whether every call that one decision lets through is let through by the other."""
    if less.verdict.value != "conditional" or more.verdict.value != "conditional":
        return RANK[less.verdict.value] <= RANK[more.verdict.value]
    try:
        theory = evaluate(case.snapshot, case.request).theory
    except NotImplementedError:
        return True
    a, b = list(ways(less)), list(ways(more))
    return all(true_in(b, w) for w in worlds([*a, *b], theory, 1000) if true_in(a, w))


@laws
@given(additions("Deny"))
def test_a_deny_never_adds_access(found: tuple[Case, str, dict[str, Any]]) -> None:
    case, layer, made = found
    after = added(case, layer, made)
    assume(after is not None)
    assert after is not None
    assert is_within(decide(after), decide(case), case)


@laws
@given(additions("Allow"))
def test_an_allow_never_removes_access(found: tuple[Case, str, dict[str, Any]]) -> None:
    case, layer, made = found
    after = added(case, layer, made)
    assume(after is not None)
    assert after is not None
    assert is_within(decide(case), decide(after), case)


@laws
@given(cases(), additions("Allow"), st.sampled_from(["boundary", "session", "rcp"]))
def test_a_ceiling_never_adds_access(
    case: Case, other: tuple[Case, str, dict[str, Any]], layer: str
) -> None:
    """A boundary, a session policy or an RCP where there was none takes away or does nothing."""
    content = {"Version": "2012-10-17", "Statement": [other[2]]}
    s = case.snapshot
    request, after = case.request, s
    if layer == "session":
        assume(not request.session_policies and ":role/" in request.principal)
        request = replace(request, session_policies=[content])
    elif layer == "boundary":
        arn = "arn:aws:iam::111111111111:policy/ceiling"
        policy = Policy(arn=arn, name="c", kind=PolicyKind.MANAGED, document=content)

        def under(entity: User | Role) -> Any:
            return entity if entity.boundary else replace(entity, boundary=arn)

        after = replace(
            s,
            users={k: under(u) for k, u in s.users.items()},
            roles={k: under(r) for k, r in s.roles.items()},
            policies={**s.policies, arn: policy},
        )
    else:
        organization = s.organization
        assume(organization is not None)
        assert organization is not None
        arn = "arn:aws:organizations::999999999999:policy/o-1/rcp/more"
        policy = Policy(arn=arn, name="c", kind=PolicyKind.RCP, document=content)
        more = replace(
            organization,
            policies={**organization.policies, arn: policy},
            targets={k: (*v, arn) for k, v in organization.targets.items()},
        )
        after = replace(s, organization=more)
    assert is_within(authorize(after, request), decide(case), case)


# --- more known context ---------------------------------------------------------------------------

ALWAYS = {
    "sts:rolesessionname": "session-1",
    "aws:requestedregion": "us-east-1",
    "aws:currenttime": "2026-01-01T00:00:00Z",
    "aws:tokenissuetime": "2026-01-01T00:00:00Z",
}
STRANGE = ("AMBIGUOUS", "DATA_MISSING")
UNSETTLED = (
    "session:name",
    "saml:Role",
    ":iss",
    "eks:PodIdentityAssociation",
    "rolesanywhere:Certificate",
)
"""How the keys of requirements end that no condition key can meet."""


def contexts_of(case: Case, decision: Decision) -> list[tuple[dict[str, Value], Request]]:
    """Complete contexts that speak of every key in the requirements, as worlds and as requests."""
    theory = evaluate(case.snapshot, case.request).theory
    found = list(ways(decision))
    made = []
    for world in [*meeting(found, theory), *worlds(found, theory, 40)]:
        if any(v is not None and len(v) > 1 and not holds_many(k) for k, v in world.items()):
            continue
        context = {
            **case.request.context,
            **{k: v for k, v in world.items() if v is not None and not k.startswith("?")},
        }
        for key, value in ALWAYS.items():
            if key in theory.always:
                context.setdefault(key, (value,))
        made.append((world, replace(case.request, context=context, context_complete=True)))
    return made


def meeting(found: list[Branch], theory: Theory) -> list[dict[str, Value]]:
    """For each way in a world that meets it, and does nothing else that can be left undone."""
    topics = by_topic({atom for branch in found for atom in branch})
    made = []
    for branch in found:
        asked = by_topic(branch)
        world: dict[str, Value] = {}
        for name, atoms in sorted(topics.items()):
            values = theory.candidates(sorted(atoms))
            fits = [v for v in values if all(holds(a, v) for a in asked.get(name, []))]
            world[name] = theory.defaults.get(name, fits[0]) if name not in asked else fits[0]
        made.append(world)
    return made


def plainly_open(branch: Branch, world: dict[str, Value], defaults: Any) -> bool:
    """Whether a way is open in a world that does nothing beyond what the way asks for."""
    asked = {a.key.lower() for a in branch}
    idle = all(world[k] == defaults[k] for k in world if k in defaults and k not in asked)
    return idle and true_in([branch], world)


@pytest.mark.slow
@settings(laws, max_examples=300)
@given(cases())
def test_a_complete_context_settles_what_was_conditional(case: Case) -> None:
    """Allow or deny under every complete context, allow under one at least, as required."""
    decision = decide(case)
    atoms = [a for branch in decision.requirements for a in branch]
    if (
        decision.verdict.value != "conditional"
        or any(a.kind in STRANGE or a.key.endswith(UNSETTLED) for a in atoms)
        or any(a.operator in ("Configured", "StringEqual") for a in atoms)
        # What its association says of a pod is no part of a context.
        or case.request.principal == PODS
    ):
        return
    try:
        asked = contexts_of(case, decision)
    except NotImplementedError:
        return
    theory = evaluate(case.snapshot, case.request).theory
    found = list(ways(decision))
    verdicts = set()
    for world, request in asked:
        verdict = authorize(case.snapshot, request).verdict.value
        assert verdict in ("allow", "deny")
        if not true_in(found, world):
            assert verdict == "deny", request.context
        elif any(plainly_open(b, world, theory.defaults) for b in found):
            assert verdict == "allow", request.context
        verdicts.add(verdict)
    assert "allow" in verdicts


# --- hostile documents ----------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=()), max_size=8)
words = st.sampled_from(
    [
        "Allow",
        "Deny",
        "*",
        "sts:AssumeRole",
        "arn:aws:iam::111111111111:root",
        "${aws:username}",
        "${",
        "\ud800",
        "aws:PrincipalTag/\udfff",
        "StringEquals",
        "ForAllValues:StringLike",
        "Null",
        "Bool",
        "IpAddress",
        "DateLessThan",
        "NumericEquals",
        "BinaryEquals",
        "ArnLike",
        "AWS",
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | words, inner, max_size=3),
    max_leaves=8,
)
hostile_statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]) | values, "Action": st.just("sts:*") | values},
    optional={
        "Principal": values | st.fixed_dictionaries({"AWS": values}),
        "NotPrincipal": values,
        "Resource": st.just("*") | values,
        "NotAction": values,
        "NotResource": values,
        "Condition": values | st.dictionaries(words, st.dictionaries(words, values), max_size=2),
        "Sid": values,
    },
)
hostile_documents = (
    values
    | st.fixed_dictionaries({"Version": st.just("2012-10-17") | values, "Statement": values})
    | st.fixed_dictionaries({"Version": values, "Statement": st.lists(hostile_statements)})
    | st.builds(
        lambda s: {"Version": "2012-10-17", "Statement": s},
        st.lists(hostile_statements, min_size=1),
    )
)


def hostile_world(content: Any, raw: str = "") -> tuple[Snapshot, list[Request]]:
    """An account whose every document is the same hostile one."""

    def policy(arn: str, kind: PolicyKind) -> Policy:
        return Policy(arn=arn, name="h", kind=kind, document=content, raw=raw)

    target = role("target", [])
    target = replace(target, trust=policy(f"{target.arn}#trust", PolicyKind.TRUST))
    bound = policy("arn:aws:iam::111111111111:policy/b", PolicyKind.MANAGED)

    def holder(entity: Any) -> Any:
        return replace(entity, inline=(policy(f"{entity.arn}#inline/own", PolicyKind.INLINE),))

    callers: list[User | Role] = [
        holder(user("u", boundary=bound.arn)),
        holder(role("r", [], boundary=bound.arn)),
    ]
    made = snapshot(target, *callers, policies=(bound,))
    principals = [*(c.arn for c in callers), "lambda.amazonaws.com"]
    return made, [
        Request(principal=p, resource=target.arn, session_policies=[content]) for p in principals
    ]


@settings(laws, max_examples=100)
@given(hostile_documents)
@example({"Statement": {"Effect": ["Allow"], "Action": "*"}})
@example({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": {"a": None}}]})
@example(None)
def test_no_document_makes_a_decision_raise(content: Any) -> None:
    made, requests = hostile_world(content)
    for request in requests:
        decision = authorize(made, request)
        assert decision.verdict.value in RANK
        assert parse_requirements(requirements_json(decision.requirements)) == decision.requirements


@settings(laws, max_examples=100)
@given(hostile_documents, st.integers(0, 400))
def test_no_truncated_text_makes_a_decision_raise(content: Any, length: int) -> None:
    text = json.dumps(content, default=str)[:length]
    for raw in ("", text):
        made, requests = hostile_world(text, raw)
        for request in requests:
            assert authorize(made, request).verdict.value in RANK


def nested(depth: int) -> Any:
    found: Any = "x"
    for _ in range(depth):
        found = [found]
    return found


HUGE = {
    "deep list in Action": {"Statement": [{"Effect": "Allow", "Action": nested(5000)}]},
    "deep list as Statement": {"Statement": nested(5000)},
    "deep text": '{"Statement":' + "[" * 100_000,
    "deep text that ends": '{"Statement":' + "[" * 20_000 + "]" * 20_000 + "}",
    "many statements": {"Statement": [allow() for _ in range(20_000)]},
    "many actions": {"Statement": allow([f"sts:A{i}" for i in range(100_000)])},
    "many principals": {
        "Statement": trust({"AWS": [f"arn:aws:iam::{A}:user/{i}" for i in range(100_000)]})
    },
    "many values": {
        "Statement": allow(
            Condition={"StringLike": {"sts:ExternalId": [f"v{i}*" for i in range(20_000)]}}
        )
    },
    "ten megabytes": '{"Statement": "' + "x" * 10_000_000 + '"}',
    "nulls everywhere": {
        "Version": None,
        "Statement": [dict.fromkeys(("Effect", "Action", "Resource", "Principal", "Condition"))],
    },
    "a lone surrogate": {"Statement": allow("sts:\ud800", "arn:\udfff:*")},
}


@pytest.mark.parametrize("name", HUGE)
def test_no_huge_document_makes_a_decision_raise(name: str) -> None:
    made, requests = hostile_world(HUGE[name])
    for request in requests:
        assert authorize(made, request).verdict.value in RANK


def test_of_two_equal_keys_both_are_read() -> None:
    """A-8: a hidden second Action may grant, and a hidden second Effect may deny."""
    for hidden, verdict in (
        ('"Effect": "Allow", "Action": "s3:*", "Action": "sts:AssumeRole"', "allow"),
        ('"Effect": "Allow", "Effect": "Deny", "Action": "sts:AssumeRole"', "deny"),
    ):
        raw = '{"Version": "2012-10-17", "Statement": [{' + hidden + ', "Principal": "*"}]}'
        target = role("target", [])
        held = Policy(
            arn=f"{target.arn}#trust", name="t", kind=PolicyKind.TRUST, document=None, raw=raw
        )
        caller = user("u")
        made = snapshot(replace(target, trust=held), caller)
        decision = authorize(made, Request(principal=caller.arn, resource=target.arn))
        assert decision.verdict.value == verdict


# --- patterns -------------------------------------------------------------------------------------


def steps(pattern: str, text: str) -> int:
    """Lines of Python that a match takes."""
    count = 0

    def tracer(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        glob.matches(glob.pattern(pattern), text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "piece", ["a*", "*a", "a?*", "*a*?", "ab*", "?*"], ids=lambda piece: f"of {piece}"
)
def test_patterns_of_many_stars_match_in_about_linear_time(piece: str) -> None:
    """Twice the text takes at most about twice the steps, and twice both at most four times."""
    small = steps(piece * 20 + "b", "a" * 400)
    assert steps(piece * 20 + "b", "a" * 800) <= 2.2 * small + 100
    assert steps(piece * 40 + "b", "a" * 800) <= 4.4 * small + 100
    assert small < 20 * 400 * 10


@settings(laws, max_examples=100)
@given(st.text("ab*?", max_size=10), st.text("ab*", max_size=10))
def test_patterns_match_what_the_plain_definition_says(pattern: str, text: str) -> None:
    def plain(p: str, t: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return any(plain(p[1:], t[i:]) for i in range(len(t) + 1))
        return bool(t) and p[0] in ("?", t[0]) and plain(p[1:], t[1:])

    assert glob.matches(glob.pattern(pattern), text) == plain(pattern, text)
