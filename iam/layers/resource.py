"""A resource policy lets callers in from its own side; in one account it grants alone.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from iam import evaluate
from iam.formula import conj, disj
from iam.layers.base import Says, missing, note_unparsed, resource_formula
from iam.layers.trust import TrustSays
from iam.match import principal
from iam.model import REFUSED, ResourcePolicy, Snapshot
from iam.scene import Scene
from iam.world import action_applies

# Their resources take no resource policies (a role's trust policy is a layer of its own).
_WITHOUT_POLICIES = frozenset(("cloudformation", "ec2", "iam", "organizations", "rds", "sso"))
# Steps of the path to what has the policy.
_HOLDS = {"s3": 1, "execute-api": 1, "dynamodb": 2, "es": 2}
_READ_BY = {
    "backup": "get-backup-vault-access-policy",
    "ecr": "get-repository-policy",
    "elasticfilesystem": "describe-file-system-policy",
    "events": "list-event-buses",
    "kms": "get-key-policy",
    "lambda": "get-policy",
    "s3": "get-bucket-policy",
    "secretsmanager": "get-resource-policy",
    "sns": "get-topic-attributes",
    "sqs": "get-queue-attributes",
}
"""Service in an ARN → the call that gives the policy; the services that boto3 names alike."""
NOT_COLLECTED = "resource policies not collected: taken as absent"


def policy_of(snapshot: Snapshot, resource: str) -> ResourcePolicy | None:
    """The policy that governs a resource: its own, or that of what it lies in.

    An object is governed by its bucket's policy, a version or alias by its function's, an index by
    its table's or its search domain's, a method by its API's, whatever Glue keeps by its catalog's.
    """
    found = snapshot.resource_policies.get(resource)
    if found is not None:
        return found
    pieces = resource.split(":", 5)
    if len(pieces) != 6:
        return None
    service, rest = pieces[2], pieces[5]
    if service in _HOLDS:
        rest = "/".join(rest.split("/")[: _HOLDS[service]])
    elif service == "glue":
        rest = "catalog"
    elif service == "lambda":
        rest = ":".join(rest.split(":")[:2])
    return snapshot.resource_policies.get(":".join((*pieces[:5], rest)))


def is_unread(snapshot: Snapshot, resource: str) -> bool:
    """Whether a resource may have a policy of its own and nobody read whether it has."""
    service = (resource.split(":")[2:3] or [""])[0]
    return service not in _WITHOUT_POLICIES and policy_of(snapshot, resource) is None


def is_refused(scene: Scene) -> bool:
    """Whether a policy that may be there was refused to the collector (V-12)."""
    pieces = scene.resource.split(":", 5)
    if len(pieces) != 6 or pieces[2] not in _READ_BY:
        return False
    service, operation = pieces[2], _READ_BY[pieces[2]]
    service = {"elasticfilesystem": "efs"}.get(service, service)
    subjects = ("", scene.resource, pieces[5], pieces[5].rpartition("/")[2])
    status = scene.snapshot.status
    return any(
        status(scene.account, service, operation, pieces[3] or "global", subject) in REFUSED
        for subject in subjects
    )


def requires_grant(resource: str) -> bool:
    """Whether the owner's identity policies count only where the resource's policy says so (C-19).

    True of KMS keys: without the key policy's permission IAM policies have no effect.
    """
    return resource.split(":")[2:3] == ["kms"] and ":key/" in resource


def says(scene: Scene, action: str) -> TrustSays:
    """What the resource's own policy says to this caller (C-26)."""
    found = TrustSays(Says("resource"))
    held = policy_of(scene.snapshot, scene.resource)
    if held is None and is_refused(scene):
        scene.note("V-12")
        gap = missing("resource", scene.resource)
        found.says.allow = found.says.deny = gap
        found.by_kind[principal.WILDCARD] = gap
        return found
    if held is None:
        found.says.exists = False
        if scene.resource.split(":")[2:3] != ["iam"]:
            scene.assumptions.add(NOT_COLLECTED)
        return found
    if held.policy is None:
        found.says.exists = False
        return found
    document = scene.world.document(held.policy)
    for bound in scene.world.bound(document):
        statement = bound.statement
        allow = statement.effect == "Allow"
        if not action_applies(statement, action):
            if allow:
                found.says.missed.append((bound, "action"))
            continue
        name = bound.ref
        target = (
            resource_formula(scene, statement, name)
            if statement.resources is not None and not requires_grant(scene.resource)
            else True  # in a key policy the resource is the key, whatever stands there
        )
        if target is False:
            if allow:
                found.says.missed.append((bound, "resource"))
            continue
        met = principal.match(scene, statement, name)
        if not met:
            continue
        when = evaluate.block(scene, statement.conditions, statement.variables, name, allow)
        when = conj(target, when)
        whole = conj(disj(*met.values()), when)
        if whole is False:
            if allow:
                found.says.missed.append((bound, "condition"))
            continue
        if allow:
            scene.note(*statement.rules, "A-28")
            for kind, how in met.items():
                found.by_kind[kind] = disj(found.by_kind.get(kind, False), conj(how, when))
            found.says.allow = disj(found.says.allow, whole)
            found.says.allows.append((bound, whole))
        else:
            scene.note(*statement.rules, "A-29")
            found.says.deny = disj(found.says.deny, whole)
            found.says.denies.append((bound, whole))
    if document.unparsed:
        note_unparsed(scene, document)
        gap = missing("resource", held.policy.arn)
        found.says.allow = disj(found.says.allow, gap)
        found.says.deny = disj(found.says.deny, gap)
        found.by_kind[principal.WILDCARD] = disj(found.by_kind.get(principal.WILDCARD, False), gap)
    return found
