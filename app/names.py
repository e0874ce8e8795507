"""A name given by a person becomes one ARN, or an error that lists what it could have meant."""

import difflib
from collections.abc import Iterable, Sequence

from app.roads import Entity, Road
from iam import arn as arns
from iam.caller import BUILT_IN_PROVIDERS
from iam.errors import UnknownNameError

# A provider is known by the trust policies that name it, also where it was not read itself.
_LOCAL_TYPES = ("user/", "role/", "group/", "instance-profile/")
_MOST = 12
_CLOSEST = 3


def did_you_mean(word: str, known: Iterable[str], most: int = _CLOSEST) -> list[str]:
    """The closest known names, best first.

    Example:
        >>> did_you_mean("delegation_chain", ["delegation_chains", "unused_roles"])
        ['delegation_chains']
    """
    spelled: dict[str, str] = {}
    for name in known:
        spelled.setdefault(name.casefold(), name)
    close = difflib.get_close_matches(word.casefold(), list(spelled), n=most, cutoff=0.6)
    return [spelled[name] for name in close]


def suggestion(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A help line: ``did you mean …?``, or what else to do."""
    return meant(did_you_mean(word, known)) or otherwise


def meant(close: Sequence[str]) -> str:
    """``did you mean …?``; empty when nothing comes close."""
    return f"did you mean {' or '.join(f'`{name}`' for name in close)}?" if close else ""


def resolve(road: Road, text: str, kinds: Sequence[str] = (), prefer: Sequence[str] = ()) -> str:
    """The key of what ``text`` names.

    Taken in this order: a key of the snapshot (an ARN, a service name, ``*``) · an ARN of an
    account that was not collected, of a session or of another resource · a service name · an
    account by id · ``name``, ``kind/name`` or ``kind/path/name``, with ``account id/``,
    ``account name/`` or ``alias/`` before it where one account is meant · an account by name.

    Args:
        road: Where to look.
        text: What a person typed.
        kinds: Entity kinds that are meant; empty means any.
        prefer: Entity kinds that win where several things have the name.

    Raises:
        UnknownNameError: Nothing has this name, or several things have.
    """
    text = text.strip()
    if text == "*":
        return text
    if not text:
        raise UnknownNameError("an empty name names nothing", help="give an ARN or a name")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        # How Python passes on bytes that are no text in the locale; no store takes them.
        raise UnknownNameError(
            f"unknown name `{text}`: letters that the locale does not have",
            help="run it with LC_ALL=C.UTF-8",
        )
    if text.startswith("arn:"):
        return _arn(road, text)
    accounts = road.accounts()
    if arns.ACCOUNT_ID.fullmatch(text):
        return accounts[text].arn if text in accounts else arns.root_of(text)
    if road.exists(text) or arns.service_of(text) or text in BUILT_IN_PROVIDERS:
        return text
    found = _named(road, text, kinds)
    if not found:
        named = [a.arn for a in accounts.values() if text.casefold() in _folded(a.names)]
        if len(named) == 1 and (not kinds or "account" in kinds):
            return named[0]
    found = [entity for entity in found if entity.kind in prefer] or found
    if len(found) == 1:
        return found[0].arn
    if found:
        raise ambiguous(text, found)
    known = [name for a in accounts.values() for name in a.names] + road.names()
    raise UnknownNameError(
        f"unknown name `{text}`",
        help=suggestion(
            text.rpartition("/")[2], known, "give an ARN, a name, or account/name as in prod/deploy"
        ),
    )


def ambiguous(text: str, found: Sequence[Entity]) -> UnknownNameError:
    """The error for a name that several things have."""
    lines = [entity.arn for entity in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"and {len(found) - _MOST} more")
    return UnknownNameError(
        f"`{text}` names {len(found)} things", help="\n".join(["give one of", *lines])
    )


def _arn(road: Road, text: str) -> str:
    parsed = arns.parse(text)
    if parsed is None:
        raise UnknownNameError(
            f"`{text}` is not an ARN",
            help="an ARN is arn:partition:service:region:account:resource",
        )
    if parsed.service != "iam" or parsed.is_account_root or road.exists(text):
        return text
    account = road.accounts().get(parsed.account)
    if account is None or not account.collected or "#" in text:
        return text
    if not parsed.resource.startswith(_LOCAL_TYPES) or parsed.name.startswith("aws:"):
        return text
    # The same name elsewhere says more than an ARN that differs in few letters.
    same = sorted(entity.arn for entity in road.named(parsed.name))[:_CLOSEST]
    names = [name for name in road.names() if not name.startswith("arn:")]
    raise UnknownNameError(
        f"unknown {parsed.type} `{text}`",
        help=meant(same)
        or suggestion(parsed.name, names, f"account {parsed.account} has none like it"),
    )


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _named(road: Road, text: str, kinds: Sequence[str]) -> list[Entity]:
    """Entities that ``text`` names; an exact spelling wins over one in other letters."""
    found = _matching(road, text, "", kinds)
    head, slash, rest = text.partition("/")
    if not found and slash and rest:
        for account in road.accounts().values():
            if head == account.id or head.casefold() in _folded(account.names):
                found += _matching(road, rest, account.id, kinds)
    exact = [entity for entity in found if entity.name == text.rpartition("/")[2]]
    return exact or found


def _matching(road: Road, text: str, account: str, kinds: Sequence[str]) -> list[Entity]:
    name = text.rpartition("/")[2]
    candidates = road.named(text) if "/" not in text else [*road.named(text), *road.named(name)]
    return [
        entity
        for entity in dict.fromkeys(candidates)
        if (not kinds or entity.kind in kinds)
        and (not account or entity.account == account)
        and ("/" not in text or _is_spelled(entity, text))
    ]


def _is_spelled(entity: Entity, text: str) -> bool:
    """Whether ``kind/name`` or ``kind/path/name`` is how the entity's ARN ends."""
    if entity.name.casefold() == text.casefold():
        return True
    resource = entity.arn.rpartition(":")[2].casefold()
    wanted = text.casefold()
    short = f"{resource.partition('/')[0]}/{entity.name.casefold()}"
    return wanted in (resource, short)
