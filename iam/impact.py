"""What breaks when an entity goes although AWS would delete it, and what says that it is used.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from iam import arn as arns
from iam.assume import AssumeEdge, hop_of
from iam.chain import Chain, Hop, combine, find_chains
from iam.decision import Verdict, statement_ref
from iam.match import glob
from iam.model import (
    Group,
    InstanceProfile,
    OidcProvider,
    Policy,
    Role,
    SamlProvider,
    Snapshot,
    User,
)
from iam.policy import Statement
from iam.removal import Entity, permission_sets
from iam.world import world_of

RECENT = timedelta(days=90)
HIGH, MEDIUM, LOW = "high", "medium", "low"
MAX_HOPS = 6
_MOST_PAIRS = 10_000

_CHANGES = {
    "s3": "s3:PutBucketPolicy",
    "kms": "kms:PutKeyPolicy",
    "sns": "sns:SetTopicAttributes",
    "sqs": "sqs:SetQueueAttributes",
    "secretsmanager": "secretsmanager:PutResourcePolicy",
    "lambda": "lambda:RemovePermission",
    "ecr": "ecr:SetRepositoryPolicy",
}
_CONFIGURES = {
    "AWS::Lambda::Function": "lambda:UpdateFunctionConfiguration",
    "AWS::EC2::Instance": "ec2:ReplaceIamInstanceProfileAssociation",
    "AWS::ECS::TaskDefinition": "ecs:RegisterTaskDefinition",
    "AWS::CodeBuild::Project": "codebuild:UpdateProject",
    "AWS::StepFunctions::StateMachine": "states:UpdateStateMachine",
    "AWS::Scheduler::Schedule": "scheduler:UpdateSchedule",
    "AWS::Glue::Job": "glue:UpdateJob",
    "AWS::RDS::DBInstance": "rds:ModifyDBInstance",
}
_OWNER_TAGS = {
    "aws:cloudformation:stack-name": ("CloudFormation stack", MEDIUM),
    "aws:servicecatalog:productarn": ("Service Catalog product", MEDIUM),
    "aws-cdk:stack": ("CDK stack", MEDIUM),
    "lambda:createdby": ("Lambda tooling", MEDIUM),
    "terraform": ("Terraform", MEDIUM),
    "owner": ("owner", LOW),
    "team": ("team", LOW),
}
_OWNER_NAMES = {
    "AWSControlTowerExecution": ("AWS Control Tower manages the account through it", HIGH),
    "OrganizationAccountAccessRole": ("the management account's way in", HIGH),
    "aws-controltower-*": ("AWS Control Tower made it", MEDIUM),
    "stacksets-exec-*": ("CloudFormation StackSets made it", MEDIUM),
    "cdk-*": ("the CDK bootstrap stack made it", MEDIUM),
}


@dataclass(frozen=True, slots=True)
class Soft:
    """Something that a deletion breaks or that speaks against it; AWS does not ask about it."""

    kind: str
    id: str
    call: str
    confidence: str
    evidence: str

    def to_json(self) -> dict[str, str]:
        """The item in the shape of the ``blockers`` answer."""
        return {
            "kind": self.kind,
            "id": self.id,
            "call": self.call,
            "confidence": self.confidence,
            "evidence": self.evidence,
        }


def soft_blockers(snapshot: Snapshot, entity: Entity, edges: Sequence[AssumeEdge]) -> list[Soft]:
    """Every soft blocker of an entity, surest first."""
    found: list[Soft] = []
    if isinstance(entity, Role):
        found += _workloads(snapshot, entity.arn, frozenset(entity.instance_profiles))
        found += _named(snapshot, entity)
        found += _use(snapshot, entity)
        found += _owner(entity)
        found += _last_way_in(snapshot, entity, edges)
        found += _exemptions(snapshot, entity)
        found += _strangers(snapshot, entity)
        if entity.is_reserved:
            found += _assignments(snapshot, entity)
    elif isinstance(entity, User):
        found += _named(snapshot, entity)  # F-21
        found += _owner(entity)
        found += _exemptions(snapshot, entity)
    elif isinstance(entity, Group):
        found += _members_lose(snapshot, entity)
    elif isinstance(entity, Policy):
        found += _holders_change(snapshot, entity)
    elif isinstance(entity, InstanceProfile):
        found += _workloads(snapshot, "", frozenset({entity.arn}))  # F-12
    else:
        found += _trusting(snapshot, entity)
    order = {HIGH: 0, MEDIUM: 1, LOW: 2}
    return sorted(dict.fromkeys(found), key=lambda s: (order[s.confidence], s.kind, s.id))


# --- who uses it --------------------------------------------------------------------------------


def _workloads(snapshot: Snapshot, role: str, profiles: Collection[str]) -> Iterator[Soft]:
    """F-16: resources that are configured with it; deletion succeeds and they fail later."""
    for w in snapshot.workloads:
        if (role and w.role == role) or w.instance_profile in profiles:
            through = f" through instance profile {_short(w.instance_profile)}"
            yield Soft(
                "workload",
                w.arn,
                _CONFIGURES.get(w.type, ""),
                HIGH,
                f"{w.type} in {w.region} runs with it{through if w.instance_profile else ''}",
            )


def _named(snapshot: Snapshot, entity: Role | User) -> Iterator[Soft]:
    """F-17: named as a principal elsewhere; the name stays behind as a dead unique id (A-25)."""
    session = (
        f"arn:{arns.partition_of(entity.arn)}:sts::{entity.account}:assumed-role/{entity.name}/"
    )
    for holder, policy in _resource_side(snapshot):
        if holder == entity.arn:
            continue
        for statement in world_of(snapshot).document(policy).statements:
            for kind, value in statement.principals or ():
                is_session = isinstance(entity, Role) and value.startswith(session)
                is_it = value in (entity.arn, entity.unique_id) and bool(value)
                if kind != "AWS" or not (is_session or is_it):
                    continue
                trusts = holder in snapshot.roles
                yield Soft(
                    "named_in_trust" if trusts else "named_in_resource_policy",
                    holder,
                    "iam:UpdateAssumeRolePolicy"
                    if trusts
                    else _CHANGES.get(holder.split(":")[2] if ":" in holder else "", ""),
                    HIGH if statement.effect == "Allow" else MEDIUM,
                    f"{_ref(policy, statement)} ({statement.effect}) names "
                    f"{'its session ' + value if is_session else 'it'}",
                )


def _resource_side(snapshot: Snapshot) -> Iterator[tuple[str, Policy]]:
    for role in snapshot.roles.values():
        if role.trust is not None:
            yield role.arn, role.trust
    for held in snapshot.resource_policies.values():
        if held.policy is not None:
            yield held.resource, held.policy


def _use(snapshot: Snapshot, role: Role) -> Iterator[Soft]:
    """F-18: AWS keeps the last use for 400 days; within 90 days of the snapshot it is recent."""
    if role.last_used is None:
        return
    day = role.last_used.date().isoformat()
    where = f" in {role.last_used_region}" if role.last_used_region else ""
    if snapshot.taken_at is None:
        yield Soft("recent_use", day, "", LOW, f"last used{where}; the snapshot has no clock")
    elif snapshot.taken_at - role.last_used <= RECENT:
        days = max((snapshot.taken_at - role.last_used).days, 0)
        ago = f"{days} day{'s' * (days != 1)}" if days else "less than a day"
        yield Soft("recent_use", day, "", HIGH, f"last used{where}, {ago} before the snapshot")


def _owner(entity: Role | User) -> Iterator[Soft]:
    """F-19: whoever made it makes it again, or fails without it."""
    for key, value in entity.tags:
        words = _OWNER_TAGS.get(key.lower())
        if words is None and key.lower() in ("managedby", "managed-by", "managed_by"):
            words = ("managed by", MEDIUM)
        if words is not None:
            label, confidence = words
            yield Soft("owner", f"{key}={value}", "", confidence, f"{label} {value}".strip())
    for pattern, (why, confidence) in _OWNER_NAMES.items():
        if isinstance(entity, Role) and glob.matches(glob.pattern(pattern), entity.name):
            yield Soft("owner", entity.name, "", confidence, why)


def _last_way_in(snapshot: Snapshot, role: Role, edges: Sequence[AssumeEdge]) -> Iterator[Soft]:
    """F-20: no other role of the account can be entered from outside, and it has no users."""
    entries = {
        edge.role
        for edge in edges
        if arns.account_of(edge.role) == role.account
        and edge.source_kind != "Service"
        and (edge.operation != "AssumeRole" or arns.account_of(edge.source) != role.account)
    }
    if entries == {role.arn} and not any(
        u.account == role.account for u in snapshot.users.values()
    ):
        yield Soft(
            "last_way_in",
            role.account,
            "",
            HIGH,
            f"LAST_WAY_IN: no other role of account {role.account} can be entered from outside",
        )


def _exemptions(snapshot: Snapshot, entity: Role | User) -> Iterator[Soft]:
    """F-17: a condition on ``aws:PrincipalArn`` outlives it: who makes the name again is exempt."""
    for policy in _every_document(snapshot):
        for statement in world_of(snapshot).document(policy).statements:
            for condition in statement.conditions:
                if condition.key.lower() != "aws:principalarn":
                    continue
                for value in condition.values:
                    exact = value.rpartition("/")[2] == entity.name
                    if exact and glob.matches(glob.pattern(value), entity.arn):
                        yield Soft(
                            "reusable_exemption",
                            _ref(policy, statement),
                            "",
                            MEDIUM,
                            f"REUSABLE_EXEMPTION: {condition.operator} aws:PrincipalArn {value}",
                        )


def _every_document(snapshot: Snapshot) -> Iterator[Policy]:
    for role in snapshot.roles.values():
        if role.trust is not None:
            yield role.trust
        yield from role.inline
    others: list[User | Group] = [*snapshot.users.values(), *snapshot.groups.values()]
    for holder in others:
        yield from holder.inline
    yield from snapshot.policies.values()
    if snapshot.organization is not None:
        yield from snapshot.organization.policies.values()
    for held in snapshot.resource_policies.values():
        if held.policy is not None:
            yield held.policy


def _strangers(snapshot: Snapshot, role: Role) -> Iterator[Soft]:
    """F-17: an account that nobody here runs has this ARN written down on its side."""
    if role.trust is None:
        return
    for statement in world_of(snapshot).document(role.trust).statements:
        if statement.effect != "Allow":
            continue
        for kind, value in statement.principals or ():
            account = arns.account_of(value)
            if kind == "AWS" and account and account not in snapshot.accounts:
                yield Soft(
                    "third_party",
                    account,
                    "",
                    MEDIUM,
                    f"{_ref(role.trust, statement)} lets account {account} in, which keeps the ARN",
                )


def _assignments(snapshot: Snapshot, role: Role) -> Iterator[Soft]:
    """F-22: the role lives as long as its permission set is assigned in the account."""
    sets = set(permission_sets(snapshot, role))
    for one in snapshot.assignments or ():
        if one.account == role.account and one.permission_set in sets:
            user = snapshot.identity_center_users.get(one.principal)
            group = snapshot.identity_center_groups.get(one.principal)
            named = user.name if user else group.name if group else one.principal
            yield Soft(
                "assignment",
                one.principal,
                "sso:DeleteAccountAssignment",
                HIGH,
                f"{one.principal_type.lower()} {named} is assigned {_short(one.permission_set)}",
            )


def _members_lose(snapshot: Snapshot, group: Group) -> Iterator[Soft]:
    """F-21: members lose what the group allows."""
    if group.attached or group.inline:
        for arn in snapshot.members.get(group.arn, ()):
            yield Soft("member_loses", arn, "", MEDIUM, "loses what the group's policies allow")


def _holders_change(snapshot: Snapshot, policy: Policy) -> Iterator[Soft]:
    """F-21: without a boundary a holder may do more, without a permission less."""
    everybody: list[Role | User | Group] = [
        *snapshot.roles.values(),
        *snapshot.users.values(),
        *snapshot.groups.values(),
    ]
    for holder in everybody:
        if policy.arn in holder.attached:
            yield Soft("holder_loses", holder.arn, "", MEDIUM, "loses what this policy allows")
        if not isinstance(holder, Group) and holder.boundary == policy.arn:
            yield Soft("boundary_ends", holder.arn, "", HIGH, "its access widens without it")


def _trusting(snapshot: Snapshot, provider: SamlProvider | OidcProvider) -> Iterator[Soft]:
    """F-13: every role that trusts the provider; the name stays and can be revived (C-44)."""
    for role in snapshot.roles.values():
        if role.trust is None:
            continue
        for statement in world_of(snapshot).document(role.trust).statements:
            if ("Federated", provider.arn) in (statement.principals or ()):
                yield Soft(
                    "named_in_trust",
                    role.arn,
                    "iam:UpdateAssumeRolePolicy",
                    HIGH,
                    f"{_ref(role.trust, statement)} names it; a new provider of that name "
                    "would be trusted again",
                )


def _ref(policy: Policy, statement: Statement) -> str:
    return statement_ref(policy.arn, policy.version, statement.index)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]


# --- chains that end, and chains that find another way ------------------------------------------


def pairs(
    edges: Iterable[AssumeEdge], role: str, max_hops: int = MAX_HOPS
) -> tuple[list[dict[str, str]], list[dict[str, Any]], bool]:
    """F-20: who reaches what only through the role (lost), and who has another way (kept).

    Both ends differ from the role itself: it is gone for everybody. The last value says that there
    are more pairs than were looked at.
    """
    out: dict[str, list[Hop]] = {}
    back: dict[str, list[Hop]] = {}
    for edge in edges:
        hop = hop_of(edge)
        if hop.source != hop.target:
            out.setdefault(hop.source, []).append(hop)
            back.setdefault(hop.target, []).append(hop)
    arriving = _flood(role, _ordered(back), max_hops - 1, backward=True)
    leaving = _flood(role, _ordered(out), max_hops - 1)
    without = _ordered(
        {
            source: [hop for hop in hops if hop.target != role]
            for source, hops in out.items()
            if source != role
        }
    )
    lost: list[dict[str, str]] = []
    kept: list[dict[str, Any]] = []
    for source in sorted(arriving):
        other: dict[str, list[Hop]] | None = None
        for target in sorted(leaving):
            via = [*arriving[source], *leaving[target]]
            if target == source or len(via) > max_hops or not _uses(via, out, role, target):
                continue
            if len(lost) + len(kept) >= _MOST_PAIRS:
                return lost, kept, True
            if other is None:
                other = _flood(source, without, max_hops)
            chain = _another(other.get(target), without, source, target, max_hops)
            if chain is None:
                lost.append({"from": source, "to": target})
            else:
                kept.append(
                    {
                        "from": source,
                        "to": target,
                        "path": list(chain.nodes),
                        "verdict": chain.verdict.value,
                    }
                )
    return lost, kept, False


_Hops = Mapping[str, Sequence[Hop]]


def _ordered(hops: _Hops) -> _Hops:
    """The hops of each node, unconditional ones first, in a fixed order."""
    return {
        node: sorted(found, key=lambda h: (h.verdict is not Verdict.ALLOW, h.target, h.source))
        for node, found in hops.items()
    }


def _flood(start: str, hops: _Hops, most: int, *, backward: bool = False) -> dict[str, list[Hop]]:
    """A shortest path to every node within reach, along or against the hops."""
    found: dict[str, list[Hop]] = {start: []}
    layer = [start]
    for _ in range(most):
        after: list[str] = []
        for node in layer:
            for hop in hops.get(node, ()):
                far = hop.source if backward else hop.target
                if far not in found:
                    found[far] = [hop, *found[node]] if backward else [*found[node], hop]
                    after.append(far)
        layer = after
    del found[start]
    return found


def _uses(via: list[Hop], out: _Hops, role: str, target: str) -> bool:
    """Whether a chain can lead through the role at all: no node twice, requirements that agree."""
    nodes = [via[0].source, *(hop.target for hop in via)]
    if len(set(nodes)) != len(nodes):
        return False
    if combine(via) is not None:
        return True
    chains, _ = find_chains(lambda node: out.get(node, ()), nodes[0], {target}, max_hops=MAX_HOPS)
    return any(role in chain.nodes for chain in chains)


def _another(
    way: list[Hop] | None,
    without: _Hops,
    source: str,
    target: str,
    max_hops: int,
) -> Chain | None:
    if way is None:
        return None
    chain = combine(way)
    if chain is not None:
        return chain
    chains, _ = find_chains(
        lambda node: without.get(node, ()), source, {target}, max_hops=max_hops, limit=1
    )
    return chains[0] if chains else None
