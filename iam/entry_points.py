"""Profiles, trust anchors and pod associations by which AWS services hand a role to workloads.

Source:
    https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from iam import arn as arns
from iam.decision import Atom, Requirements
from iam.model import Snapshot, Workload
from iam.scene import Scene

NO_WORKLOADS = "workloads that use roles not collected"
POD_IDENTITY = "pods.eks"
ROLES_ANYWHERE = "rolesanywhere"
_CERTIFICATE = "rolesanywhere:Certificate"
_POD = "eks:PodIdentityAssociation"
_POOL = "cognito-identity:IdentityPool"
_POOL_ROLES = "AWS::Cognito::IdentityPoolRoleAttachment"
_IDENTITY_POOL = "AWS::Cognito::IdentityPool"
_ASSOCIATION = "AWS::EKS::PodIdentityAssociation"
_CLUSTER = "AWS::EKS::Cluster"
_PROFILE = "AWS::RolesAnywhere::Profile"
GUEST = "unauthenticated"
_ENABLED = ("enabled", "true")
_READ = ("anchorsRead", "true")
_WITHOUT_TAGS = ("disableSessionTags", "true")
_ENTERED_FROM = "enteredFrom"


def is_pods(principal: str) -> bool:
    """Whether a service principal is that of EKS Pod Identity, in any partition."""
    return arns.service_of(principal) == POD_IDENTITY


def is_anywhere(principal: str) -> bool:
    """Whether a service principal is that of IAM Roles Anywhere, in any partition."""
    return arns.service_of(principal) == ROLES_ANYWHERE


def is_pools(principal: str) -> bool:
    """Whether a provider is Cognito's identity pools, in any partition."""
    return principal.startswith("cognito-identity")


def holders(snapshot: Snapshot, role: str) -> Sequence[Workload]:
    """The workloads that are configured with a role; the index is kept on the snapshot."""
    found: dict[str, list[Workload]] | None = snapshot.__dict__.get("_workloads_by_role")
    if found is None:
        found = {}
        for workload in snapshot.workloads:
            found.setdefault(workload.role, []).append(workload)
        snapshot.__dict__["_workloads_by_role"] = found
    return found.get(role, ())


def evidence(scene: Scene) -> list[Workload]:
    """What shows that the caller gets the role: resources that hold it, the cluster that vouches.

    By ARN; none for callers that no configuration brings (C-51 to C-56). Use shows that a way is
    used and never that it is open (C-71).
    """
    caller = scene.caller
    if caller.kind not in ("SERVICE", "OIDC") or scene.role is None:
        return []
    name = arns.service_of(caller.service or caller.provider)
    found = [
        w
        for w in holders(scene.snapshot, scene.resource)
        if name and arns.service_of(w.service) == name
    ]
    if caller.kind == "OIDC" and cluster_region(caller.issuer):
        scene.note("C-52")
        found += _clusters(scene.snapshot).get(caller.issuer, ())
    return sorted(found, key=lambda w: (w.type, w.arn))


def _clusters(snapshot: Snapshot) -> dict[str, list[Workload]]:
    """EKS clusters by issuer, kept on the snapshot."""
    found: dict[str, list[Workload]] | None = snapshot.__dict__.get("_clusters_by_issuer")
    if found is None:
        found = {}
        for workload in snapshot.workloads:
            for key, value in workload.facts if workload.type == _CLUSTER else ():
                if key == "issuer":
                    found.setdefault(value, []).append(workload)
        snapshot.__dict__["_clusters_by_issuer"] = found
    return found


def associations(snapshot: Snapshot, role: str) -> list[Workload]:
    """Pod Identity associations that hand out a role, or go on from it to another (C-53)."""
    return [
        w
        for w in holders(snapshot, role)
        if w.type == _ASSOCIATION and _ENTERED_FROM not in dict(w.facts)
    ]


def targeted(snapshot: Snapshot, role: str, target: str) -> list[tuple[Workload, str]]:
    """Associations that go on from their role to a target, with the external id they pass."""
    found = []
    for association in associations(snapshot, role):
        facts = dict(association.facts)
        if facts.get("targetRole") == target:
            found.append((association, facts.get("externalId", "")))
    return found


def pods_pass_tags(snapshot: Snapshot, role: str, branch: Iterable[Atom]) -> bool:
    """Whether the pods of one way in cannot but pass session tags: no association forbids them."""
    held = associations(snapshot, role)
    for atom in branch:
        if atom.key == _POD:
            held = [w for w in held if (w.arn in atom.values) != atom.negated]
    return not any(_WITHOUT_TAGS in w.facts for w in held)


POD_TAGS = (
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
    "kubernetes-pod-uid",
)
"""The session tags that EKS passes with a pod's role; of a pod itself nothing is collected."""
_OF_POD = POD_TAGS[4:]


def pod_tag(association: Workload, name: str) -> tuple[str, ...] | None:
    """The value of a session tag of an association's pods: none, or None when each has its own."""
    facts = dict(association.facts)
    if _WITHOUT_TAGS in association.facts or name not in POD_TAGS:
        return ()
    if name in _OF_POD:
        return None
    cluster = facts.get("cluster", "")
    if name == "eks-cluster-arn":
        head = association.arn.split(":")[:5]
        return (":".join((*head, f"cluster/{cluster}")),)
    return ({"eks-cluster-name": cluster}.get(name) or facts.get(_POD_FACTS.get(name, ""), ""),)


_POD_FACTS = {"kubernetes-namespace": "namespace", "kubernetes-service-account": "serviceAccount"}


def pods_of(associations_: Sequence[Workload]) -> Atom:
    """The demand that the pod is one of these associations' (C-53)."""
    arns = tuple(sorted(w.arn for w in associations_))
    return Atom(_POD, "StringEquals", arns, kind="SERVICE_CONTEXT")


def of_pods(snapshot: Snapshot, role: str, branch: frozenset[Atom]) -> frozenset[Atom] | None:
    """A way in with the associations that are left to it in place of those that are not.

    None where none is left.
    """
    barred = [atom for atom in branch if atom.key == _POD and atom.negated]
    if not barred:
        return branch
    left = associations(snapshot, role)
    for atom in barred:
        left = [w for w in left if w.arn not in atom.values]
    return branch.difference(barred) | {pods_of(left)} if left else None


def _pools(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What identity pools say of themselves, by pool id, kept on the snapshot."""
    found: dict[str, dict[str, str]] | None = snapshot.__dict__.get("_identity_pools")
    if found is None:
        found = {
            w.arn.rpartition("/")[2]: dict(w.facts)
            for w in snapshot.workloads
            if w.type == _IDENTITY_POOL
        }
        snapshot.__dict__["_identity_pools"] = found
    return found


def without_guests(snapshot: Snapshot, pools: Collection[str]) -> bool:
    """Whether none of some identity pools lets anybody in who has not signed in (C-51)."""
    known = _pools(snapshot)
    return bool(pools) and all(known.get(p, {}).get("guests") == "false" for p in pools)


def closed_pools(scene: Scene, pools: Collection[str]) -> set[str]:
    """Those of some identity pools that were read and do not hand out the role (C-51).

    By its basic flow a pool hands out whatever role accepts it.
    """
    snapshot = scene.snapshot
    held = {
        w.arn.rpartition("/")[2] for w in holders(snapshot, scene.resource) if w.type == _POOL_ROLES
    }
    found = set()
    basic = {p for p, facts in _pools(snapshot).items() if facts.get("basicFlow") == "true"}
    for pool in set(pools) - held - basic:
        operations = ("list-identity-pools", "get-identity-pool-roles")
        region = pool.partition(":")[0]
        read = (snapshot.status(scene.account, "cognito-identity", o, region) for o in operations)
        if all(status in ("complete", "stale") for status in read):
            found.add(pool)
        else:
            scene.assumptions.add(NO_WORKLOADS)
    return found


def pool(role: str) -> Atom:
    """The demand that a pool is configured with a role, or allows its basic flow (C-51)."""
    return Atom(_POOL, "Configured", (role,), kind="SERVICE_CONTEXT")


def profiles(snapshot: Snapshot, role: str) -> list[Workload]:
    """Roles Anywhere profiles that list a role (C-54)."""
    return [w for w in holders(snapshot, role) if w.type == _PROFILE]


def enabled_profiles(snapshot: Snapshot, role: str) -> list[Workload]:
    """Those of the profiles that are enabled."""
    return [p for p in profiles(snapshot, role) if _ENABLED in p.facts]


def session_limits(snapshot: Snapshot, service: str, role: str) -> list[tuple[Any, ...]]:
    """Session policies that each way to a role fixes; none when one of the ways is free (C-27).

    A profile's policies limit sessions of Roles Anywhere, an association's policy those of pods.
    """
    ways: list[Workload] = []
    if is_anywhere(service):
        ways = enabled_profiles(snapshot, role)
    elif is_pods(service):
        ways = associations(snapshot, role)
    found: list[tuple[Any, ...]] = []
    for way in ways:
        documents: list[Any] = [value for key, value in way.facts if key == "sessionPolicy"]
        for key, value in way.facts:
            policy = snapshot.policies.get(value) if key == "sessionPolicyArn" else None
            if policy is not None and policy.document is not None:
                documents.append(policy.document)
        if not documents:
            return []
        found.append(tuple(documents))
    return found


# What Cognito lets a guest's session do at most; no permission of STS is among it.
_OF_GUESTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "NotAction": "sts:*", "Resource": "*"}],
}


def guest_limits(snapshot: Snapshot, source: str, ways: Requirements) -> list[tuple[Any, ...]]:
    """The session policy that Cognito's enhanced flow fixes for guests (C-27).

    None where a way in is not for guests alone, or a pool may hand the role out by its basic flow.
    """
    pools = _pools(snapshot)
    for way in ways:
        asked = {a.key.rpartition(":")[2]: a.values for a in way if not a.negated}
        named = asked.get("aud", ())
        basic = {pools.get(pool, {}).get("basicFlow") for pool in named}
        if set(asked.get("amr", ())) != {GUEST} or basic != {"false"}:
            return []
    return [(_OF_GUESTS,)] if ways and is_pools(source) else []


def cluster_region(issuer: str) -> str:
    """The Region of an EKS cluster's issuer; empty when it is none (C-52).

    Example:
        >>> cluster_region("oidc.eks.eu-west-1.amazonaws.com/id/AB")
        'eu-west-1'
        >>> cluster_region("oidc-eks.eu-west-1.api.aws/id/AB")
        'eu-west-1'
    """
    host = issuer.partition("/")[0].split(".")
    if host[:2] == ["oidc", "eks"] and len(host) > 2:
        return host[2]
    return host[1] if host[0] == "oidc-eks" and len(host) > 1 else ""


def issuer_is_orphaned(scene: Scene) -> bool:
    """Whether the clusters of an EKS issuer's Region were read and none has the issuer (C-52)."""
    issuer = scene.caller.issuer
    snapshot = scene.snapshot
    region = cluster_region(issuer)
    if snapshot.status(scene.account, "eks", "list-clusters", region) not in ("complete", "stale"):
        return False
    return issuer not in _clusters(snapshot)


def anchors(scene: Scene) -> tuple[str, ...] | None:
    """Enabled trust anchors beside the role's enabled profiles; None when they were not read."""
    found = enabled_profiles(scene.snapshot, scene.resource)
    if not any(_READ in p.facts for p in found):
        return None
    held = {value for p in found for key, value in p.facts if key == "anchor"}
    given = scene.context.get("aws:sourcearn")
    return tuple(sorted(held if given is None else held & set(given)))


def certificate(scene: Scene, of: tuple[str, ...] | None) -> Atom:
    """The demand for a certificate: of one of these anchors, or of any of the account's."""
    if of is None:
        return Atom(_CERTIFICATE, "Presented", (scene.account,), kind="IDP_CLAIM")
    return Atom(_CERTIFICATE, "StringEquals", of, kind="IDP_CLAIM")
