"""A deletion is carried out in four phases, and every step can be checked and taken back.

First the entity is switched off without being taken apart (quarantine), then somebody watches what
fails, then the hard blockers are cleared, and only then is it deleted. rolepath writes the steps
down and runs none.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage_delete.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from iam.impact import ago
from iam.mentions import mentions_of
from iam.model import Policy, Role, Snapshot, User
from iam.policy import is_deep
from iam.removal import (
    KINDS,
    Entity,
    Removal,
    Step,
    aws,
    aws_json,
    last_step,
    refusals,
    said,
    unassign,
)

PHASES = ("quarantine", "watch", "clear", "delete")
NOW = "NOW_UTC"
"""Stands where the time of the call belongs, as ``2026-11-25T12:00:00Z``."""
NAME = "RolepathQuarantine"
"""Sid of the Deny and name of the policy; with a number where the role has one of that name."""
ABSENT, PRESENT, REFUSED = "absent", "present", "refused"
"""How the check tells that a step is done: its answer no longer shows the text, shows it, or AWS
answers ``NoSuchEntity``."""

_PLACEHOLDERS = re.compile(r"\b(?:ACCESS_KEY_ID|SERIAL_NUMBER|INSTANCE_ARN|DELETION_TASK_ID)\b")
_DEAD_ID = re.compile(r"A(?:RO|ID)A[A-Z0-9]{12,}")
_TRUST_LIMIT = 2048
"""Characters that IAM takes in a trust policy by default; it counts no white space between them."""
_ENTERS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of a runbook.

    ``call`` and ``undo`` are command lines, or sentences where nobody knows the command (then
    ``by_hand`` says so); ``undo`` is empty where there is nothing to take back. ``check`` is a
    command; ``done`` says what it shows when the step is done, ``shows`` the text to look for.
    """

    phase: str
    title: str
    call: str = ""
    check: str = ""
    done: str = ABSENT
    shows: str = ""
    undo: str = ""
    by_hand: bool = False


def runbook(
    snapshot: Snapshot, entity: Entity, removals: Sequence[Removal], *, protected: bool
) -> dict[str, Any]:
    """The ``runbook`` part of a rehearsal.

    Args:
        snapshot: The facts.
        entity: What is to go.
        removals: Its hard blockers with their steps, in order.
        protected: Whether AWS guards it: then only what its owner offers is written down.
    """
    stages: list[Stage] = []
    if isinstance(entity, Role) and entity.is_reserved:
        stages += [_unassigned(step) for step in unassign(snapshot, entity)]
        account = snapshot.organization.management_account if snapshot.organization else ""
    else:
        account = getattr(entity, "account", "")
        if not protected and isinstance(entity, Role | User):
            stages += _quarantine(entity)
            stages.append(_watch(snapshot, entity))
        older = [removal for removal in removals if removal.blocker.kind == "policy_version"]
        for removal in removals:
            left = len(older) - older.index(removal) if removal in older else 0
            stages.append(_cleared(entity, removal, left))
        if not protected and isinstance(entity, Role | User):
            stages.append(_lift(entity))
        stages.append(_deleted(snapshot, entity))
    return {
        "taken_at": f"{snapshot.taken_at:%Y-%m-%dT%H:%M:%SZ}" if snapshot.taken_at else "",
        "account": account,
        "unique_id": getattr(entity, "unique_id", ""),
        "identity": _identity(entity),
        "steps": [asdict(stage) for stage in stages],
        "again": list(_again(snapshot, entity)),
        "notes": list(_notes(entity)),
        "addresses": _addresses(entity, removals),
    }


def is_command(text: str) -> bool:
    """Whether a text can be run as it stands; a sentence or a call with a gap cannot.

    Example:
        >>> is_command("aws iam get-role --role-name R"), is_command("the user enables it again")
        (True, False)
        >>> is_command("aws iam delete-access-key --access-key-id ACCESS_KEY_ID")
        False
    """
    return text.startswith("aws ") and _PLACEHOLDERS.search(text) is None


# --- quarantine and watching ----------------------------------------------------------------------


def _quarantine(entity: Role | User) -> Iterable[Stage]:
    """F-23: nobody comes in, and who is in can do nothing; both are taken back by one call each."""
    if isinstance(entity, User):
        yield _denying(entity, "Deny the user everything", {})
        return
    document = _parsed(entity.trust) if entity.trust is not None else None
    if isinstance(document, dict):
        yield Stage(
            phase="quarantine",
            title="Deny everybody entry to the role",
            call=_trust_call(entity.name, _closed(document)),
            check=aws("get-role", {"role-name": entity.name}),
            done=PRESENT,
            shows=_pair("Sid", _sid(document)),
            undo=_trust_call(entity.name, _alive(document)),
        )
    before = {"DateLessThan": {"aws:TokenIssueTime": NOW}}
    yield _denying(entity, "End the sessions that were issued before now", before)


def _free(taken: Iterable[str]) -> str:
    """A name for the quarantine that the entity does not have yet; IAM ignores case in names."""
    held = {name.casefold() for name in taken}
    names = (f"{NAME}{number or ''}" for number in (0, *range(2, len(held) + 3)))
    return next(name for name in names if name.casefold() not in held)


def _policy_name(entity: Role | User) -> str:
    """A policy of this name that is there already would be overwritten, and lost by the undo."""
    return _free(policy.name for policy in entity.inline)


def _sid(document: Mapping[str, Any]) -> str:
    """Statements of one policy may not share a Sid: AWS would refuse the document."""
    return _free(str(one["Sid"]) for one in _statements(document) if "Sid" in one)


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = document.get("Statement", [])
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, dict)]


def _denying(entity: Role | User, title: str, condition: Mapping[str, Any]) -> Stage:
    kind, name = KINDS[type(entity)], entity.name
    policy = _policy_name(entity)
    key = f"{kind.title()}Name"
    statement: dict[str, Any] = {"Sid": NAME, "Effect": "Deny", "Action": "*", "Resource": "*"}
    if condition:
        statement["Condition"] = dict(condition)
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Stage(
        phase="quarantine",
        title=title,
        call=aws_json(
            f"put-{kind}-policy", {key: name, "PolicyName": policy, "PolicyDocument": document}
        ),
        check=aws(f"list-{kind}-policies", {f"{kind}-name": name}),
        done=PRESENT,
        shows=_text(policy),
        undo=_lifting(entity),
    )


def _lifting(entity: Role | User) -> str:
    kind = KINDS[type(entity)]
    which = {f"{kind}-name": entity.name, "policy-name": _policy_name(entity)}
    return aws(f"delete-{kind}-policy", which)


def _lift(entity: Role | User) -> Stage:
    """The quarantine's own policy is an inline policy: it would block the deletion (F-7, F-8)."""
    kind = KINDS[type(entity)]
    return Stage(
        phase="clear",
        title="Take the policy of the quarantine away",
        call=_lifting(entity),
        check=aws(f"list-{kind}-policies", {f"{kind}-name": entity.name}),
        shows=_text(_policy_name(entity)),
    )


def _parsed(policy: Policy) -> Any:
    document = policy.document
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    return None if is_deep(document) else document


def _trust_call(role: str, document: Any) -> str:
    text = json.dumps(document, separators=(",", ":"))
    return aws_json("update-assume-role-policy", {"RoleName": role, "PolicyDocument": text})


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """The trust policy with a Deny for everybody; that alone where both are too long for AWS."""
    closed = _with_deny(document)
    if _length(closed) <= _TRUST_LIMIT:
        return closed
    return {"Version": "2012-10-17", "Statement": closed["Statement"][:1]}


def _with_deny(document: dict[str, Any]) -> dict[str, Any]:
    sid = _sid(document)
    deny = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(_ENTERS)}
    held = _alive(document)
    statements = held.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    return {**held, "Statement": [deny, *statements]}


def _length(document: Mapping[str, Any]) -> int:
    """Characters as the call sends them, without white space between."""
    return len(json.dumps(document, separators=(",", ":")))


def _alive(document: dict[str, Any]) -> dict[str, Any]:
    """The document without unique ids of what is gone: they let nobody in, and AWS takes none."""
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    kept = [one for one in map(_alive_statement, listed) if one is not None]
    if kept == listed:
        return document
    return {**document, "Statement": kept}


def _alive_statement(statement: Any) -> Any:
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    named = principal.get("AWS") if isinstance(principal, dict) else None
    values = named if isinstance(named, list) else [named]
    alive = [v for v in values if not (isinstance(v, str) and _DEAD_ID.fullmatch(v))]
    if alive == values:
        return statement
    rest: dict[str, Any] = {k: v for k, v in (principal or {}).items() if k != "AWS"}
    if alive:
        rest["AWS"] = alive
    return {**statement, "Principal": rest} if rest else None


def _watch(snapshot: Snapshot, entity: Role | User) -> Stage:
    if isinstance(entity, User):
        days, why = 30, "a month has most of what runs by the calendar"
        key, value = "Username", entity.name
    else:
        days, why = watch_days(snapshot, entity)
        key, value = "ResourceName", entity.arn
    found = json.dumps([{"AttributeKey": key, "AttributeValue": value}], separators=(",", ":"))
    return Stage(
        phase="watch",
        title=f"Watch for {days} days: {why}. Calls that were refused stand in CloudTrail, in "
        "each Region, also under the names of those who wanted to become it",
        check=aws("lookup-events", {"lookup-attributes": found}, service="cloudtrail"),
    )


def watch_days(snapshot: Snapshot, role: Role) -> tuple[int, str]:
    """How long to watch: what was last used N days ago is expected again within as many (F-18)."""
    if role.last_used is not None and snapshot.taken_at is not None:
        days = (snapshot.taken_at - role.last_used).days
        before = ago(snapshot.taken_at, role.last_used)
        return min(max(days, 7), 90), f"it was last used {before} before the snapshot"
    if role.last_used_known and role.last_used is None:
        return 7, "AWS shows no use of it in the 400 days that it looks back"
    return 30, "when it was last used is not known"


# --- clearing and deleting ------------------------------------------------------------------------


def _cleared(entity: Entity, removal: Removal, versions: int) -> Stage:
    """The step of one blocker; ``versions`` are left of a policy when it is one and is gone."""
    blocker, step = removal.blocker, removal.step
    shows, done, check = _text(blocker.id), ABSENT, step.check
    if blocker.kind in ("instance_profile", "group_membership"):
        shows = _text(removal.resource)
    elif blocker.kind == "member":
        shows = _pair("UserName", blocker.id)
    elif blocker.kind in _USAGE:
        # Without the filter AWS lists both usages.
        usage = {"policy-arn": entity.arn, "policy-usage-filter": _USAGE[blocker.kind]}
        check, shows = aws("list-entities-for-policy", usage), _holder(blocker.id)
    elif blocker.kind == "policy_version":
        # A version that is made again has another number (F-11): only their count tells.
        fewer = f"length(Versions) <= `{versions}`"
        check, shows = (
            aws("list-policy-versions", {"policy-arn": entity.arn, "query": fewer}),
            "false",
        )
    elif blocker.kind == "login_profile":
        shows, done = "", REFUSED
    elif not is_command(step.call):
        shows = '"AccessKeyId"' if blocker.kind == "credentials" else '"SerialNumber"'
    title = f"Take away the {blocker.kind.replace('_', ' ')} {blocker.id}"
    if blocker.kind == "instance_profile":
        title = f"Take the role out of the instance profile {blocker.id}"
    return Stage(
        phase="clear",
        title=title,
        call=step.call,
        check=check,
        done=done,
        shows=shows,
        undo=step.undo,
        by_hand=not is_command(step.call),
    )


_USAGE = {"attachment": "PermissionsPolicy", "boundary_use": "PermissionsBoundary"}


def _holder(arn: str) -> str:
    """A user, role or group as ``list-entities-for-policy`` names it; any, where nobody knows."""
    if not arn.startswith("arn:"):
        return 'Name": "'
    kind = arn.split(":", 5)[-1].partition("/")[0]
    return _pair(f"{kind.title()}Name", arn.rpartition("/")[2])


def _option(line: str, name: str) -> str:
    words = shlex.split(line)
    return words[words.index(name) + 1]


def _unassigned(step: Step) -> Stage:
    return Stage(
        phase="clear",
        title=f"End the assignment of {_option(step.call, '--principal-id')}",
        call=step.call,
        check=step.check,
        shows=_pair("PrincipalId", _option(step.call, "--principal-id")),
        undo=step.undo,
        by_hand=not is_command(step.call),
    )


def _deleted(snapshot: Snapshot, entity: Entity) -> Stage:
    step = last_step(snapshot, entity)
    kind = KINDS[type(entity)].replace("_", " ")
    check, title = step.check, f"Delete the {kind}"
    if isinstance(entity, Role) and entity.is_service_linked:
        # E-10: the call only submits; the role is gone when its service has agreed.
        check = aws("get-role", {"role-name": entity.name})
        title = f"Ask {entity.linked_service} to let its role go; it answers in its own time"
    return Stage(
        phase="delete",
        title=title,
        call=step.call,
        check=check,
        done=REFUSED,
        undo=step.undo,
        by_hand=not is_command(step.call),
    )


def _identity(entity: Entity) -> dict[str, str]:
    """The command that shows whether AWS still holds the very entity that was rehearsed."""
    unique = getattr(entity, "unique_id", "")
    if not isinstance(entity, Role | User) or not unique:
        return {}
    kind = KINDS[type(entity)]
    check = aws(f"get-{kind}", {f"{kind}-name": entity.name})
    return {"check": check, "shows": _pair(f"{kind.title()}Id", unique)}


# --- what comes after -----------------------------------------------------------------------------


def _again(snapshot: Snapshot, entity: Entity) -> Iterable[dict[str, str]]:
    """A-25: who names it by what becomes a dead id must name it anew after an undo."""
    if not isinstance(entity, Role | User):
        return
    seen: set[str] = set()
    mentions = mentions_of(snapshot)
    for one in (
        *mentions.principal("AWS", entity.arn),
        *mentions.principal("AWS", entity.unique_id),
    ):
        role = snapshot.roles.get(one.holder)
        if one.holder in seen or one.holder == entity.arn:
            continue
        seen.add(one.holder)
        call = ""
        if role is not None and role.trust is not None:
            content = {"RoleName": role.name, "PolicyDocument": said(role.trust)}
            call = aws_json("update-assume-role-policy", content)
        yield {"holder": one.holder, "call": call}


def _notes(entity: Entity) -> Iterable[str]:
    if isinstance(entity, Role | User):
        kind = KINDS[type(entity)]
        yield (
            f"A {kind} that is made again under the same name has another unique id: policies that "
            "named the old one do not trust it, and its creation date and last use start anew."
        )
        if (name := _policy_name(entity)) != NAME:
            yield (
                f"The {kind} has a policy {NAME} already: that of this quarantine is called "
                f"{name}, so that neither the call nor its undo touches the other."
            )
    if isinstance(entity, Role) and entity.trust is not None:
        document = _parsed(entity.trust)
        if isinstance(document, dict) and _alive(document) != document:
            yield (
                "The trust policy names what was deleted, by its unique id. AWS takes no such id "
                "back, so the policy is restored without: it let nobody in."
            )
        if isinstance(document, dict):
            yield from _quarantine_notes(document)
    for blocker in refusals(entity):
        yield (
            f"Its service refused before and named {blocker.id}: that goes first, or uses another "
            "role."
        )
    if not isinstance(entity, Role | User):
        yield (
            "There is no call that switches it off beforehand: what the steps clear can be put "
            "back one by one."
        )


def _quarantine_notes(document: dict[str, Any]) -> Iterable[str]:
    """What of closing a trust policy is not as everywhere else."""
    if (sid := _sid(document)) != NAME:
        yield (
            f"The trust policy has a statement {NAME} already, perhaps of an earlier "
            f"quarantine. The Deny of this one is called {sid}; the undo puts the policy back "
            "with the statement that it has now."
        )
    length = _length(_with_deny(document))
    if length > _TRUST_LIMIT:
        yield (
            f"With the Deny the trust policy would have {length:,} characters, and IAM takes "
            f"{_TRUST_LIMIT:,} unless the account's quota is higher: the Deny stands alone "
            "until the undo, which puts the whole policy back. Instead of that, raise the "
            "quota Role trust policy length (AWS allows up to 4,096), or shorten the policy, "
            "and add the Deny to it."
        )


def _addresses(entity: Entity, removals: Sequence[Removal]) -> list[dict[str, str]]:
    """Terraform's type and import id of the entity and of what the steps delete.

    An instance profile is not among them: it stays, without its role.
    """
    name = getattr(entity, "name", "")
    kind = KINDS[type(entity)]
    found: list[tuple[str, str]] = []
    for removal in removals:
        blocker = removal.blocker
        if blocker.kind == "attached_policy":
            found.append((f"aws_iam_{kind}_policy_attachment", f"{name}/{blocker.id}"))
        elif blocker.kind == "inline_policy":
            found.append((f"aws_iam_{kind}_policy", f"{name}:{blocker.id}"))
        elif blocker.kind == "group_membership":
            found.append(("aws_iam_user_group_membership", f"{name}/{blocker.id}"))
        elif blocker.kind == "attachment":
            holder = blocker.id.split(":", 5)[-1].partition("/")[0]
            short = blocker.id.rpartition("/")[2]
            found.append((f"aws_iam_{holder}_policy_attachment", f"{short}/{entity.arn}"))
    own = {
        "role": ("aws_iam_role", name),
        "user": ("aws_iam_user", name),
        "group": ("aws_iam_group", name),
        "policy": ("aws_iam_policy", entity.arn),
        "instance_profile": ("aws_iam_instance_profile", name),
        "saml_provider": ("aws_iam_saml_provider", entity.arn),
        "oidc_provider": ("aws_iam_openid_connect_provider", entity.arn),
    }[kind]
    if isinstance(entity, Role) and entity.is_service_linked:
        own = ("aws_iam_service_linked_role", entity.arn)
    return [{"type": type, "id": id} for type, id in (*found, own)]


def _text(value: str) -> str:
    """A value as it stands in the CLI's JSON."""
    return json.dumps(value)


def _pair(key: str, value: str) -> str:
    """A key with its value as they stand in the CLI's JSON."""
    return f"{json.dumps(key)}: {json.dumps(value)}"
