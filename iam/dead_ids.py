"""A unique id in a policy is what is left of a principal that was deleted: whom it once meant.

AWS stores a user or role that a policy names by its unique id and shows the ARN while there is one.
An id that shows therefore lets nobody in, and a new principal of the old name does not inherit it.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from iam.decision import statement_ref
from iam.mentions import resource_side
from iam.model import Policy, PolicyKind, Snapshot
from iam.world import world_of

_ID = re.compile(r"A(?:RO|ID)A[A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class DeadId:
    """A place where the unique id of a deleted user or role stands.

    ``policy`` is the key of the policy or grant, ``holder`` the role or resource that it belongs
    to, ``kind`` one of ``trust``, ``resource`` and ``grant``. ``element`` is ``Principal``,
    ``NotPrincipal``, ``GranteePrincipal`` or ``RetiringPrincipal``; ``effect`` and ``statement``
    are empty for a grant. ``meant`` is the ARN that an earlier snapshot gave the id, if one did.
    """

    id: str
    policy: str
    holder: str
    kind: str
    element: str
    effect: str = ""
    statement: str = ""
    meant: str = ""


def dead_ids(snapshot: Snapshot) -> Iterator[DeadId]:
    """Every id of a deleted principal, in trust policies, resource policies and grants (A-25)."""
    held, former = snapshot.by_unique_id, snapshot.former

    def is_dead(value: str) -> bool:
        return _ID.fullmatch(value) is not None and value not in held

    world = world_of(snapshot)
    for holder, policy in resource_side(snapshot):
        if not _may_name(policy):
            continue
        for statement in world.document(policy).statements:
            for kind, value in dict.fromkeys(statement.principals or ()):
                if kind == "AWS" and is_dead(value):
                    yield DeadId(
                        id=value,
                        policy=policy.arn,
                        holder=holder,
                        kind="trust" if policy.kind is PolicyKind.TRUST else "resource",
                        element="NotPrincipal" if statement.not_principal else "Principal",
                        effect=statement.effect,
                        statement=statement_ref(policy.arn, policy.version, statement.index),
                        meant=former.get(value, ""),
                    )
    for grant in snapshot.grants.values():
        for element, value in (
            ("GranteePrincipal", grant.grantee),
            ("RetiringPrincipal", grant.retiring),
        ):
            if is_dead(value):
                yield DeadId(
                    id=value,
                    policy=grant.arn,
                    holder=grant.key,
                    kind="grant",
                    element=element,
                    meant=former.get(value, ""),
                )


def recalled(snapshot: Snapshot, arns: Mapping[str, str]) -> Snapshot:
    """The snapshot that knows whom its dead ids meant, as far as some ids with their ARNs tell."""
    former = {dead.id: arns[dead.id] for dead in dead_ids(snapshot) if dead.id in arns}
    return replace(snapshot, former=former) if former else snapshot


def _may_name(policy: Policy) -> bool:
    """Whether an id can stand in a document: most hold none, and reading them all takes long."""
    text = policy.raw or str(policy.document)
    return "AROA" in text or "AIDA" in text
