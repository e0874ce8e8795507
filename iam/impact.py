"""What breaks when an entity goes although AWS would delete it, and what says that it is used.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from iam import arn as arns
from iam.chain import is_service
from iam.decision import statement_ref
from iam.ledger import Net
from iam.match import glob
from iam.mentions import mentions_of, session_or_name, session_start
from iam.model import (
    FIELD,
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

_CHANGES = {
    "acm-pca": "acm-pca:PutPolicy",
    "cloudtrail": "cloudtrail:PutResourcePolicy",
    "codeartifact:domain": "codeartifact:PutDomainPermissionsPolicy",
    "codeartifact:repository": "codeartifact:PutRepositoryPermissionsPolicy",
    "dynamodb": "dynamodb:PutResourcePolicy",
    "kafka": "kafka:PutClusterPolicy",
    "kinesis": "kinesis:PutResourcePolicy",
    "logs:destination": "logs:PutDestinationPolicy",
    "logs:resource-policy": "logs:PutResourcePolicy",
    "s3": "s3:PutBucketPolicy",
    "s3:accesspoint": "s3:PutAccessPointPolicy",
    "kms": "kms:PutKeyPolicy",
    "sns": "sns:SetTopicAttributes",
    "sqs": "sqs:SetQueueAttributes",
    "secretsmanager": "secretsmanager:PutResourcePolicy",
    "lambda": "lambda:RemovePermission",
    "ecr": "ecr:SetRepositoryPolicy",
    "ecr:registry": "ecr:PutRegistryPolicy",
    "backup": "backup:PutBackupVaultAccessPolicy",
    "elasticfilesystem": "elasticfilesystem:PutFileSystemPolicy",
    "es": "es:UpdateDomainConfig",
    "events": "events:PutPermission",
    "execute-api": "apigateway:UpdateRestApiPolicy",
    "glue": "glue:PutResourcePolicy",
}
"""The call that changes a resource's policy, by service; or by service and kind of resource."""
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


def soft_blockers(snapshot: Snapshot, entity: Entity, net: Net) -> list[Soft]:
    """Every soft blocker of an entity, surest first."""
    found: list[Soft] = []
    if isinstance(entity, Role):
        found += _workloads(snapshot, entity.arn, entity.instance_profiles)
        found += _named(snapshot, entity)
        found += _grants(snapshot, entity)
        found += _use(snapshot, entity)
        found += _observed(snapshot, entity)
        found += _owner(entity)
        found += _last_way_in(snapshot, entity, net)
        found += _exemptions(snapshot, entity)
        found += _strangers(snapshot, entity)
        if entity.is_reserved:
            found += _assignments(snapshot, entity)
    elif isinstance(entity, User):
        found += _named(snapshot, entity)  # F-21
        found += _grants(snapshot, entity)
        found += _owner(entity)
        found += _exemptions(snapshot, entity)
    elif isinstance(entity, Group):
        found += _members_lose(snapshot, entity)
    elif isinstance(entity, Policy):
        found += _holders_change(snapshot, entity)
    elif isinstance(entity, InstanceProfile):
        found += _workloads(snapshot, "", (entity.arn,))  # F-12
    else:
        found += _trusting(snapshot, entity)
    order = {HIGH: 0, MEDIUM: 1, LOW: 2}
    return sorted(dict.fromkeys(found), key=lambda s: (order[s.confidence], s.kind, s.id))


# --- who uses it --------------------------------------------------------------------------------


def _workloads(snapshot: Snapshot, role: str, profiles: Sequence[str]) -> Iterator[Soft]:
    """F-16: resources that are configured with it; deletion succeeds and they fail later."""
    for w in mentions_of(snapshot).workloads(role, profiles):
        through = f" through instance profile {_short(w.instance_profile)}"
        fields = ", ".join(value for key, value in w.facts if key == FIELD)
        yield Soft(
            "workload",
            w.arn,
            _CONFIGURES.get(w.type, ""),
            HIGH,
            f"{w.type} in {w.region} runs with it{through if w.instance_profile else ''}"
            f"{f' ({fields})' if fields else ''}",
        )
    for w, where in mentions_of(snapshot).mentioning(role):
        yield Soft("mentioned", w.arn, "", MEDIUM, f"{w.type} in {w.region} names it in {where}")


def _change_of(resource: str) -> str:
    """The call that changes the policy of a resource; empty where it is not known."""
    found = arns.parse(resource)
    if found is None:
        return ""
    kind = found.type.partition(":")[0]
    return _CHANGES.get(f"{found.service}:{kind}") or _CHANGES.get(found.service, "")


def _named(snapshot: Snapshot, entity: Role | User) -> Iterator[Soft]:
    """F-17: named as a principal elsewhere; the name stays behind as a dead unique id (A-25)."""
    mentions = mentions_of(snapshot)
    by_name = [
        *mentions.principal("AWS", entity.arn),
        *mentions.principal("AWS", entity.unique_id),
    ]
    by_session = mentions.sessions(entity) if isinstance(entity, Role) else ()
    for how, found in (("it", by_name), ("its session ", by_session)):
        for one in found:
            if one.holder == entity.arn:
                continue
            trusts = one.holder in snapshot.roles
            yield Soft(
                "named_in_trust" if trusts else "named_in_resource_policy",
                one.holder,
                "iam:UpdateAssumeRolePolicy" if trusts else _change_of(one.holder),
                HIGH if one.statement.effect == "Allow" else MEDIUM,
                f"{_ref(one.policy, one.statement)} ({one.statement.effect}) names "
                f"{how + one.value if how != 'it' else how}",
            )


def _grants(snapshot: Snapshot, entity: Role | User) -> Iterator[Soft]:
    """F-17: what a grant of a KMS key allows is lost with the principal that holds it."""
    mentions = mentions_of(snapshot)
    named: tuple[str, ...] = (entity.arn, entity.unique_id)
    if isinstance(entity, Role):
        named += (session_start(entity),)
    for grant in mentions.grants(named):
        called = grant.name or grant.arn.rpartition("/")[2][:12]
        if any(name and session_or_name(grant.grantee) == name for name in named):
            allowed = ", ".join(grant.operations)
            yield Soft(
                "kms_grant", grant.key, "kms:RevokeGrant", HIGH, f"grant {called} lets it {allowed}"
            )
        else:
            yield Soft(
                "kms_grant", grant.key, "kms:RevokeGrant", MEDIUM, f"it may retire grant {called}"
            )


def _use(snapshot: Snapshot, role: Role) -> Iterator[Soft]:
    """F-18: AWS keeps the last use for 400 days; within 90 days of the snapshot it is recent."""
    if role.last_used is None:
        return
    day = role.last_used.date().isoformat()
    where = f" in {role.last_used_region}" if role.last_used_region else ""
    if snapshot.taken_at is None:
        yield Soft("recent_use", day, "", LOW, f"last used{where}; the snapshot has no clock")
    elif snapshot.taken_at - role.last_used <= RECENT:
        before = f"{ago(snapshot.taken_at, role.last_used)} before the snapshot"
        yield Soft("recent_use", day, "", HIGH, f"last used{where}, {before}")


def _observed(snapshot: Snapshot, role: Role) -> Iterator[Soft]:
    """F-18: who was seen entering it, and which services it asked for, in the last 90 days."""
    for use in mentions_of(snapshot).uses(role.arn):
        if use.last is None or snapshot.taken_at is None or snapshot.taken_at - use.last > RECENT:
            continue
        before = f"{ago(snapshot.taken_at, use.last)} before the snapshot"
        where = f" in {use.region}" if use.region else ""
        if use.by:
            often = f"{use.times} time{'s' * (use.times != 1)}"
            yield Soft("assumed_by", use.by, "", HIGH, f"entered it {often}, last{where}, {before}")
        elif use.service:
            yield Soft("used_service", use.service, "", HIGH, f"it asked for it{where}, {before}")


def ago(now: datetime, then: datetime) -> str:
    """How long ago, in whole days."""
    days = max((now - then).days, 0)
    return f"{days} day{'s' * (days != 1)}" if days else "less than a day"


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


def _last_way_in(snapshot: Snapshot, role: Role, net: Net) -> Iterator[Soft]:
    """F-20: no other role of the account can be entered from outside, and it has no users."""
    mentions = mentions_of(snapshot)
    if role.account in mentions.accounts_with_users:
        return
    entries = {
        hop.target
        for hops in net.into(mentions.roles_of[role.account]).values()
        for hop in hops
        if not is_service(hop.source)
        and (hop.operation != "AssumeRole" or arns.account_of(hop.source) != role.account)
    }
    if entries == {role.arn}:
        yield Soft(
            "last_way_in",
            role.account,
            "",
            HIGH,
            f"LAST_WAY_IN: no other role of account {role.account} can be entered from outside",
        )


def _exemptions(snapshot: Snapshot, entity: Role | User) -> Iterator[Soft]:
    """F-17: a condition on ``aws:PrincipalArn`` outlives it: who makes the name again is exempt."""
    for one in mentions_of(snapshot).exemptions(entity.name):
        if glob.matches(glob.pattern(one.value), entity.arn):
            yield Soft(
                "reusable_exemption",
                _ref(one.policy, one.statement),
                "",
                MEDIUM,
                f"REUSABLE_EXEMPTION: {one.condition.operator} aws:PrincipalArn {one.value}",
            )


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
    mentions = mentions_of(snapshot)
    for holder in mentions.attached_to(policy.arn):
        yield Soft("holder_loses", holder.arn, "", MEDIUM, "loses what this policy allows")
    for bounded in mentions.bounded_by(policy.arn):
        yield Soft("boundary_ends", bounded.arn, "", HIGH, "its access widens without it")


def _trusting(snapshot: Snapshot, provider: SamlProvider | OidcProvider) -> Iterator[Soft]:
    """F-13: every role that trusts the provider; the name stays and can be revived (C-44)."""
    for one in mentions_of(snapshot).principal("Federated", provider.arn):
        if one.holder in snapshot.roles:
            yield Soft(
                "named_in_trust",
                one.holder,
                "iam:UpdateAssumeRolePolicy",
                HIGH,
                f"{_ref(one.policy, one.statement)} names it; a new provider of that name "
                "would be trusted again",
            )


def _ref(policy: Policy, statement: Statement) -> str:
    return statement_ref(policy.arn, policy.version, statement.index)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2]
