"""A road leads to facts and decided edges: a snapshot folder or a store, one protocol."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from iam.chain import Hop
    from iam.model import Coverage, Snapshot


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """Something with a name that an answer can be about.

    ``kind`` is a lower-case word: ``user role group policy instance_profile service saml_provider
    oidc_provider federated_subject external_account external_principal everyone
    identity_center_user account``.
    """

    arn: str
    name: str
    account: str
    account_name: str
    kind: str

    def to_json(self) -> dict[str, str]:
        """One row of a search."""
        return {
            "arn": self.arn,
            "name": self.name,
            "account": self.account,
            "account_name": self.account_name,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by id, its names (name and aliases), and whether its entities were read."""

    id: str
    arn: str
    names: tuple[str, ...]
    collected: bool


class Road(Protocol):
    """Where facts and edges come from; everything above it is the same for both roads."""

    data: str

    def info(self) -> dict[str, Any]:
        """Data set, snapshot, its time and what it holds."""

    def snapshot_id(self) -> str:
        """Id of the snapshot that is answered from."""

    def model(self) -> "Snapshot":
        """All facts."""

    def admins(self) -> frozenset[str]:
        """Users and roles whose own policies allow everything on everything."""

    def outgoing(self, sources: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Edges that leave each of the sources, in a fixed order."""

    def incoming(self, targets: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Edges that enter each of the targets, in a fixed order."""

    def first(self, start: str) -> Sequence["Hop"] | None:
        """Edges that leave a start whose own session is limited; None when they are the same."""

    def chain_facts(self, targets: Collection[str], *, whole: bool) -> "Snapshot":
        """What combining chains needs: session ceilings of the targets, or all facts."""

    def sources(self) -> frozenset[str]:
        """Everything that an edge leaves."""

    def layers(self) -> "Snapshot":
        """Accounts and organization at least: which layers of policies were collected."""

    def coverage(self) -> Sequence["Coverage"]:
        """The coverage ledger."""

    def entity(self, key: str) -> Entity | None:
        """What a key names; None when the snapshot does not hold it."""

    def exists(self, arn: str) -> bool:
        """Whether the key names something of the snapshot."""

    def named(self, name: str) -> list[Entity]:
        """Everything of this name, in any case of letters."""

    def accounts(self) -> Mapping[str, AccountRef]:
        """The accounts of the snapshot by id."""

    def search(
        self, words: Sequence[str], limit: int, kinds: Sequence[str]
    ) -> tuple[list[Entity], int]:
        """Entities in which every word occurs, and how many there are in all."""

    def names(self) -> list[str]:
        """Names and keys, for a suggestion."""

    def close(self) -> None:
        """Let go of what was opened."""
