"""What a policy says and AWS does not know is named: an operator, a key, a service, an action.

Such a statement is valid JSON and decides something else than its author thinks: a condition that
nothing meets, an action that nobody calls. ``iam/data/action-prefixes.tsv`` has the prefix of every
service, those that AWS has closed included.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

from iam import key_table, keys
from iam.conditions import operators
from iam.mentions import every_document
from iam.model import Snapshot
from iam.policy import Document
from iam.world import world_of

# Keys of every service and of STS, whose list is whole; those of one service are its own affair.
_OURS = ("aws", "sts")
# Global keys that no role's assumption carries.
_ELSEWHERE = frozenset(("aws:viaawsmcpservice", "aws:calledviaawsmcp", "aws:sourceowner"))


def oddities(snapshot: Snapshot) -> list[str]:
    """Each thing that is not understood, with its number of statements and the first of them."""
    world = world_of(snapshot)
    found: dict[str, list[str]] = {}
    for policy in every_document(snapshot):
        # AWS writes its own policies, and thousands of accounts have the same ones.
        if policy.document is None or policy.is_aws_managed:
            continue
        for index, what in of_document(world.document(policy)):
            found.setdefault(what, []).append(f"{policy.place or policy.arn}: statement {index}")
    return [
        f"{places[0]}: {what}" + (f"; so in {len(places):,} statements" if len(places) > 1 else "")
        for what, places in sorted(found.items())
    ]


def of_document(document: Document) -> Iterator[tuple[int, str]]:
    """Statement numbers of a document, and what in them is not understood; each once.

    Example:
        >>> from iam.model import Policy, PolicyKind
        >>> from iam.policy import parse
        >>> said = {"Effect": "Allow", "Action": ["S3:Get*", "s4:Get*"], "Resource": "*"}
        >>> policy = Policy(arn="x", name="x", kind=PolicyKind.INLINE, document={"Statement": said})
        >>> list(of_document(parse(policy)))
        [(0, 'no service has the prefix `s4`')]
    """
    for statement in document.statements:
        whats = [_action(action) for action in statement.actions]
        for condition in statement.conditions:
            whats += (_operator(condition.operator), _key(condition.key))
        for what in dict.fromkeys(whats):
            if what:
                yield statement.index, what


@lru_cache(maxsize=65536)
def _action(action: str) -> str:
    prefix, colon, name = action.partition(":")
    if action in ("*", "*:*") or (colon and name and prefix.lower() in _prefixes()):
        return ""
    if not colon or not name:
        return f"`{action}` is no action: those have a service before a colon"
    return f"no service has the prefix `{prefix}`"


def _operator(operator: str) -> str:
    return "" if operators.parse(operator) else f"there is no operator `{operator}`"


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    """Keys of identity providers begin with their address, which has a dot."""
    prefix, colon, name = key.rpartition(":")
    first = key.partition(":")[0].lower()
    lower = keys.canonical(key).lower()
    if not colon or not name:
        return f"`{key}` is no condition key: those have a service before a colon"
    if first in _OURS:
        head, slash, _ = lower.partition("/")
        known = lower in _ELSEWHERE or f"{head}{slash}{'*' * bool(slash)}" in key_table.table()
        return "" if known else f"there is no condition key `{key}`"
    if "." in prefix or first == "saml" or first in _prefixes():
        return ""
    return f"no service has condition keys with the prefix `{prefix}`"


@cache
def _prefixes() -> frozenset[str]:
    text = resources.files("iam").joinpath("data/action-prefixes.tsv").read_text("utf-8")
    return frozenset(text.split()[1:])
