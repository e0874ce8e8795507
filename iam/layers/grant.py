"""A grant of a KMS key lets its grantee call the listed operations, without any policy's help.

Constraints of the encryption context hold for cryptographic operations, a source for all but the
retiring. A grantee of another account may need a policy of its own, or may not: I-14.

Source:
    https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
"""

import json
from collections.abc import Mapping
from typing import Any

from iam import evaluate
from iam.formula import conj, disj
from iam.layers.base import Says, missing
from iam.layers.trust import TrustSays
from iam.match import principal
from iam.model import REFUSED, Grant, Policy, PolicyKind
from iam.policy import Condition, Document, Statement
from iam.scene import Scene
from iam.world import World, action_applies

NOT_COLLECTED = "grants of KMS keys not collected: taken as none"
OPERATIONS = frozenset(
    f"kms:{name}".lower()
    for name in (
        "CreateGrant",
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "DescribeKey",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetPublicKey",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    )
)
"""What a grant can allow; every other action needs a policy."""
_WITHOUT_CONTEXT = ("kms:DescribeKey", "kms:RetireGrant")
_RETIRE = "kms:RetireGrant"


def says(scene: Scene, action: str) -> TrustSays:
    """What the grants of the key say to this caller; they allow, and never deny."""
    found = TrustSays(Says("grant"))
    if action.lower() not in OPERATIONS:
        found.says.exists = False
        return found
    documents = _of_key(scene.world, scene.resource)
    found.says.exists = bool(documents)
    for document in documents:
        for bound in scene.world.bound(document):
            statement, name = bound.statement, bound.ref
            if not action_applies(statement, action):
                continue
            # A constraint is no condition of an Allow: its keys of the context are no hole (B-9).
            when = evaluate.block(
                scene, statement.conditions, statement.variables, name, allow=False
            )
            if document.unparsed:
                # A constraint that nobody can read is still a constraint.
                when = conj(when, missing("constraints", document.policy.arn))
            for kind, how in principal.match(scene, statement, name).items():
                whole = conj(how, when)
                if whole is False:
                    found.says.missed.append((bound, "condition"))
                    continue
                found.by_kind[kind] = disj(found.by_kind.get(kind, False), whole)
                found.says.allow = disj(found.says.allow, whole)
                found.says.allows.append((bound, whole))
    _unread(scene, found)
    return found


def _unread(scene: Scene, found: TrustSays) -> None:
    """V-12: grants that nobody asked for are an assumption, refused ones may allow anything."""
    pieces = scene.resource.split(":", 5)
    status = scene.snapshot.status
    key = pieces[5].partition("/")[2]
    states = {
        status(scene.account, "kms", "list-grants", pieces[3], resource)
        for resource in ("", scene.resource, key)
    }
    if states & set(REFUSED):
        scene.note("V-12")
        gap = missing("grants", scene.resource)
        found.says.exists = True
        found.says.allow = disj(found.says.allow, gap)
        found.by_kind[principal.WILDCARD] = disj(found.by_kind.get(principal.WILDCARD, False), gap)
    elif states == {"not-asked"} and not found.says.exists:
        scene.assumptions.add(NOT_COLLECTED)


def _of_key(world: World, key: str) -> list[Document]:
    """The grants of a key as documents, made once per snapshot."""
    held = world.memo.get("grants")
    if not isinstance(held, dict):
        made: dict[str, list[Document]] = {}
        for _, grant in sorted(world.snapshot.grants.items()):
            made.setdefault(grant.key, []).append(_document(grant))
        held = made
        world.memo["grants"] = held
    documents: list[Document] = held.get(key, [])
    return documents


def _document(grant: Grant) -> Document:
    """A grant as the statements that it amounts to: the grantee's, and the retiring principal's."""
    policy = Policy(
        arn=grant.arn,
        name=grant.name,
        kind=PolicyKind.RESOURCE,
        document=None,
        place=grant.place,
        account=grant.account,
    )
    actions = tuple(f"kms:{operation}" for operation in grant.operations)
    plain = tuple(a for a in actions if a in _WITHOUT_CONTEXT)
    context, source, parsed = _constraints(grant)
    rest = tuple(a for a in actions if a not in plain)
    statements: list[Statement] = []
    for named, allowed, conditions in (
        (grant.grantee, rest, context + source),
        (grant.grantee, tuple(a for a in plain if a != _RETIRE), source),
        (grant.grantee, tuple(a for a in plain if a == _RETIRE), ()),
        (grant.retiring, (_RETIRE,), ()),
    ):
        if named and allowed:
            kind = "AWS" if ":" in named or "." not in named else "Service"
            statements.append(
                Statement(
                    index=len(statements),
                    sid=grant.name,
                    effect="Allow",
                    principals=((kind, named),),
                    not_principal=False,
                    actions=allowed,
                    not_action=False,
                    resources=None,
                    not_resource=False,
                    conditions=conditions,
                    variables=False,
                )
            )
    return Document(policy, tuple(statements), () if parsed else (0,))


def _constraints(grant: Grant) -> tuple[tuple[Condition, ...], tuple[Condition, ...], bool]:
    """Conditions of the encryption context, of the source, and whether all could be read."""
    if not grant.constraints:
        return (), (), True
    try:
        held: Any = json.loads(grant.constraints)
    except (ValueError, RecursionError):
        held = None
    context: list[Condition] = []
    source: list[Condition] = []
    known = isinstance(held, Mapping)
    for name, value in held.items() if isinstance(held, Mapping) else ():
        if name == "SourceArn" and isinstance(value, str):
            source.append(Condition("ArnEquals", "aws:SourceArn", (value,)))
        elif name.startswith("EncryptionContext") and isinstance(value, Mapping):
            context.extend(
                Condition("StringEquals", f"kms:EncryptionContext:{key}", (str(text),))
                for key, text in value.items()
            )
            if name == "EncryptionContextEquals":
                keys = tuple(str(key) for key in value)
                context.append(
                    Condition("ForAllValues:StringEquals", "kms:EncryptionContextKeys", keys)
                )
        else:
            known = False
    return tuple(context), tuple(source), known
