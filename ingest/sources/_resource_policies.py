"""A resource belongs to the account whose folder names it, whatever its ARN says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iam import arn as arns
from iam.model import Policy, PolicyKind, ResourcePolicy, Tags
from ingest.documents import decode
from ingest.draft import Draft, add
from ingest.reader import Page, Reader
from ingest.sources._asking import arn_of, filled, pairs, requests_of
from ingest.sources._workloads import at

NO_DOCUMENT = "{}"
"""What Kinesis answers for a stream that has no policy."""


def add_resource_policy(
    draft: Draft, page: Page, resource: str, document: Any, tags: Tags = (), place: str = ""
) -> None:
    """Add a resource's policy; None says that it was read and that there is none."""
    policy: Policy | None = None
    if document is not None:
        decoded = decode(document)
        place = place or page.place("Policy")
        if decoded.problem:
            page.state.note(f"{place}: {decoded.problem}")
        policy = Policy(
            arn=f"{resource}#policy",
            name="resource policy",
            kind=PolicyKind.RESOURCE,
            document=decoded.document,
            raw=decoded.raw,
            place=place,
            account=page.account,
        )
    new = ResourcePolicy(
        resource=resource, account=page.account, region=page.region, policy=policy, tags=tags
    )
    add(draft.resource_policies, resource, new, page)


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Resources that are listed, and whose policy is then asked for one by one.

    Attributes:
        list: The operation that lists them.
        items: Where in its answer.
        read: The operation that gives the policy of one.
        asks: What it is asked for (see ``_asking``).
        policy: Where the policy is in the answer, dotted; a key with dots is not there.
        arn: The resource's ARN, from the answer or the request.
        with_: Parameters that are the same for each.
        list_with: Parameters of the list; the account and the Region stand for their names.
        owns_list: Whether the list is this source's to count; another source reads it otherwise.
    """

    list: str
    items: str
    read: str
    asks: str
    policy: str
    arn: tuple[str, ...]
    with_: Mapping[str, Any] = field(default_factory=dict)
    list_with: Mapping[str, str] = field(default_factory=dict)
    owns_list: bool = True

    def get(self, reader: Reader) -> Iterator[Page]:
        """The list, then the policy of each resource in it."""
        listed = []
        given = {name: filled(value, reader) for name, value in self.list_with.items()}
        for page in reader.call(self.list, given):
            listed.append(page)
            if self.owns_list:
                yield page
        wanted = requests_of(pairs(self.asks), listed, self.items)
        yield from reader.each(self.read, [{**request, **self.with_} for request in wanted])

    def transform(self, pages: Iterable[Page], draft: Draft) -> None:
        """A resource policy per resource that was asked for it."""
        for page in pages:
            if page.operation == self.list:
                page.count(self.items)
                continue
            add_read(draft, page, self.arn, self.policy)


def add_read(draft: Draft, page: Page, arn: Sequence[str], policy: str) -> None:
    """Add the policy that was asked for; ``arn`` and ``policy`` as ``OneByOne`` has them."""
    found = (arn_of(pattern, page.response, page, draft) for pattern in arn)
    resource = next((one for one in found if arns.parse(one) is not None), "")
    if not resource:
        page.state.gap(f"{page.place()}: the saved answer does not say whose policy it is")
        return
    page.state.items += 1
    document = next(iter(at(page.response, policy)), None)
    if document == NO_DOCUMENT:
        document = None
    add_resource_policy(draft, page, resource, document, place=page.place(*policy.split(".")))


class Several:
    """Kinds of resources of one service, each listed and read as ``OneByOne`` says."""

    def __init__(self, *kinds: OneByOne) -> None:
        self._kinds = kinds

    def get(self, reader: Reader) -> Iterator[Page]:
        """One kind after the other."""
        for kind in self._kinds:
            yield from kind.get(reader)

    def transform(self, pages: Iterable[Page], draft: Draft) -> None:
        """A resource policy per resource that was asked for it."""
        by_operation = {name: kind for kind in self._kinds for name in (kind.list, kind.read)}
        for page in pages:
            by_operation[page.operation].transform((page,), draft)
