"""GetServiceLinkedRoleDeletionStatus: what came of deletions that somebody submitted, where saved.

AWS lists no deletion tasks, so none is asked for: whoever submitted one knows its id. Save the
answers as ``<account>/global/iam/get-service-linked-role-deletion-status.jsonl``, a line each, the
newest last: ``{"request": {"DeletionTaskId": …}, "response": {"Status": …, "Reason"?: …}}``.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletionTaskFailureReasonType.html
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from iam.linked_roles import STATES
from ingest.draft import Draft, text
from ingest.reader import Page, Reader

NEEDS: tuple[str, ...] = ()
SERVICE = "iam"
OPERATIONS = ("iam/get-service-linked-role-deletion-status",)
SCOPE = "offline"
WITHOUT = (
    "Whether a service already refused to let its role go, and for which resources, is not known; "
    "it is foretold from the inventory."
)


def get(reader: Reader) -> Iterator[Page]:
    """The saved answers; AWS lists no tasks to ask about."""
    yield from reader.call(OPERATIONS[0])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One answer per task; a later one about the same task takes its place."""
    for page in pages:
        id = page.request.get("DeletionTaskId")
        words = id.split("/") if isinstance(id, str) else []
        if len(words) != 5 or words[:2] != ["task", "aws-service-role"]:
            raise page.fault("expected a request with the DeletionTaskId of a role")
        status = text(page.response, "Status")
        if status not in STATES:
            raise page.fault(f"expected one of {', '.join(STATES)}", "Status")
        page.state.items += 1
        partition = draft.partition_of(page.account)
        role = f"arn:{partition}:iam::{page.account}:role/{'/'.join(words[1:4])}"
        answer = json.dumps({"Status": status, **_reason(page)}, separators=(",", ":"))
        held = draft.roles.get(role)  # read by then: the authorization details come first
        if held is not None:
            others = [task for task in held.deletion_tasks if task[0] != id]
            tasks = (*others, (str(id), answer))
            draft.roles[role] = replace(held, deletion_tasks=tasks)


def _reason(page: Page) -> dict[str, Any]:
    """Why the service refused, as AWS says it; what has another shape is a gap."""
    reason = page.response.get("Reason")
    if not isinstance(reason, dict):
        return {}
    usage = []
    for one in reason.get("RoleUsageList") or ():
        resources = one.get("Resources") if isinstance(one, dict) else None
        if not isinstance(resources, list):
            page.state.gap(
                f"{page.place('Reason', 'RoleUsageList')}: expected Region and Resources"
            )
            continue
        named = [resource for resource in resources if isinstance(resource, str)]
        usage.append({"Region": text(one, "Region"), "Resources": named})
    return {"Reason": {"Reason": text(reason, "Reason"), "RoleUsageList": usage}}
