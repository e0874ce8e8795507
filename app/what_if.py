"""A file says which policies would be others, and whose access that would change is compared.

The file is a list in YAML or JSON. Each entry names one thing and says what becomes of it:
``trust_of`` a role or ``policy`` (``of`` its holder, if it is inline) ``becomes`` a document or is
``without_statement``; a ``policy`` is ``taken_from`` a user, group or role; the ``boundary_of`` a
user or role ``becomes`` a policy or null; something is to ``delete``.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.names import suggestion
from app.written import parse_json, parse_yaml, read_text
from iam import overlay
from iam.change import after_deletion
from iam.errors import SourceFormatError, UsageError
from iam.model import Snapshot
from iam.removal import find

Resolve = Callable[[str, Sequence[str]], str]
"""The key that a name stands for, of some kinds."""
HOLDERS = ("user", "group", "role")
_SUBJECTS = ("trust_of", "policy", "boundary_of", "delete")
_SHAPES = (
    {"trust_of", "becomes"},
    {"trust_of", "without_statement"},
    {"policy", "becomes"},
    {"policy", "of", "becomes"},
    {"policy", "without_statement"},
    {"policy", "of", "without_statement"},
    {"policy", "taken_from"},
    {"boundary_of", "becomes"},
    {"delete"},
)
_HELP = "docs/deletion.md shows such a file"


def load(path: Path) -> list[dict[str, Any]]:
    """The entries of a file of changes.

    Raises:
        FileError: It cannot be read.
        SourceFormatError: It is no list of changes; the message has its place.
    """
    text = read_text(path)
    is_json = path.suffix.lower() == ".json"
    found = parse_json(path, text) if is_json else parse_yaml(path, text)
    if not isinstance(found, list) or not found:
        what = "nothing" if found in (None, []) else type(found).__name__
        raise SourceFormatError(f"{path}: expected a list of changes, found {what}", help=_HELP)
    known = sorted(set().union(*_SHAPES))
    for number, entry in enumerate(found, 1):
        where = f"{path}: change {number}"
        if not isinstance(entry, dict):
            raise SourceFormatError(f"{where}: expected a mapping", help=_HELP)
        for key in entry:
            if key not in known:
                raise SourceFormatError(
                    f"{where}: there is no `{key}`",
                    help=suggestion(str(key), known, f"there are {', '.join(known)}"),
                )
            is_text = isinstance(entry[key], str) and bool(entry[key].strip())
            if not is_text and key != "becomes":
                raise SourceFormatError(f"{where}: {key}: is a name, as text", help=_HELP)
        if set(entry) not in _SHAPES:
            subject = next((s for s in _SUBJECTS if s in entry), "")
            fitting = [" + ".join(sorted(s, key=known.index)) for s in _SHAPES if subject in s]
            raise SourceFormatError(
                f"{where}: {', '.join(map(str, entry))} do not go together",
                help=f"write {' or '.join(fitting)}" if subject else _HELP,
            )
    return found


def applied(
    snapshot: Snapshot, entries: Sequence[Mapping[str, Any]], path: Path, resolve: Resolve
) -> tuple[Snapshot, list[str]]:
    """The facts after every change of a file in turn, and each change in words.

    Raises:
        UsageError: A name is unknown, or a change does not fit the facts; with its place.
    """
    words = []
    for number, entry in enumerate(entries, 1):
        try:
            snapshot, said = _one(snapshot, entry, f"{path}#/{number - 1}", resolve)
        except UsageError as error:
            raise type(error)(
                f"{path}: change {number}: {error.message}", help=error.help
            ) from None
        words.append(said)
    return snapshot, words


def _one(
    snapshot: Snapshot, entry: Mapping[str, Any], place: str, resolve: Resolve
) -> tuple[Snapshot, str]:
    if "delete" in entry:
        key = resolve(entry["delete"], ())
        entity = find(snapshot, key)
        if entity is None:
            raise UsageError(f"{key} is nothing that was read and IAM could delete")
        return after_deletion(snapshot, entity), f"{key} is deleted"
    if "boundary_of" in entry:
        key = resolve(entry["boundary_of"], ("user", "role"))
        becomes = entry["becomes"]
        if becomes is not None and not isinstance(becomes, str):
            raise UsageError("a boundary becomes a managed policy, by its name, or null")
        policy = None if becomes is None else resolve(becomes, ("policy",))
        said = f"the boundary of {key} {'goes' if policy is None else f'becomes {policy}'}"
        return overlay.with_boundary(snapshot, key, policy), said
    if "taken_from" in entry:
        holder = resolve(entry["taken_from"], HOLDERS)
        policy = _policy(snapshot, entry["policy"], holder, resolve)
        said = f"{policy} is taken from {holder}"
        return overlay.without_policy(snapshot, holder, policy), said
    if "trust_of" in entry:
        policy = f"{resolve(entry['trust_of'], ('role',))}#trust"
    else:
        holder = resolve(entry["of"], HOLDERS) if "of" in entry else ""
        policy = _policy(snapshot, entry["policy"], holder, resolve)
    if "becomes" in entry:
        other = overlay.with_document(snapshot, policy, entry["becomes"], f"{place}/becomes")
        return other, f"{policy} becomes another document"
    which = entry["without_statement"]
    return (
        overlay.without_statement(snapshot, policy, which, place),
        f"{policy} loses its statement {which}",
    )


def _policy(snapshot: Snapshot, name: str, holder: str, resolve: Resolve) -> str:
    """The ARN of a policy: of its holder's own, of the organization's, or a managed one."""
    inline = f"{holder}#inline/{name}"
    if holder and overlay.policy_of(snapshot, inline) is not None:
        return inline
    if overlay.policy_of(snapshot, name) is not None:
        return name
    organization = snapshot.organization
    found = [
        policy.arn
        for policy in (organization.policies.values() if organization is not None else ())
        if name in (policy.name, policy.arn.rpartition("/")[2])
    ]
    return found[0] if len(found) == 1 else resolve(name, ("policy",))
