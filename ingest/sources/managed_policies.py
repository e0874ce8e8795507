"""GetPolicy and GetPolicyVersion: managed policies that the authorization details did not show.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from iam import arn as arns
from iam.model import Policy, PolicyKind
from ingest.documents import decode
from ingest.draft import Draft, text
from ingest.reader import Page, Reader

NEEDS = ("iam:GetPolicy", "iam:GetPolicyVersion")
SERVICE = "iam"
POLICY = "iam/get-policy"
VERSION = "iam/get-policy-version"
OPERATIONS = (POLICY, VERSION)
FOLLOWS = {VERSION: POLICY}
SCOPE = "global"
WITHOUT = (
    "A policy that is attached and that the authorization details did not show, as an AWS "
    "managed policy may be, is a requirement in every decision that it could change."
)


def get(reader: Reader) -> Iterator[Page]:
    """Each attached policy whose document is not known yet, then its default version."""
    wanted: list[dict[str, Any]] = []
    for page in reader.each(POLICY, ({"PolicyArn": arn} for arn in reader.missing_policies())):
        value = page.response.get("Policy")
        if isinstance(value, dict) and text(value, "DefaultVersionId"):
            wanted.append(
                {"PolicyArn": text(value, "Arn"), "VersionId": text(value, "DefaultVersionId")}
            )
        yield page
    yield from reader.each(VERSION, wanted)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Which version counts, and what it says."""
    for page in pages:
        if page.operation == POLICY:
            value = page.object("Policy")
            arn = text(value, "Arn")
            if arn and text(value, "DefaultVersionId"):
                draft.default_versions[arn] = text(value, "DefaultVersionId")
            continue
        arn = page.asked("PolicyArn")
        value = page.object("PolicyVersion")
        version = text(value, "VersionId") or text(page.request, "VersionId")
        if not arn or not value:
            continue
        decoded = decode(value.get("Document"))
        place = page.place("PolicyVersion", "Document")
        if decoded.problem:
            page.state.note(f"{place}: {decoded.problem}")
        account = arns.account_of(arn)
        path, _, name = arn.partition(":policy/")[2].rpartition("/")
        if value.get("IsDefaultVersion") is True:
            draft.default_versions.setdefault(arn, version)
        draft.policy_versions[arn, version] = Policy(
            arn=arn,
            name=name or arn,
            kind=PolicyKind.MANAGED,
            document=decoded.document,
            raw=decoded.raw,
            version=version,
            place=place,
            path=f"/{path}/" if path else "/",
            account="" if account == "aws" else account,
            is_aws_managed=account == "aws",
            versions=(version,),
        )
