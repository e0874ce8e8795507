"""GetCredentialReport: which users of an account have a password, keys and an MFA device.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

import base64
import binascii
import csv
import io
from collections.abc import Iterable, Iterator

from ingest.draft import Credentials, Draft
from ingest.reader import Page, Reader

NEEDS = ("iam:GenerateCredentialReport", "iam:GetCredentialReport")
SERVICE = "iam"
GENERATE = "iam/generate-credential-report"
READ = "iam/get-credential-report"
OPERATIONS = (READ,)
EXPECTED = OPERATIONS
SCOPE = "global"
WITHOUT = "It is not known which users have a password, keys or an MFA device."
_ACTIVE = ("password_enabled", "access_key_1_active", "access_key_2_active")


def get(reader: Reader) -> Iterator[Page]:
    """The report; AWS writes one first if there is none from the last four hours."""
    reader.prepare(GENERATE)
    yield from reader.call(READ)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """One line of the report per user."""
    for page in pages:
        content = page.response.get("Content")
        if not isinstance(content, str) or not content:
            raise page.fault("expected the report as base64 text", "Content")
        report = content
        if not content.startswith("user,"):
            try:
                report = base64.b64decode(content, validate=True).decode("utf-8")
            except (binascii.Error, ValueError):
                raise page.fault("expected the report as base64 text", "Content") from None
        for number, row in enumerate(_rows(report)):
            if row is None:
                page.state.gap(f"{page.place('Content')}: line {number + 2} has too many columns")
                continue
            arn = row.get("arn") or ""
            if ":user/" not in arn:
                continue
            page.state.items += 1
            draft.credentials[arn] = Credentials(
                any(row.get(key) == "true" for key in _ACTIVE),
                1 if row.get("mfa_active") == "true" else 0,
                row.get("password_enabled") == "true",
            )


def _rows(report: str) -> Iterator[dict[str, str] | None]:
    """The lines by column; None for one that has too many.

    A user's name may hold commas. Where the report does not quote it, they stand twice: in the name
    and in the ARN after it.
    """
    header, *lines = csv.reader(io.StringIO(report))
    for line in lines:
        commas, odd = divmod(len(line) - len(header), 2)
        if commas > 0 and not odd:
            name, arn = line[: commas + 1], line[commas + 1 : 2 * commas + 2]
            line = [",".join(name), ",".join(arn), *line[2 * commas + 2 :]]
        yield dict(zip(header, line, strict=False)) if len(line) <= len(header) else None
