"""GetServiceLastAccessedDetails: when each role last asked for which service.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
"""

from collections.abc import Iterable, Iterator

from iam.model import Use
from ingest.draft import Draft, text, when
from ingest.reader import Item, Page, Reader
from ingest.sources._asking import Requests, pairs

NEEDS = (
    "iam:ListRoles",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:GetServiceLastAccessedDetails",
)
SERVICE = "iam"
ROLES = "iam/list-roles"
GENERATE = "iam/generate-service-last-accessed-details"
READ = "iam/get-service-last-accessed-details"
OPERATIONS = (GENERATE, READ)
FOLLOWS = {READ: GENERATE}
AFTER = {GENERATE: ROLES}
SCOPE = "global"
COST = "three calls and a second or more for each role, for AWS writes a report about each"
WITHOUT = (
    "Of a role's use only its last time and Region are known, not which services it asked for."
)
_SOURCE = "last-accessed"


def get(reader: Reader) -> Iterator[Page]:
    """A report about each role; AWS writes them side by side while the next ones are ordered."""
    roles = Requests(pairs("Arn=Arn"))
    for page in reader.call(ROLES):
        roles.add(page, "Roles[]")
    jobs = Requests(pairs("JobId=JobId"))
    for page in reader.each(GENERATE, roles.all()):
        jobs.add(page, "")
        yield page
    for request in jobs.all():
        reader.prepare(READ, request)
    yield from reader.each(READ, jobs.all())


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A use per role and service that it asked for."""
    about: dict[str, str] = {}
    for page in pages:
        if page.operation == GENERATE:
            page.state.items += 1
            about[text(page.response, "JobId")] = page.asked("Arn")
            continue
        role = about.get(text(page.request, "JobId"))
        if role is None:
            page.state.gap(f"{page.place()}: there is no request for this report")
            continue
        if text(page.response, "JobStatus") != "COMPLETED":
            page.state.gap(f"{page.place()}: the report about {role} was not written in time")
            continue
        for item in page.items("ServicesLastAccessed"):
            _use(role, item, page, draft)


def _use(role: str, item: Item, page: Page, draft: Draft) -> None:
    last = when(item.value, "LastAuthenticated", page)
    service = text(item.value, "ServiceNamespace")
    if last is None or not service:
        return  # never asked for in the tracking period
    arn = f"{role}#use/{_SOURCE}/{service}"
    draft.uses[arn] = Use(
        arn=arn,
        role=role,
        source=_SOURCE,
        service=service,
        last=last,
        region=text(item.value, "LastAuthenticatedRegion"),
        place=item.place,
    )
