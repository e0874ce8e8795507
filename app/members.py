"""Accounts are chosen by id or by unit, and a choice that fits nothing there is an error."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.names import meant, suggestion
from app.options import Reading
from iam.errors import UnknownNameError, UsageError
from ingest import aws as speaking
from ingest.aws import Account, Unit

_MOST = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of accounts that are meant, and of those of them that are not active."""

    active: tuple[str, ...]
    inactive: tuple[str, ...] = ()


def own(callers: Sequence[Account], reading: Reading) -> list[Account]:
    """The accounts that are read with credentials of their own, each once.

    Raises:
        UnknownNameError: ``--exclude`` names another one.
        UsageError: None is left.
    """
    known = {caller.id: caller for caller in callers}
    _check("--exclude", reading.exclude, known, "none of the accounts to read")
    kept = [caller for id, caller in known.items() if id not in reading.exclude]
    _check_left(kept)
    return kept


def entered(caller: Account, reading: Reading) -> Chosen:
    """The accounts that are entered from the caller's.

    Raises:
        UnknownNameError: An id or a unit is none of the organization's, or of ``--accounts``.
        SourceAccessError: The caller may not list the organization.
        UsageError: None is left.
    """
    if not reading.organization:
        _check("--exclude", reading.exclude, reading.accounts, "none of --accounts")
        named = tuple(id for id in reading.accounts if id not in reading.exclude)
        _check_left(named)
        return Chosen(named)
    listed = speaking.organization_accounts(caller)
    ids = {account.id for account in listed}
    _check("--accounts", reading.accounts, ids, "not in the organization")
    _check("--exclude", reading.exclude, ids, "not in the organization")
    if reading.accounts or reading.units:
        ids = set(reading.accounts) | _in_units(caller, reading.units)
    ids -= set(reading.exclude)
    active = tuple(account.id for account in listed if account.is_active and account.id in ids)
    _check_left(active)
    return Chosen(active, tuple(a.id for a in listed if not a.is_active and a.id in ids))


def _check_left(left: Collection[object]) -> None:
    if not left:
        raise UsageError("no account is left to read", help="see --accounts, --ou and --exclude")


def _check(option: str, ids: Iterable[str], known: Collection[str], wrong: str) -> None:
    """Refuse ids that are not known."""
    unknown = [id for id in ids if id not in known]
    if unknown:
        raise UnknownNameError(
            f"{option}: {', '.join(unknown)}: {wrong}",
            help=suggestion(unknown[0], known, f"there are {_few(sorted(known))}"),
        )


def _in_units(caller: Account, wanted: Sequence[str]) -> set[str]:
    if not wanted:
        return set()
    units = speaking.organization_units(caller)
    return speaking.accounts_below(caller, [_unit(word, units) for word in wanted], units)


def _unit(word: str, units: Sequence[Unit]) -> Unit:
    """The unit of an id or of a path; a path may begin with the root, and letters may differ."""
    path = word.strip("/")
    roots = {unit.path for unit in units if len(unit.within) == 1}
    spelled = [path, *(path.removeprefix(f"{root}/") for root in roots)]
    exact = [unit for unit in units if unit.id == word or unit.path in spelled]
    folded = {text.casefold() for text in spelled}
    found = exact or [unit for unit in units if unit.path.casefold() in folded]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownNameError(
            f"--ou: `{word}` is {len(found)} units",
            help=f"give one of {_few(unit.id for unit in found)}",
        )
    last = path.rpartition("/")[2].casefold()
    ending = [unit.path for unit in units if unit.path.rpartition("/")[2].casefold() == last]
    paths = [unit.path for unit in units]
    raise UnknownNameError(
        f"--ou: the organization has no unit `{word}`",
        help=meant(ending)
        or suggestion(path, [*paths, *(u.id for u in units)], f"there are {_few(paths)}"),
    )


def _few(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more
