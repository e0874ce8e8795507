"""Which condition keys AWS documents, and what each kind of caller brings of them, is data.

``iam/data/condition-keys.tsv`` has a row for each key of a role's assumption. A cell of a caller
kind is ``known`` (the snapshot says it), ``-`` (absent), the kind of requirement that the key makes
(with ``always`` when the key is never absent), or the open question that its presence is. A
contract test asks the engine about every cell.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

CALLERS = ("USER", "USER_ST", "ROLE", "ROLE_FED", "ROLE_SVC", "SERVICE", "SAML", "OIDC")
ABSENT = "-"
KNOWN = "known"
ALWAYS = "always "


@dataclass(frozen=True, slots=True)
class Key:
    """One condition key; ``name`` ends with ``*`` where a tag's own name follows.

    ``only_of`` says which roles' sessions can have it: those that a service of this name may use,
    those that trust an identity provider (``oidc``), or let tags be passed (``tags``).
    """

    name: str
    rule: str
    type: str
    multivalued: bool
    only_of: str
    cells: Mapping[str, str]


@cache
def table() -> Mapping[str, Key]:
    """Every key by its lower-case name."""
    text = resources.files("iam").joinpath("data/condition-keys.tsv").read_text("utf-8")
    return {
        row["key"].lower(): Key(
            row["key"],
            row["rule"],
            row["type"],
            row["multivalued"] == "yes",
            row["only_of"],
            {kind: row[kind] for kind in CALLERS},
        )
        for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    }
