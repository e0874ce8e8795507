"""Every failure of a call has a place in the coverage ledger; none of them ends a run by surprise.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import re
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    NoCredentialsError,
    ReadTimeoutError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

CAUGHT = (BotoCoreError, ClientError, ResponseParserError)
"""What botocore raises; a ``ResponseParserError`` is neither of the other two."""
TIMED_OUT = (ConnectTimeoutError, ReadTimeoutError)
"""What botocore raises when nothing came back at all."""

_PERFORM = re.compile(r"not authorized to perform:?\s*\[?([a-z0-9-]+:[A-Za-z0-9]+)")
_PAGE = re.compile(r"<!doctype html|<html", re.IGNORECASE)
_BLOCKED = re.compile(r"with an explicit deny in an? ([a-z -]+policy|permissions boundary)")
_DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "UnauthorizedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ForbiddenException",
        "AllAccessDisabled",
    }
)
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
INVALID_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "AuthFailure",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "InvalidSignatureException",
        "IncompleteSignature",
    }
)
"""Codes for credentials that AWS does not know: gone, or of no use in that region."""
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException",
    }
)
_NOT_ENABLED = frozenset(
    {
        "AWSOrganizationsNotInUseException",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesModeException",
        "PolicyTypeNotEnabledException",
        "ServiceAccessNotEnabledException",
    }
)
_NOT_AVAILABLE = frozenset(
    {
        "AccountNotManagementOrDelegatedAdministratorException",
        "OptInRequired",
        "SubscriptionRequiredException",
        "UnknownOperationException",
    }
)
_ABSENT = frozenset(
    {
        "NoSuchAccessPoint",
        "NoSuchAccessPointPolicy",
        "NoSuchBucketPolicy",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchEntityException",
        "ResourceNotFoundException",
        "NotFoundException",
        "EntityNotFoundException",
        "PolicyNotFoundException",
        "PolicyNotFound",
        "RegistryPolicyNotFoundException",
        "RepositoryPolicyNotFoundException",
        "RepositoryNotFoundException",
        "ResourcePolicyNotFoundException",
        "FileSystemNotFound",
        "NotFound",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ReplicationConfigurationNotFoundError",
    }
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed call means: a coverage state, or ``absent`` for a thing that is not there."""

    status: str
    code: str
    note: str
    missing_action: str = ""
    expired: bool = False

    @property
    def reason(self) -> str:
        """In words, for a line about it."""
        if self.status == "denied":
            return f"{self.missing_action} is refused" + (f", {self.note}" if self.note else "")
        return self.note or self.code


def classify(error: Exception, action: str) -> Failure:
    """Say what a failed call means for coverage.

    Args:
        error: What botocore raised.
        action: The IAM action of the call, for errors that do not name one.
    """
    if isinstance(error, ClientError):
        return _of_client(error, action)
    name = type(error).__name__
    note = _note(str(error))
    if isinstance(error, NoCredentialsError | CredentialRetrievalError | TokenRetrievalError):
        return Failure("error", name, note, expired=True)
    return Failure("error", name, note)


def _note(message: str) -> str:
    """AWS's words on one line; a web page in their place, as a proxy sends one, is only named."""
    if _PAGE.search(message):
        return "an HTML page came instead of an answer of AWS"
    return " ".join(message.split())[:300]


def _of_client(error: ClientError, action: str) -> Failure:
    response = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    message = _note(str(response.get("Error", {}).get("Message", "")))
    http = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _EXPIRED:
        return Failure("error", code, message, expired=True)
    if code in INVALID_CREDENTIALS:
        return Failure("not-available", code, message)
    if code in _THROTTLED:
        return Failure("throttled", code, message)
    if code in _DENIED or http == 403 or code.startswith("NotAuthorized"):
        named = _PERFORM.search(message)
        blocked = _BLOCKED.search(message)
        return Failure(
            "denied",
            code,
            f"explicit deny in a {blocked[1]}" if blocked else "",
            named[1] if named else action,
        )
    if code in _NOT_ENABLED:
        return Failure("not-enabled", code, "")
    if code in _NOT_AVAILABLE:
        return Failure("not-available", code, message)
    if code in _ABSENT:
        return Failure("absent", code, "")
    return Failure("error", code, message)
