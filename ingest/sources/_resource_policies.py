"""A resource belongs to the account whose folder names it, whatever its ARN says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iam import arn as arns
from iam.model import Policy, PolicyKind, ResourcePolicy, Tags
from ingest.documents import decode
from ingest.draft import Draft, add
from ingest.reader import Page, Reader
from ingest.sources._asking import arn_of, pairs, requests_of
from ingest.sources._workloads import at


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
        owns_list: Whether the list is this source's to count; another source reads it otherwise.
    """

    list: str
    items: str
    read: str
    asks: str
    policy: str
    arn: tuple[str, ...]
    with_: Mapping[str, Any] = field(default_factory=dict)
    owns_list: bool = True

    def get(self, reader: Reader) -> Iterator[Page]:
        """The list, then the policy of each resource in it."""
        listed = []
        for page in reader.call(self.list):
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
            found = (arn_of(pattern, page.response, page, draft) for pattern in self.arn)
            resource = next((arn for arn in found if arns.parse(arn) is not None), "")
            if not resource:
                page.state.gap(f"{page.place()}: the saved answer does not say whose policy it is")
                continue
            page.state.items += 1
            document = next(iter(at(page.response, self.policy)), None)
            place = page.place(*self.policy.split("."))
            add_resource_policy(draft, page, resource, document, place=place)
