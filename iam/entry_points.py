"""Profiles, trust anchors and pod associations by which AWS services hand a role to workloads.

Source:
    https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
"""

from typing import Any

from iam.decision import Atom
from iam.model import Snapshot, Workload
from iam.scene import Scene

POD_IDENTITY = "pods.eks.amazonaws.com"
ROLES_ANYWHERE = "rolesanywhere.amazonaws.com"
_CERTIFICATE = "rolesanywhere:Certificate"
_ASSOCIATION = "AWS::EKS::PodIdentityAssociation"
_CLUSTER = "AWS::EKS::Cluster"
_PROFILE = "AWS::RolesAnywhere::Profile"
_ENABLED = ("enabled", "true")
_READ = ("anchorsRead", "true")
_WITHOUT_TAGS = ("disableSessionTags", "true")


def associations(snapshot: Snapshot, role: str) -> list[Workload]:
    """Pod Identity associations that hand out a role (C-53)."""
    return [w for w in snapshot.workloads if w.type == _ASSOCIATION and w.role == role]


def pods_pass_tags(snapshot: Snapshot, role: str) -> bool:
    """Whether EKS cannot but pass session tags with a role: no association forbids them (C-53)."""
    return not any(_WITHOUT_TAGS in w.facts for w in associations(snapshot, role))


def profiles(snapshot: Snapshot, role: str) -> list[Workload]:
    """Roles Anywhere profiles that list a role (C-54)."""
    return [w for w in snapshot.workloads if w.type == _PROFILE and w.role == role]


def enabled_profiles(snapshot: Snapshot, role: str) -> list[Workload]:
    """Those of the profiles that are enabled."""
    return [p for p in profiles(snapshot, role) if _ENABLED in p.facts]


def session_limits(snapshot: Snapshot, service: str, role: str) -> list[tuple[Any, ...]]:
    """Session policies that each way to a role fixes; none when one of the ways is free (C-27).

    A profile's policies limit sessions of Roles Anywhere, an association's policy those of pods.
    """
    ways: list[Workload] = []
    if service == ROLES_ANYWHERE:
        ways = enabled_profiles(snapshot, role)
    elif service == POD_IDENTITY:
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


def issuer_is_orphaned(scene: Scene) -> bool:
    """Whether the clusters of an EKS issuer's Region were read and none has the issuer (C-52)."""
    issuer = scene.caller.issuer
    pieces = issuer.split(".")
    region = pieces[2] if len(pieces) > 2 else ""
    snapshot = scene.snapshot
    if snapshot.status(scene.account, "eks", "list-clusters", region) not in ("complete", "stale"):
        return False
    return not any(w.type == _CLUSTER and ("issuer", issuer) in w.facts for w in snapshot.workloads)


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
