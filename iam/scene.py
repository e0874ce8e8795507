"""One request seen from inside: caller, target, context, and what is noted on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iam.caller import Caller
from iam.model import Role, Snapshot, Tags
from iam.world import World


@dataclass(slots=True)
class Scene:
    """Everything that conditions and principals are evaluated against.

    ``resource`` is the target's ARN, ``role`` the target when it is a role of the snapshot.
    ``context`` has lower-case keys. ``rules`` and ``findings`` collect what decided.
    ``defaults`` maps a lower-case key to the values it has when the caller does nothing about it.
    """

    world: World
    caller: Caller
    action: str
    resource: str
    account: str
    partition: str
    role: Role | None = None
    tags: Tags = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complete: bool = False
    rules: set[str] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)
    assumptions: set[str] = field(default_factory=set)
    defaults: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """The facts."""
        return self.world.snapshot

    @property
    def clock(self) -> datetime | None:
        """The clock of time conditions (V-9)."""
        return self.world.snapshot.taken_at

    @property
    def same_account(self) -> bool:
        """Whether the caller is a principal of the target's own account."""
        return bool(self.caller.account) and self.caller.account == self.account

    def note(self, *rules: str) -> None:
        """Remember rule ids that took part."""
        self.rules.update(rules)
