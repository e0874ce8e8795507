"""A snapshot folder answers by itself: edges are decided in memory, no store is opened."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.roads import AccountRef, Entity
from iam import arn as arns

if TYPE_CHECKING:
    from iam.assume import AssumeEdge
    from iam.chain import Hop
    from iam.model import Coverage, Snapshot

    _Edges = tuple[dict[str, list[Hop]], dict[str, list[Hop]]]


_CALLER_KEYS = (
    "aws:multifactorauth",
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:tokenissuetime",
    "aws:federatedprovider",
    "saml:",
)


_OUTSIDERS = {
    "Service": "service",
    "OidcProvider": "oidc_provider",
    "SamlProvider": "saml_provider",
}


def _of_the_caller(key: str) -> bool:
    return key.lower().startswith(_CALLER_KEYS)


def _indexed(edges: Iterable["AssumeEdge"]) -> "_Edges":
    """Edges by source and by target, in a fixed order."""
    from iam.assume import hop_of

    outgoing: dict[str, list[Hop]] = {}
    incoming: dict[str, list[Hop]] = {}
    for hop in sorted(map(hop_of, edges), key=lambda hop: (hop.source, hop.target, hop.operation)):
        outgoing.setdefault(hop.source, []).append(hop)
        incoming.setdefault(hop.target, []).append(hop)
    return outgoing, incoming


class FolderRoad:
    """The road without a store.

    Args:
        model: The facts.
        data: What to call them; a path or a data set.
        context: Condition keys that are known. Those about the caller hold for the start of a
            chain only, for after a hop the role is the caller (C-62, C-63).
        context_complete: Whether a key that is neither there nor readable is absent.
        session_policies: Documents that limit the session at the start of a chain.
        is_dated: Whether the clock of the facts is the time at which they were read.
    """

    def __init__(
        self,
        model: "Snapshot",
        data: str = "",
        *,
        context: Mapping[str, tuple[str, ...]] | None = None,
        context_complete: bool = False,
        session_policies: Sequence[Any] = (),
        is_dated: bool = True,
    ) -> None:
        self._model = model
        self._taken_at = model.taken_at if is_dated else None
        self.data = data
        self._context = context or {}
        self._complete = context_complete
        self._session_policies = session_policies

    def info(self) -> dict[str, Any]:
        """Counts of the facts; ``nodes`` and ``edges`` are of the access graph."""
        model = self._model
        return {
            "data": self.data,
            "snapshot": model.id,
            "taken_at": f"{self._taken_at:%Y-%m-%dT%H:%M:%SZ}" if self._taken_at else "",
            "nodes": len(self._entities),
            "edges": sum(len(hops) for hops in self._edges[0].values()),
            "state": "ready",
            "roles": len(model.roles),
            "users": len(model.users),
            "accounts": sum(account.collected for account in model.accounts.values()),
        }

    def snapshot_id(self) -> str:
        """Id of the snapshot; empty for a folder made by hand."""
        return self._model.id

    def model(self) -> "Snapshot":
        """The facts."""
        return self._model

    def admins(self) -> frozenset[str]:
        """Administrators, decided when first asked for."""
        return self._admins

    @cached_property
    def _admins(self) -> frozenset[str]:
        from iam.admin import is_administrator

        model = self._model
        everybody = (*model.users, *model.roles)
        return frozenset(arn for arn in everybody if is_administrator(model, arn))

    @cached_property
    def _edges(self) -> "_Edges":
        from iam.assume import assume_edges

        if not (self._context or self._complete):
            return _indexed(assume_edges(self._model))
        later = {key: v for key, v in self._context.items() if not _of_the_caller(key)}
        return self._decided(later, ())

    @cached_property
    def _first_edges(self) -> "_Edges":
        return self._decided(self._context, self._session_policies)

    def _decided(
        self, context: Mapping[str, tuple[str, ...]], session_policies: Sequence[Any]
    ) -> "_Edges":
        from iam.assume import edges_into

        return _indexed(
            edge
            for role in sorted(self._model.roles)
            for edge in edges_into(
                self._model,
                role,
                context=context,
                context_complete=self._complete,
                session_policies=session_policies,
            )
        )

    def first(self, start: str) -> Sequence["Hop"] | None:
        """Edges of a start that the asker's context or session policies are about."""
        if not (self._session_policies or any(map(_of_the_caller, self._context))):
            return None
        return self._first_edges[0].get(start, [])

    def chain_facts(self, targets: Collection[str], *, whole: bool) -> "Snapshot":
        """The model: it is at hand."""
        return self._model

    def outgoing(self, sources: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Decided edges by their source."""
        return {key: self._edges[0].get(key, []) for key in sources}

    def incoming(self, targets: Collection[str]) -> Mapping[str, Sequence["Hop"]]:
        """Decided edges by their target."""
        return {key: self._edges[1].get(key, []) for key in targets}

    def sources(self) -> frozenset[str]:
        """Everything that an edge leaves."""
        return frozenset(self._edges[0])

    def layers(self) -> "Snapshot":
        """The model: it is at hand."""
        return self._model

    def coverage(self) -> Sequence["Coverage"]:
        """The coverage ledger of the folder."""
        return self._model.coverage

    def entity(self, key: str) -> Entity | None:
        """What a key names."""
        return self._entities.get(key)

    def exists(self, arn: str) -> bool:
        """Whether the snapshot holds this key, or an edge starts there."""
        model = self._model
        facts = (
            model.users,
            model.roles,
            model.groups,
            model.policies,
            model.instance_profiles,
            model.saml_providers,
            model.oidc_providers,
            model.identity_center_users,
        )
        return any(arn in held for held in facts) or arn in self._entities

    def named(self, name: str) -> list[Entity]:
        """By name, whatever the case of letters."""
        return self._names.get(name.casefold(), [])

    def accounts(self) -> Mapping[str, AccountRef]:
        """The accounts of the snapshot by id."""
        return {
            account.id: AccountRef(
                account.id,
                account.root_arn,
                tuple(name for name in (account.name, *account.aliases) if name),
                account.collected,
            )
            for account in self._model.accounts.values()
        }

    def search(
        self, words: Sequence[str], limit: int, kinds: Sequence[str]
    ) -> tuple[list[Entity], int]:
        """Words are looked for in name, ARN, account id and account name."""
        wanted = [word.casefold() for word in words]
        found = [
            entity
            for entity, text in self._texts
            if (not kinds or entity.kind in kinds) and all(word in text for word in wanted)
        ]
        return found[:limit], len(found)

    def names(self) -> list[str]:
        """Names and keys of everything."""
        return sorted({text for e in self._entities.values() for text in (e.name, e.arn)})

    def close(self) -> None:
        """There is nothing to let go of."""

    @cached_property
    def _entities(self) -> dict[str, Entity]:
        from iam.assume import trust_edges

        found = {entity.arn: entity for entity in self._facts()}
        for trust in trust_edges(self._model):
            if trust.principal not in found:
                found[trust.principal] = self._principal(trust.principal, trust.principal_kind)
        for source, hops in self._edges[0].items():
            if source not in found:
                kind = "Service" if hops[0].operation == "AssumeRole" else "OidcProvider"
                found[source] = self._principal(source, kind)
        return dict(sorted(found.items(), key=lambda item: (item[1].name.casefold(), item[0])))

    @cached_property
    def _names(self) -> dict[str, list[Entity]]:
        found: dict[str, list[Entity]] = {}
        for entity in self._entities.values():
            found.setdefault(entity.name.casefold(), []).append(entity)
        return found

    @cached_property
    def _texts(self) -> list[tuple[Entity, str]]:
        return [
            (e, f"{e.name}\n{e.arn}\n{e.account}\n{e.account_name}".casefold())
            for e in self._entities.values()
        ]

    def _entity(self, arn: str, name: str, account: str, kind: str) -> Entity:
        known = self._model.accounts.get(account)
        return Entity(arn, name, account, known.name if known else "", kind)

    def _facts(self) -> Iterator[Entity]:
        model = self._model
        for kind, things in (
            ("user", model.users),
            ("role", model.roles),
            ("group", model.groups),
            ("policy", model.policies),
            ("instance_profile", model.instance_profiles),
        ):
            for thing in things.values():
                yield self._entity(thing.arn, thing.name, thing.account, kind)
        for arn, saml in model.saml_providers.items():
            yield self._entity(arn, arn.rpartition("/")[2], saml.account, "saml_provider")
        for arn, oidc in model.oidc_providers.items():
            yield self._entity(arn, oidc.url or arn, oidc.account, "oidc_provider")
        for key, person in model.identity_center_users.items():
            yield Entity(key, person.name, "", "", "identity_center_user")
        for account in model.accounts.values():
            name = account.name or account.id
            kind = "account" if account.collected else "external_account"
            yield self._entity(account.root_arn, name, account.id, kind)

    def _principal(self, key: str, kind: str) -> Entity:
        """Somebody who is named, or enters, and was not read."""
        base, mark, subject = key.partition("#")
        parsed = arns.parse(base)
        if key == "*":
            return Entity(key, "everyone", "", "", "everyone")
        if mark:
            account = parsed.account if parsed else ""
            return self._entity(key, subject, account, "federated_subject")
        word = _OUTSIDERS.get(kind, "external_principal")
        if parsed is None:
            return Entity(key, key, "", "", word)
        if parsed.is_account_root:
            return self._entity(key, parsed.account, parsed.account, "external_account")
        return self._entity(key, parsed.name, parsed.account, word)
