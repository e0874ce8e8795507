"""LookupEvents: who entered which role in the last days, by the events of CloudTrail.

Source:
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from iam.model import Use
from ingest.draft import Draft, text, when
from ingest.reader import Item, Page, Reader
from ingest.sources._workloads import values_at

NEEDS = ("cloudtrail:LookupEvents",)
SERVICE = "cloudtrail"
LOOKUP = "cloudtrail/lookup-events"
OPERATIONS = (LOOKUP,)
SCOPE = "regional"
DAYS = 7
COST = f"CloudTrail answers two pages of 50 events a second in a Region; {DAYS} days are read"
WITHOUT = "Who entered a role is not known, only who could."
_SOURCE = "cloudtrail"
_NAMES = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_CALLERS = ("sessionContext.sessionIssuer.arn", "arn", "invokedBy", "identityProvider")


def get(reader: Reader) -> Iterator[Page]:
    """The events of each way into a role, since a midnight, so that asking again asks the same."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS)
    yield from reader.each(
        LOOKUP,
        [
            {
                "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
                "StartTime": since,
            }
            for name in _NAMES
        ],
    )


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A use per role and caller, however often."""
    for page in pages:
        for item in page.items("Events"):
            _event(item, page, draft)


def _event(item: Item, page: Page, draft: Draft) -> None:
    try:
        event = json.loads(text(item.value, "CloudTrailEvent", "{}"))
    except ValueError:
        page.state.gap(f"{item.place}/CloudTrailEvent: expected JSON")
        return
    role = next(values_at(event, "requestParameters.roleArn"), "")
    time = when(item.value, "EventTime", page)
    if not role or time is None or (isinstance(event, dict) and event.get("errorCode")):
        return  # refused, or of another kind
    by = _caller(event)
    arn = f"{role}#use/{_SOURCE}/{by}"
    old = draft.uses.get(arn) or Use(
        arn=arn, role=role, source=_SOURCE, by=by, first=time, last=time, place=item.place
    )
    first, last = min(old.first or time, time), max(old.last or time, time)
    draft.uses[arn] = replace(
        old,
        first=first,
        last=last,
        region=page.region if last == time else old.region,
        times=old.times + 1,
    )


def _caller(event: Mapping[str, Any]) -> str:
    """Who asked: the role of a session, a user, a service, an identity provider."""
    identity = event.get("userIdentity")
    return next((found for path in _CALLERS for found in values_at(identity, path)), "")
