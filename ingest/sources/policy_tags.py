"""ListPolicyTags: the tags of customer managed policies, which no other answer holds.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.draft import Draft, tags_of, text
from ingest.reader import Page, Reader

NEEDS = ("iam:ListPolicies", "iam:ListPolicyTags")
SERVICE = "iam"
LIST = "iam/list-policies"
READ = "iam/list-policy-tags"
OPERATIONS = (LIST, READ)
AFTER = {READ: LIST}
SCOPE = "global"
WITHOUT = "A plan to delete a managed policy says to save its tags first."


def get(reader: Reader) -> Iterator[Page]:
    """The policies of the account, then the tags of each."""
    asked: list[dict[str, Any]] = []
    for page in reader.call(LIST, {"Scope": "Local"}):
        asked += [{"PolicyArn": text(policy, "Arn")} for policy in page.peek("Policies")]
        yield page
    yield from reader.each(READ, [one for one in asked if one["PolicyArn"]])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Tags by policy."""
    for page in pages:
        if page.operation == LIST:
            page.count("Policies")
            continue
        if arn := page.asked("PolicyArn"):
            page.count("Tags")
            draft.policy_tags[arn] = (
                *draft.policy_tags.get(arn, ()),
                *tags_of(page.response, page),
            )
