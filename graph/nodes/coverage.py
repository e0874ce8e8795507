"""Whether one scope was read, refused, or never asked."""

from collections.abc import Iterator

from graph.codec import encode, text
from graph.derivation import Derivation
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Coverage",),
    doc="One line of the coverage ledger: one call of one account and Region.",
    key="`<snapshot>/<scope>`; the same scope once more ends in `#` and its number",
    properties=(
        Property("account", "id of the account", required=True),
        Property("account_name", "name of that account; empty when not known", required=True),
        Property("region", "Region, or `global`", required=True),
        Property("service", "name of the service's client", required=True),
        Property("operation", "name of the call", required=True),
        Property(
            "status",
            "`complete partial denied throttled not-available not-enabled error skipped stale`",
            required=True,
        ),
        Property("resource", "the one resource that was asked about; empty for all"),
        Property("pages", "pages that were read", "int"),
        Property("items", "things that were read", "int"),
        Property("error_code", "AWS's code of the refusal"),
        Property("missing_action", "the IAM action that would have allowed it"),
        Property("note", "what was odd about the answer"),
        Property("taken_at", "when it was read, as ISO text in UTC"),
        Property("is_seen", "whether nothing of the scope is missing", "bool", required=True),
        Property("position", "place in the ledger", "int", required=True),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
)

_SEEN = ("complete", "not-enabled", "not-available")


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per line."""
    met: dict[str, int] = {}
    for position, line in enumerate(derivation.snapshot.coverage):
        key = text(f"{derivation.snapshot_key}/{line.scope}")
        met[key] = met.get(key, 0) + 1
        yield NODE.node(
            key if met[key] == 1 else f"{key}#{met[key]}",
            name=text(line.scope),
            account_name=derivation.account_name(line.account),
            is_seen=line.status in _SEEN,
            position=position,
            **encode(line),
        )
