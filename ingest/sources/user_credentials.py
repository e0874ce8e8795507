"""What each user of an account signs in with: its keys, certificates and MFA devices.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from iam.model import CREDENTIALS
from ingest.draft import Draft, text
from ingest.reader import Page, Reader

NEEDS = (
    "iam:ListUsers",
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListMFADevices",
)
SERVICE = "iam"
LIST = "iam/list-users"
_IDS = {
    "access_key": ("AccessKeyMetadata", "AccessKeyId"),
    "signing_certificate": ("Certificates", "CertificateId"),
    "ssh_key": ("SSHPublicKeys", "SSHPublicKeyId"),
    "service_credential": ("ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
    "mfa_device": ("MFADevices", "SerialNumber"),
}
_KINDS = {f"iam/{CREDENTIALS[kind]}": kind for kind in _IDS}
OPERATIONS = (LIST, *_KINDS)
AFTER = dict.fromkeys(_KINDS, LIST)
SCOPE = "global"
WITHOUT = (
    "Which keys, certificates and devices keep a user from being deleted is known from the "
    "credential report only, which names none of them and leaves SSH keys and service-specific "
    "credentials out."
)


def get(reader: Reader) -> Iterator[Page]:
    """The users of the account, then each kind of credential of each."""
    asked: list[dict[str, Any]] = []
    for page in reader.call(LIST):
        asked += [{"UserName": text(user, "UserName")} for user in page.peek("Users")]
        yield page
    for operation in _KINDS:
        yield from reader.each(operation, [one for one in asked if one["UserName"]])


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """Ids alone: no answer holds a secret, and none of their other fields is kept."""
    for page in pages:
        if page.operation == LIST:
            page.count("Users")
            continue
        kind = _KINDS[page.operation]
        name = page.asked("UserName")
        if not name:
            continue
        held = draft.user_credentials.setdefault((page.account, name.lower()), {})
        key, id = _IDS[kind]
        for item in page.items(key):
            if found := text(item.value, id):
                held[kind, found] = None
            else:
                page.state.gap(f"{item.place}: there is no {id}")
