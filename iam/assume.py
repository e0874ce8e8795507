"""Every edge by which a principal may become a role, found by index and decided once each.

Candidates come from the role's side (who is named) and, where the trust names an account or
everyone, from an index of the principals whose own statements can match; nobody is tried who
cannot match (C-1).

Source:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

from iam import arn as arns
from iam import caller as callers
from iam import federation, findings
from iam.authorize import Outcome, Request, decide, make_scene, refused, verdict_of
from iam.caller import Caller
from iam.chain import Hop
from iam.conditions import operators
from iam.decision import Requirements, Verdict, statement_ref
from iam.formula import branches, to_requirements
from iam.layers import session
from iam.match import glob
from iam.match import resource as resources
from iam.mentions import session_or_name, session_start
from iam.model import IdentityCenterUser, Role, Snapshot, User
from iam.policy import Document, Statement
from iam.scene import Scene
from iam.world import Body, World, action_applies, world_of

_MOST_SUBJECTS = 50
_ENTERS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeEdge:
    """A principal that may become a role, outright or under requirements."""

    source: str
    source_kind: str
    role: str
    operation: str
    verdict: Verdict
    requirements: Requirements = ()
    statements: tuple[str, ...] = ()
    cross_account: bool = False
    findings: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def likelihood(self) -> str:
        """``unlikely`` when every way needs something that AWS documents not to happen (V-7)."""
        unlikely = bool(self.requirements) and all(
            any(a.likelihood == "unlikely" for a in b) for b in self.requirements
        )
        return "unlikely" if unlikely else "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEdge:
    """A principal that a trust policy names, whatever comes of it."""

    role: str
    principal: str
    principal_kind: str
    effect: str
    actions: tuple[str, ...]
    conditions: str
    condition_keys: tuple[str, ...]
    statement: str
    sid: str
    dangling: bool
    guards: tuple[str, ...] = ()


def hop_of(edge: AssumeEdge) -> Hop:
    """The edge as a step of a chain."""
    return Hop(
        source=edge.source,
        target=edge.role,
        operation=edge.operation,
        verdict=edge.verdict,
        requirements=edge.requirements,
        assumptions=edge.assumptions,
    )


# --- the index of who could call --------------------------------------------------------------


@dataclass(slots=True)
class _Callers:
    """Principals of one account by what their own statements let them ask for."""

    exact: dict[str, list[User | Role]] = field(default_factory=dict)
    patterns: dict[str, list[User | Role]] = field(default_factory=dict)
    anything: list[User | Role] = field(default_factory=list)

    def may_ask(self, role: str) -> Iterator[User | Role]:
        """Principals with a statement that can match this role, each once."""
        seen: set[str] = set()
        groups: list[Iterable[User | Role]] = [self.exact.get(role, ()), self.anything]
        groups.extend(
            held for pattern, held in self.patterns.items() if resources.matches(pattern, role)
        )
        for group in groups:
            for entity in group:
                if entity.arn not in seen:
                    seen.add(entity.arn)
                    yield entity

    def enter(self, world: World, entity: User | Role) -> None:
        """Add a principal by what it may ask for."""
        body = world.identity_for(entity, "sts:AssumeRole")
        if body.unparsed or body.unread:
            self.anything.append(entity)
            return
        exact: set[str] = set()
        patterns: set[str] = set()
        for bound in body.bound:
            statement = bound.statement
            if statement.effect != "Allow" or statement.resources is None:
                continue
            if statement.not_resource or any("${" in r for r in statement.resources):
                self.anything.append(entity)
                return
            for text in statement.resources:
                pattern = glob.pattern(text)
                if glob.is_literal(pattern) and pattern.count(":") >= 5:
                    exact.add(text)
                else:
                    patterns.add(pattern)
        for key in exact:
            self.exact.setdefault(key, []).append(entity)
        for key in patterns:
            self.patterns.setdefault(key, []).append(entity)


class Index:
    """Principals of a snapshot by account, made once per snapshot."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entities: dict[str, list[User | Role]] = {}
        everybody: list[User | Role] = [*world.snapshot.users.values()]
        everybody.extend(world.snapshot.roles.values())
        for entity in everybody:
            self.entities.setdefault(entity.account, []).append(entity)
        self._callers: dict[str, _Callers] = {}
        self._candidates: dict[str, _Candidate] = {}

    def candidate(self, entity: User | Role) -> "_Candidate":
        """A user or role as a caller, made once however many roles it is tried on."""
        found = self._candidates.get(entity.arn)
        if found is None:
            kind = "User" if isinstance(entity, User) else "Role"
            found = _Candidate(callers.of_entity(entity), kind, entity.arn)
            self._candidates[entity.arn] = found
        return found

    def callers(self, account: str) -> _Callers:
        """The callers of one account."""
        found = self._callers.get(account)
        if found is None:
            found = _Callers()
            for entity in self.entities.get(account, ()):
                found.enter(self.world, entity)
            self._callers[account] = found
        return found

    @cached_property
    def naming(self) -> Mapping[str, Sequence[Role]]:
        """Roles by whom their trust policies let in of AWS, as it is written; ``*`` is everyone."""
        found: dict[str, list[Role]] = {}
        for role in self.world.snapshot.roles.values():
            for value in _written(self.world, role):
                found.setdefault(value, []).append(role)
        return found


def index_of(world: World) -> Index:
    """The index, kept with the compiled snapshot."""
    found = world.memo.get("assume_index")
    if not isinstance(found, Index):
        found = Index(world)
        world.memo["assume_index"] = found
    return found


# --- candidates of one role ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    caller: Caller
    kind: str
    key: str


_ANYONE = Caller(principal="*", kind="USER", anyone=True)


def _candidates(world: World, index: Index, role: Role) -> Iterator[_Candidate]:
    """Everybody whom the role's trust policy could let in."""
    seen: set[str] = set()

    def fresh(candidate: _Candidate | None) -> Iterator[_Candidate]:
        if candidate is not None and candidate.key not in seen:
            seen.add(candidate.key)
            yield candidate

    document = world.document(role.trust) if role.trust is not None else None
    if document is None or document.unparsed:
        # Whoever may ask could be named there, and in its own account whoever may not (A-9, G-7).
        for anyone in _everyone(index, role):
            yield from fresh(anyone)
    if document is None:
        return
    if _may_enter_itself(role):
        yield from fresh(index.candidate(role))
    for statement in _letting_in(document):
        for kind, value in _named_by(statement):
            for candidate in _named(world, index, role, statement, kind, value):
                yield from fresh(candidate)


def _may_enter_itself(role: Role) -> bool:
    """C-35: a role of before 2023 may need nobody's leave."""
    return role.created is not None and role.created.year < 2023


def _letting_in(document: Document) -> Iterator[Statement]:
    """The statements that could let somebody in."""
    for statement in document.statements:
        if statement.effect != "Allow" or statement.principals is None:
            continue
        if any(action_applies(statement, action) for action in _ENTERS):
            yield statement


def _written(world: World, role: Role) -> set[str]:
    """Whom of AWS the trust policy of a role lets in, as it is written; ``*`` is everyone."""
    document = world.document(role.trust) if role.trust is not None else None
    found = {"*"} if document is None or document.unparsed else set()
    if document is not None:
        found.update(
            session_or_name(value)
            for statement in _letting_in(document)
            for kind, value in _named_by(statement)
            if kind == "AWS"
        )
    return found


def _named(
    world: World, index: Index, role: Role, statement: Statement, kind: str, value: str
) -> Iterator[_Candidate | None]:
    snapshot = world.snapshot
    if kind == "Service" and value != "*":
        yield _Candidate(callers.resolve(snapshot, value, "SERVICE"), "Service", value)
    elif kind == "Federated":
        yield from _federated(snapshot, statement, value)
    elif kind == "AWS" and value == "*":
        yield from _everyone(index, role)
    elif kind == "AWS":
        yield from _aws(world, index, role, value)


def _everyone(index: Index, role: Role) -> Iterator[_Candidate]:
    """Who could use a trust policy that names everyone, and everyone."""
    for entity in index.entities.get(role.account, ()):
        yield index.candidate(entity)
    for account in sorted(index.entities):
        if account != role.account:
            for entity in index.callers(account).may_ask(role.arn):
                yield index.candidate(entity)
    yield _Candidate(_ANYONE, "Everyone", "*")


def _aws(world: World, index: Index, role: Role, value: str) -> Iterator[_Candidate | None]:
    snapshot = world.snapshot
    partition = arns.partition_of(role.arn)
    if value in snapshot.by_unique_id:
        yield index.candidate(snapshot.by_unique_id[value])
        return
    account = value if arns.ACCOUNT_ID.fullmatch(value) else ""
    parsed = arns.parse(value)
    if parsed is not None and parsed.is_account_root:
        account = parsed.account
    if account:
        if snapshot.is_collected(account):
            for entity in index.callers(account).may_ask(role.arn):
                yield index.candidate(entity)
        else:
            key = arns.root_of(account, partition)
            yield _Candidate(callers.resolve(snapshot, key), "ExternalAccount", key)
        return
    if parsed is None:
        return
    if parsed.service == "sts" and parsed.type == "assumed-role":
        pieces = parsed.resource.split("/")
        held = callers.role_named(snapshot, parsed.account, pieces[1]) if len(pieces) > 1 else None
        if held is not None:
            yield index.candidate(held)
            return
        if snapshot.is_collected(parsed.account):
            return
        yield _Candidate(callers.resolve(snapshot, value), "ExternalPrincipal", value)
        return
    if parsed.service != "iam" or parsed.type not in ("user", "role"):
        return
    found = snapshot.users.get(value) or snapshot.roles.get(value)
    if found is not None:
        yield index.candidate(found)
    elif not snapshot.is_collected(parsed.account):
        yield _Candidate(callers.resolve(snapshot, value), "ExternalPrincipal", value)


def subjects(provider: str, statement: Statement) -> list[str]:
    """Keys of the federated subjects that a statement names: ``<provider>#<claim>=<pattern>``.

    The audience is no subject. A statement that names none of the provider's claims is open to
    every subject, and the provider itself stands for them.
    """
    issuer = provider.partition(":oidc-provider/")[2] or provider
    claims: dict[str, tuple[str, ...]] = {}
    for condition in statement.conditions:
        head, _, claim = condition.key.rpartition(":")
        op = operators.parse(condition.operator)
        if head.lower() != issuer.lower() or op is None or claim.lower() == "aud":
            continue
        if op.negated or op.if_exists or op.set_prefix or not op.base.startswith("String"):
            continue
        if condition.values:
            claims[claim.lower()] = condition.values
    if not claims:
        return [provider]
    names = sorted(claims)
    keys: list[str] = []
    for values in product(*(claims[n] for n in names)):
        pairs = "&".join(f"{n}={v}" for n, v in zip(names, values, strict=True))
        keys.append(f"{provider}#{pairs}")
        if len(keys) >= _MOST_SUBJECTS:
            return [*keys, provider]
    return keys


def _federated(snapshot: Snapshot, statement: Statement, value: str) -> Iterator[_Candidate | None]:
    if value == "*":
        return
    if ":saml-provider/" in value:
        yield _Candidate(callers.resolve(snapshot, value), "SamlProvider", value)
        return
    for key in subjects(value, statement):
        kind = "FederatedSubject" if "#" in key else "OidcProvider"
        caller = callers.resolve(snapshot, key)
        if caller.kind == "OIDC":
            yield _Candidate(caller, kind, key)


# --- deciding ---------------------------------------------------------------------------------


def assume_edges(
    snapshot: Snapshot, progress: Callable[[int], None] | None = None
) -> Iterator[AssumeEdge]:
    """Every decided edge of a snapshot, role by role in order of ARN.

    Args:
        snapshot: The facts.
        progress: Called with 1 for each role done.
    """
    world = world_of(snapshot)
    assignments = _assignments(snapshot)
    for arn in sorted(snapshot.roles):
        yield from _edges_into(world, snapshot.roles[arn], None, assignments)
        if progress is not None:
            progress(1)


def edges_into(
    snapshot: Snapshot,
    role: str,
    *,
    context: Mapping[str, tuple[str, ...]] | None = None,
    context_complete: bool = False,
    session_policies: Sequence[Any] = (),
) -> list[AssumeEdge]:
    """The decided edges into one role, under a given context."""
    request = Request(
        principal="",
        resource=role,
        context=context or {},
        context_complete=context_complete,
        session_policies=session_policies,
    )
    world = world_of(snapshot)
    return list(_edges_into(world, snapshot.roles[role], request, _assignments(snapshot)))


def _edges_into(
    world: World, role: Role, request: Request | None, assignments: "_Assigned"
) -> Iterator[AssumeEdge]:
    index = index_of(world)
    body = None
    if request is not None and request.session_policies:
        body = session.body_of(request.session_policies)
    found: list[AssumeEdge] = []
    for candidate in _candidates(world, index, role):
        edge = _decided(world, candidate, role, request, body)
        if edge is not None:
            found.append(edge)
    if role.is_reserved:
        found.extend(_sign_ons(world, role, assignments))
    yield from sorted(found, key=lambda e: (e.source, e.operation))


def edges_from(
    snapshot: Snapshot, principal: User | Role, roles: Iterable[str]
) -> list[AssumeEdge]:
    """The decided edges of one user or role into some roles whose trust may name it.

    Args:
        snapshot: The facts.
        principal: A user or role of the snapshot.
        roles: Those that ``trusting`` finds; more of them cost time and change nothing.
    """
    world = world_of(snapshot)
    kind = "User" if isinstance(principal, User) else "Role"
    candidate = _Candidate(callers.of_entity(principal), kind, principal.arn)
    tried = (snapshot.roles[arn] for arn in roles if arn in snapshot.roles)
    edges = (_decided(world, candidate, role, None, None) for role in tried)
    return [edge for edge in edges if edge is not None]


def trusting(snapshot: Snapshot, principal: User | Role, before: Snapshot) -> set[str]:
    """Roles that a principal may enter, as far as names and resources tell.

    Args:
        snapshot: The facts.
        principal: A user or role of the snapshot.
        before: Facts with the same trust policies, whose index is there already.
    """
    naming = index_of(world_of(before)).naming
    named = [principal.arn, principal.unique_id]
    own = [principal] if isinstance(principal, Role) and _may_enter_itself(principal) else []
    if isinstance(principal, Role):
        named.append(session_start(principal))
    found = {role.arn for name in named if name for role in naming.get(name, ())}
    found.update(role.arn for role in own)
    # Who is named with all of its account, or with everyone of another, must ask by itself.
    asked: list[Role] = []
    if snapshot.is_collected(principal.account):
        for name in (
            principal.account,
            arns.root_of(principal.account, arns.partition_of(principal.arn)),
        ):
            asked += naming.get(name, ())
    for role in naming.get("*", ()):
        if role.account == principal.account:
            found.add(role.arn)
        else:
            asked.append(role)
    asks = _Callers()
    asks.enter(world_of(snapshot), principal)
    found.update(role.arn for role in asked if next(asks.may_ask(role.arn), None))
    return found


def naming_accounts(snapshot: Snapshot, accounts: Collection[str]) -> set[str]:
    """Roles whose trust policies let in some accounts, or principals of them, by name."""
    return {
        role.arn
        for value, roles in index_of(world_of(snapshot)).naming.items()
        if value in accounts or arns.account_of(value) in accounts
        for role in roles
    }


def _decided(
    world: World,
    candidate: "_Candidate",
    role: Role,
    request: Request | None,
    body: Body | None,
) -> AssumeEdge | None:
    action = federation.OPERATION.get(candidate.caller.kind, "sts:AssumeRole")
    scene = make_scene(world, candidate.caller, action, role.arn, request)
    if refused(scene) is not None:
        return None
    ways, outcome, _ = decide(scene, body)
    verdict = verdict_of(ways)
    if verdict is Verdict.DENY:
        return None
    return _edge(scene, candidate, verdict, to_requirements(ways), outcome)


def _edge(
    scene: Scene,
    candidate: _Candidate,
    verdict: Verdict,
    requirements: Requirements,
    outcome: Outcome,
) -> AssumeEdge:
    named = {
        bound.ref
        for says in outcome.layers
        if says.layer in ("identity", "trust")
        for bound, _ in says.allows
    }
    account = candidate.caller.account
    return AssumeEdge(
        source=candidate.key,
        source_kind=candidate.kind,
        role=scene.resource,
        operation=scene.action.removeprefix("sts:"),
        verdict=verdict,
        requirements=requirements,
        statements=tuple(sorted(named)),
        cross_account=candidate.caller.anyone or (bool(account) and account != scene.account),
        findings=tuple(sorted(scene.findings)),
        assumptions=tuple(sorted(scene.assumptions)),
    )


_Assigned = dict[tuple[str, str], list[IdentityCenterUser]] | None


def _assignments(snapshot: Snapshot) -> _Assigned:
    """Identity Center users by account and permission set name; None when not read (V-12)."""
    if snapshot.assignments is None:
        return None
    by_group: dict[str, list[IdentityCenterUser]] = {}
    for user in snapshot.identity_center_users.values():
        for group in user.groups:
            by_group.setdefault(group, []).append(user)
    found: dict[tuple[str, str], list[IdentityCenterUser]] = {}
    for assignment in snapshot.assignments:
        held = snapshot.permission_sets.get(assignment.permission_set)
        if held is None:
            continue
        single = snapshot.identity_center_users.get(assignment.principal)
        users = [single] if single is not None else by_group.get(assignment.principal, [])
        found.setdefault((assignment.account, held.name), []).extend(users)
    return found


def _sign_ons(world: World, role: Role, assignments: _Assigned) -> Iterator[AssumeEdge]:
    if assignments is None:
        return
    name = federation.reserved_name(role.name)
    users = {u.key: u for u in assignments.get((role.account, name), [])}
    for key in sorted(users):
        scene = make_scene(world, callers.resolve(world.snapshot, key), "sso", role.arn)
        formula = federation.assigned(scene)
        ways = branches(formula)
        if ways:
            yield AssumeEdge(
                source=key,
                source_kind="IdentityCenterUser",
                role=role.arn,
                operation="sso",
                verdict=verdict_of(ways),
                requirements=to_requirements(ways),
                cross_account=False,
                assumptions=tuple(sorted(scene.assumptions)),
            )


# --- what the trust policies name ---------------------------------------------------------------


def trust_edges(snapshot: Snapshot) -> Iterator[TrustEdge]:
    """Every principal that a trust policy names, with the statement's words, role by role."""
    world = world_of(snapshot)
    for arn in sorted(snapshot.roles):
        role = snapshot.roles[arn]
        if role.trust is None:
            continue
        document = world.document(role.trust)
        for statement in document.statements:
            name = statement_ref(role.trust.arn, role.trust.version, statement.index)
            guards = findings.guards(statement)
            for kind, value in dict.fromkeys(_named_by(statement)):
                for key, label, dangling in _trusted(snapshot, role, statement, kind, value):
                    yield TrustEdge(
                        role=arn,
                        principal=key,
                        principal_kind=label,
                        effect=statement.effect,
                        actions=statement.actions,
                        conditions=_conditions_text(statement),
                        condition_keys=tuple(sorted({c.key for c in statement.conditions})),
                        statement=name,
                        sid=statement.sid,
                        dangling=dangling,
                        guards=guards,
                    )


def _named_by(statement: Statement) -> tuple[tuple[str, str], ...]:
    """Types and values of the principals; what NotPrincipal leaves is everyone (A-30)."""
    return (("AWS", "*"),) if statement.not_principal else statement.principals or ()


def _conditions_text(statement: Statement) -> str:
    if not statement.conditions:
        return ""
    blocks: dict[str, dict[str, list[str]]] = {}
    for condition in statement.conditions:
        blocks.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    return json.dumps(blocks, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _trusted(
    snapshot: Snapshot, role: Role, statement: Statement, kind: str, value: str
) -> list[tuple[str, str, bool]]:
    if kind == "Service":
        return [(value, "Service", False)]
    if kind == "Federated":
        if value == "*":
            return [("*", "Everyone", False)]
        if ":saml-provider/" in value:
            return [(value, "SamlProvider", False)]
        return [
            (key, "FederatedSubject" if "#" in key else "OidcProvider", False)
            for key in subjects(value, statement)
        ]
    if kind != "AWS":
        return []
    if value == "*":
        return [("*", "Everyone", False)]
    if arns.ACCOUNT_ID.fullmatch(value):
        value = arns.root_of(value, arns.partition_of(role.arn))
    held = snapshot.by_unique_id.get(value)
    if held is not None:
        return [(held.arn, "User" if isinstance(held, User) else "Role", False)]
    parsed = arns.parse(value)
    if parsed is None:
        return [(value, "ExternalPrincipal", value.startswith(("AIDA", "AROA")))]
    if parsed.is_account_root:
        inside = parsed.account in snapshot.accounts
        return [(value, "Account" if inside else "ExternalAccount", False)]
    if value in snapshot.users:
        return [(value, "User", False)]
    if value in snapshot.roles:
        return [(value, "Role", False)]
    if parsed.service == "sts" and parsed.type == "assumed-role":
        pieces = parsed.resource.split("/")
        target = (
            callers.role_named(snapshot, parsed.account, pieces[1]) if len(pieces) > 1 else None
        )
        if target is not None:
            return [(target.arn, "Role", False)]
    return [(value, "ExternalPrincipal", snapshot.is_collected(parsed.account))]
