"""Before a collection each account says in one line whether it can be entered and read whole."""

from collections.abc import Iterator, Sequence
from typing import Any

from app import members
from app.checks import BAD, OK, WARN, Check
from app.options import Reading
from iam.errors import RolepathError, SourceAccessError
from iam.progress import Progress
from ingest import aws as speaking
from ingest.aws import Account
from ingest.preflight import SIMULATE, SIMULATED, Outlook, enabled_regions, outlooks

_MOST = 12
PERMISSIONS = "rolepath permissions prints the policy that is enough"


class Looking:
    """Looks at the accounts of a collection without reading them.

    Args:
        reading: What a collection would be asked for.
        also: Optional sources that would be asked.
        progress: Told of every step.

    Attributes:
        accounts: What was found out about the permissions of each, for machines.
    """

    def __init__(self, reading: Reading, also: Sequence[str], progress: Progress) -> None:
        self._reading = reading
        self._also = also
        self._progress = progress
        self.accounts: list[dict[str, Any]] = []

    def checks(self) -> Iterator[Check]:
        """A line for each thing that was looked at, in the order in which a collection needs it."""
        callers: list[Account] = []
        for name in self._reading.profiles or ("",):
            found, check = self._caller(name)
            yield check
            if found is not None:
                callers.append(found)
                if self._reading.role_name or found.id not in self._reading.exclude:
                    yield self._enabled(found)
        if not callers:
            return
        try:
            readers, checks = self._readers(callers)
        except RolepathError as error:
            what = "organization" if self._reading.organization else "accounts"
            yield Check(what, BAD, error.message, error.help or PERMISSIONS)
            return
        yield from checks
        self._progress.start(None, "accounts", "asking for the permissions")
        for reader, found_out in zip(readers, self._outlooks(readers), strict=True):
            yield self._permissions(reader, found_out)
        self._progress.finish()

    def _readers(self, callers: Sequence[Account]) -> tuple[Sequence[Account], list[Check]]:
        """The accounts that would be read, and what is to be said of the others."""
        reading = self._reading
        if not reading.role_name:
            return members.own(callers, reading), []
        (caller,) = callers
        chosen = members.entered(caller, reading)
        resting = f", {len(chosen.inactive)} not active" if chosen.inactive else ""
        found = f"{len(chosen.active)} active accounts{resting}"
        self._progress.start(None, "accounts", "entering")
        readers, refused = speaking.members(
            caller, chosen.active, reading.role_name, reading.external_id
        )
        self._progress.finish()
        checks = [Check("organization", OK, found)] if reading.organization else []
        return readers, [*checks, *(_not_entered(id, error.message) for id, error in refused)]

    def _caller(self, name: str) -> tuple[Account | None, Check]:
        what = f"profile {name}" if name else "aws credentials"
        try:
            (found,) = speaking.profiles([name] if name else [])
        except RolepathError as error:
            return None, Check(what, BAD, error.message, error.help)
        return found, Check(what, OK, f"account {found.id}, as {found.arn}")

    def _enabled(self, caller: Account) -> Check:
        name = f"Regions of {caller.id}"
        try:
            enabled = enabled_regions(caller)
        except SourceAccessError as error:
            return Check(name, WARN, error.message, error.help)
        off = [region for region in self._reading.regions if region not in enabled]
        if off:
            return Check(
                name,
                WARN,
                f"not enabled: {', '.join(off)}",
                f"enabled are {', '.join(enabled)}",
            )
        read = f"{', '.join(self._reading.regions)} of " if self._reading.regions else "all "
        return Check(name, OK, f"{read}{len(enabled)} enabled")

    def _outlooks(self, readers: Sequence[Account]) -> list[Outlook | SourceAccessError]:
        first = self._reading.regions[0] if self._reading.regions else ""
        return outlooks(readers, first, self._also)

    def _permissions(self, reader: Account, found: Outlook | SourceAccessError) -> Check:
        name = f"account {reader.id}"
        if isinstance(found, SourceAccessError):
            return Check(name, BAD, found.message, found.help)
        self.accounts.append(
            {
                "account": found.account,
                "arn": found.arn,
                "method": found.method,
                "lacking": [
                    {"action": one.action, "why": one.why, "sources": list(one.sources)}
                    for one in found.lacking
                ],
                "unknown": list(found.unknown),
            }
        )
        how = _how(found)
        if found.lacking:
            return Check(name, WARN, f"{_count(len(found.lacking))} lacking; {how}", _help(found))
        nothing = "nothing is lacking" if not found.unknown else "nothing of that is lacking"
        return Check(name, OK, f"{nothing}; {how}")


def _how(found: Outlook) -> str:
    """How it was found out, and how far that goes."""
    if found.method == SIMULATED:
        return f"asked of {SIMULATE}"
    rest = f"; {len(found.unknown)} others not known" if found.unknown else ""
    return f"the first page of each list was asked for, for {SIMULATE} does not answer" + (
        f" ({found.because}){rest}"
    )


def _count(number: int) -> str:
    return f"{number} permission{'' if number == 1 else 's'}"


def _help(found: Outlook) -> str:
    lines = [
        f"{one.action}: {one.why}; for {', '.join(one.sources) or 'the collection itself'}"
        for one in found.lacking[:_MOST]
    ]
    rest = len(found.lacking) - _MOST
    if rest > 0:
        lines.append(f"and {rest} more: --format json has every one")
    return "\n".join([*lines, PERMISSIONS])


def _not_entered(id: str, reason: str) -> Check:
    return Check(
        f"account {id}",
        BAD,
        reason,
        "its trust policy must name the caller, with the same external id, and the caller's own "
        "policy must allow sts:AssumeRole on it\n"
        "rolepath permissions --format cloudformation prints such a role",
    )
