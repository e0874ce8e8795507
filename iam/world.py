"""A snapshot made ready for deciding: every document parsed once, every caller gathered once.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from iam import policy as policies
from iam.decision import Evidence, statement_ref
from iam.match import action as actions
from iam.model import Account, Group, Organization, Policy, PolicyKind, Role, Snapshot, User
from iam.policy import Document, Statement


class Bound:
    """A statement together with the document it stands in; made once, since decisions are many.

    Attributes:
        statement: The statement.
        document: The document.
        policy: The policy that holds the statement.
        ref: ``<policy>@<version>#<index>``.
        evidence: The statement as evidence of a layer, kept by ``layers.base``.
    """

    __slots__ = ("document", "evidence", "policy", "ref", "statement")

    def __init__(self, statement: Statement, document: Document) -> None:
        self.statement = statement
        self.document = document
        self.policy = document.policy
        self.ref = statement_ref(self.policy.arn, self.policy.version, statement.index)
        self.evidence: dict[str, Evidence] = {}


@dataclass(frozen=True, slots=True)
class Body:
    """Statements of one layer of one entity, and what of it could not be read.

    ``unparsed`` are documents with at least one part that does not parse (A-9); ``unread`` are
    policy keys whose document is not in the snapshot (A-12).
    """

    bound: tuple[Bound, ...] = ()
    unparsed: tuple[Document, ...] = ()
    unread: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class World:
    """The compiled view of one snapshot; made once per snapshot by ``world_of``."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._documents: dict[str, Document] = {}
        self._bound: dict[str, tuple[Document, tuple[Bound, ...]]] = {}
        self._identity: dict[str, Body] = {}
        self._relevant: dict[tuple[str, str], Body] = {}
        self._levels: dict[tuple[str, PolicyKind], list[tuple[str, Body]] | None] = {}
        self._levels_for: dict[tuple[str, PolicyKind, str], list[tuple[str, Body, Body]]] = {}
        self.memo: dict[object, object] = {}

    def learn(self, other: "World") -> None:
        """Take over what was parsed of other facts; what is of another policy does not count."""
        self._documents.update(other._documents)
        self._bound.update(other._bound)

    def document(self, policy: Policy) -> Document:
        """The parsed document of a policy of the snapshot."""
        found = self._documents.get(policy.arn)
        if found is None or found.policy is not policy:
            found = policies.parse(policy)
            self._documents[policy.arn] = found
        return found

    def bound(self, document: Document) -> Sequence[Bound]:
        """The statements of a document of the snapshot."""
        found = self._bound.get(document.policy.arn)
        if found is None or found[0] is not document:
            found = (document, tuple(Bound(s, document) for s in document.statements))
            self._bound[document.policy.arn] = found
        return found[1]

    def body(
        self, documents: Sequence[Policy], unread: Sequence[str] = (), rules: Sequence[str] = ()
    ) -> Body:
        """Gather policies into the statements of one layer."""
        bound: list[Bound] = []
        unparsed: list[Document] = []
        missing = list(unread)
        noted = set(rules)
        for policy in documents:
            if policy.document is None and not policy.raw:
                missing.append(policy.arn)
                continue
            document = self.document(policy)
            noted.update(document.rules)
            bound.extend(self.bound(document))
            if document.unparsed:
                unparsed.append(document)
        return Body(tuple(bound), tuple(unparsed), tuple(missing), tuple(sorted(noted)))

    def identity(self, entity: User | Role) -> Body:
        """Identity policies of a user (groups included) or role: C-28, A-11, A-12."""
        found = self._identity.get(entity.arn)
        if found is not None:
            return found
        holders: list[User | Role | Group] = [entity]
        unread: list[str] = []
        rules: set[str] = {"C-28"}
        if isinstance(entity, User):
            for key in entity.groups:
                group = self.snapshot.groups.get(key)
                if group is None:
                    unread.append(key)  # what it allows and denies, its members share
                else:
                    holders.append(group)
        documents: list[Policy] = []
        for holder in holders:
            documents.extend(holder.inline)
            for key in holder.attached:
                managed = self.snapshot.policies.get(key)
                if managed is None:
                    unread.append(key)
                else:
                    rules.add("A-11")
                    documents.append(managed)
        found = self.body(documents, unread, tuple(rules))
        self._identity[entity.arn] = found
        return found

    def identity_for(self, entity: User | Role, action: str) -> Body:
        """The identity statements whose action element fits, for all sessions of a role (C-14)."""
        key = (entity.arn, action)
        found = self._relevant.get(key)
        if found is None:
            found = relevant(self.identity(entity), action)
            self._relevant[key] = found
        return found

    def boundary(self, entity: User | Role) -> Body | None:
        """The permissions boundary, None when there is none; the default version counts (A-11)."""
        if entity.boundary is None:
            return None
        policy = self.snapshot.policies.get(entity.boundary)
        if policy is None:
            return Body(unread=(entity.boundary,))
        return self.body([policy])

    def account(self, account: str) -> Account | None:
        """An account of the snapshot."""
        return self.snapshot.accounts.get(account)

    def organization_of(self, account: str) -> Organization | None:
        """The organization, when the account is known to be a member of it."""
        found = self.snapshot.accounts.get(account)
        organization = self.snapshot.organization
        if found is None or organization is None:
            return None
        if (
            found.parent is not None
            or account == organization.management_account
            or (found.organization and found.organization == organization.id)
        ):
            return organization
        return None

    def path(self, account: str) -> list[str]:
        """Ids from the root down to the account itself; empty when its place is not known."""
        organization = self.organization_of(account)
        found = self.snapshot.accounts.get(account)
        if organization is None or found is None or found.parent is None:
            return []
        chain = [account]
        at: str | None = found.parent
        while at is not None and at not in chain:
            chain.append(at)
            unit = organization.units.get(at)
            at = unit.parent if unit is not None else None
        return list(reversed(chain))

    def levels(self, account: str, kind: PolicyKind) -> list[tuple[str, Body]]:
        """SCPs or RCPs by level of the account's path, root first (C-38).

        What is in force is computed from what is attached: AWS tells it of neither (C-41).
        """
        key = (account, kind)
        cached = self._levels.get(key)
        if cached is not None:
            return cached
        organization = self.snapshot.organization
        result: list[tuple[str, Body]] = []
        if organization is not None:
            for target in self.path(account):
                documents = [
                    organization.policies[p]
                    for p in organization.targets.get(target, ())
                    if p in organization.policies and organization.policies[p].kind is kind
                ]
                result.append((target, self.body(documents)))
        self._levels[key] = result
        return result

    def levels_for(
        self, account: str, kind: PolicyKind, action: str
    ) -> Sequence[tuple[str, Body, Body]]:
        """Each level whole, and the part of it whose action element fits."""
        key = (account, kind, action)
        found = self._levels_for.get(key)
        if found is None:
            found = [
                (target, body, relevant(body, action))
                for target, body in self.levels(account, kind)
            ]
            self._levels_for[key] = found
        return found


def relevant(body: Body, action: str) -> Body:
    """The part of a body whose action element fits an action."""
    return Body(
        tuple(b for b in body.bound if action_applies(b.statement, action)),
        body.unparsed,
        body.unread,
        body.rules,
    )


def action_applies(statement: Statement, action: str) -> bool:
    """Whether ``Action`` or ``NotAction`` fits (A-31, A-33, A-34)."""
    found = any(actions.matches(text, action) for text in statement.actions)
    return found != statement.not_action


def world_of(snapshot: Snapshot) -> World:
    """The compiled view, kept on the snapshot."""
    found: World | None = snapshot.__dict__.get("_world")
    if found is None:
        found = World(snapshot)
        snapshot.__dict__["_world"] = found
    return found
