"""A rehearsed deletion in words, groups and a drawing: what refuses, what breaks, who loses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.dashboard.parts import graph
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.sentences import counted
from iam.model import CREDENTIALS

Json = Mapping[str, Any]

HARD_WORDS: Mapping[str, tuple[str, str]] = {
    "attached_policy": ("managed policy attached", "managed policies attached"),
    "inline_policy": ("inline policy", "inline policies"),
    "instance_profile": ("instance profile holds it", "instance profiles hold it"),
    "service_linked_role": ("service owns it", "services own it"),
    "deletion_task": ("answer of its service that refused", "things that its service named"),
    "reserved_role": ("permission set owns it", "permission sets own it"),
    "identity_center_provider": ("IAM Identity Center owns it", "IAM Identity Center owns it"),
    "aws_managed_policy": ("AWS owns it", "AWS owns it"),
    "credentials": ("kind of credentials", "kinds of credentials"),
    "login_profile": ("password", "passwords"),
    "access_key": ("access key", "access keys"),
    "signing_certificate": ("signing certificate", "signing certificates"),
    "ssh_key": ("SSH key", "SSH keys"),
    "service_credential": ("service-specific credential", "service-specific credentials"),
    "mfa_device": ("MFA device", "MFA devices"),
    "group_membership": ("group that it is in", "groups that it is in"),
    "member": ("member", "members"),
    "attachment": ("entity that has it attached", "entities that have it attached"),
    "boundary_use": ("entity bounded by it", "entities bounded by it"),
    "policy_version": ("older version", "older versions"),
    "role": ("role in it", "roles in it"),
    "denied_by_policy": ("call that a policy denies", "calls that policies deny"),
}
"""What a hard blocker is, for one and for several of its kind."""

SOFT_WORDS: Mapping[str, tuple[str, str]] = {
    "workload": ("resource runs with it", "resources run with it"),
    "mentioned": ("resource names it", "resources name it"),
    "named_in_trust": ("trust policy names it", "trust policies name it"),
    "named_in_resource_policy": ("resource policy names it", "resource policies name it"),
    "kms_grant": ("grant of a KMS key", "grants of KMS keys"),
    "recent_use": ("recent use", "recent uses"),
    "assumed_by": ("principal was seen entering it", "principals were seen entering it"),
    "used_service": ("service that it asked for", "services that it asked for"),
    "last_way_in": ("last way into its account", "last ways into its account"),
    "assignment": ("assignment in IAM Identity Center", "assignments in IAM Identity Center"),
    "boundary_ends": ("boundary would end", "boundaries would end"),
    "owner": ("sign of an owner", "signs of an owner"),
    "reusable_exemption": ("exemption that a new role could take", "exemptions for the taking"),
    "third_party": ("third party knows its ARN", "third parties know its ARN"),
    "holder_loses": ("holder loses permissions", "holders lose permissions"),
    "member_loses": ("member loses permissions", "members lose permissions"),
    "operator_needs": ("condition for the operator", "conditions for the operator"),
}
"""What a soft blocker is, for one and for several of its kind."""

MEANING: Mapping[str, str] = {
    "named_in_trust": "The name becomes a dead unique id there; a new role of the same name does "
    "not get the trust back.",
    "named_in_resource_policy": "The name becomes a dead unique id there.",
    "kms_grant": "What the grant allows is lost; a new role of the same name does not get it back.",
    "reusable_exemption": "Whoever makes a role of that name next is exempt, too.",
    "third_party": "The ARN is written down in an account that is not yours.",
    "workload": "AWS lets the role go all the same; what runs with it then fails.",
}
"""What follows from a kind, where the evidence alone does not say it."""

CHECKED: Mapping[str, Sequence[tuple[str, str]]] = {
    "role": (
        ("attached_policy", "no managed policy attached"),
        ("inline_policy", "no inline policy"),
        ("instance_profile", "in no instance profile"),
        ("service_linked_role", "no service owns it"),
        ("reserved_role", "IAM Identity Center does not own it"),
    ),
    "user": (
        ("credentials", "no password or key among what was read"),
        ("mfa_device", "no MFA device"),
        ("group_membership", "in no group"),
        ("attached_policy", "no managed policy attached"),
        ("inline_policy", "no inline policy"),
    ),
    "group": (
        ("member", "no member"),
        ("attached_policy", "no managed policy attached"),
        ("inline_policy", "no inline policy"),
    ),
    "policy": (
        ("attachment", "attached to nothing"),
        ("boundary_use", "bounds nobody"),
        ("policy_version", "no older version"),
        ("aws_managed_policy", "not managed by AWS"),
    ),
    "instance_profile": (("role", "no role in it"),),
    "saml_provider": (("identity_center_provider", "IAM Identity Center does not own it"),),
}
"""What AWS looks at, with the words for a check that passed."""


@dataclass(frozen=True, slots=True)
class Group:
    """Blockers of one kind."""

    kind: str
    title: str
    items: tuple[Json, ...]

    @property
    def meaning(self) -> str:
        """What follows from it; empty when its evidence says enough."""
        return MEANING.get(self.kind, "")


def groups(blockers: Iterable[Json], words: Mapping[str, tuple[str, str]]) -> list[Group]:
    """Blockers by kind, in the order in which they came.

    Example:
        >>> groups([{"kind": "inline_policy"}, {"kind": "inline_policy"}], HARD_WORDS)[0].title
        '2 inline policies'
    """
    found: dict[str, list[Json]] = {}
    for blocker in blockers:
        found.setdefault(str(blocker["kind"]), []).append(blocker)
    made = []
    for kind, items in found.items():
        plain = kind.replace("_", " ")
        one, many = words.get(kind, (plain, plain))
        made.append(Group(kind, counted(len(items), one, many), tuple(items)))
    return made


def passed(answer: Json) -> list[str]:
    """Checks that found nothing; none when the facts for them were not read."""
    if answer["verdict"] in {"UNKNOWN", "PROTECTED"}:
        return []
    kinds = {str(blocker["kind"]) for blocker in answer["hard"]}
    hit = {
        "credentials" if kind in CREDENTIALS and kind != "mfa_device" else kind for kind in kinds
    }
    checks = CHECKED.get(str(answer["entity_kind"]), ())
    return [words for kind, words in checks if kind not in hit]


def step_of(answer: Json, blocker: Json) -> Json | None:
    """The step of the plan that clears a hard blocker: its call, and its id among the words."""
    import shlex

    operation = str(blocker["call"]).partition(":")[2]
    command = "".join(f"-{c.lower()}" if c.isupper() else c for c in operation).lstrip("-")
    for step in answer["plan"]:
        try:
            parts = shlex.split(step["call"])
        except ValueError:
            continue
        if command in parts and str(blocker["id"]) in parts:
            return dict(step)
    return None


def by_user(pairs: Iterable[Json]) -> dict[str, list[Json]]:
    """Pairs by who uses the role."""
    found: dict[str, list[Json]] = {}
    for pair in pairs:
        found.setdefault(str(pair["from"]), []).append(pair)
    return found


def drawing(answer: Json, directory: Directory, opened: frozenset[str]) -> graph.Drawing:
    """Who uses the role, the role, and what it reaches; dotted where nothing else leads there."""
    role = str(answer["entity"])
    lost, kept = answer["lost"], answer["kept"]
    cards: dict[str, graph.Card] = {
        role: graph.card_of(directory.describe(role), outlined=True, badge="DELETE")
    }
    columns = {role: 1}
    links: list[graph.Link] = []
    for end, column in (("from", 0), ("to", 2)):
        breaks, keeps = _count(lost, end), _count(kept, end)
        for key in dict.fromkeys([*breaks, *keeps]):
            # A principal may stand on both sides: a chain may come back to its account.
            identity = f"{end}:{key}"
            cards[identity] = graph.card_of(directory.describe(key), id=identity)
            columns[identity] = column
            links.append(_link(identity, key, role, end, breaks.get(key, 0), directory))
    picture = graph.grouped(
        list(cards.values()), links, columns, opened=opened, keep=frozenset({role})
    )
    new_cards, new_links, new_columns, note = picture
    ends = (len(_count([*lost, *kept], "from")), len(_count([*lost, *kept], "to")))
    return graph.draw(
        new_cards,
        new_links,
        columns=new_columns,
        headers=lambda column: ("WHO USES IT", "THIS ROLE", "WHAT IT REACHES")[column],
        note=note,
        alt=f"{counted(ends[0], 'principal')} use the role; it reaches "
        f"{counted(ends[1], 'principal')}; {counted(len(lost), 'chain')} would end",
    )


def _count(pairs: Iterable[Json], end: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in pairs:
        found[str(pair[end])] = found.get(str(pair[end]), 0) + 1
    return found


def _link(
    identity: str, key: str, role: str, end: str, broken: int, directory: Directory
) -> graph.Link:
    source, target = (identity, role) if end == "from" else (role, identity)
    name = directory.describe(key).name
    return graph.Link(
        f"{source}→{target}",
        source,
        target,
        chip=f"{broken} lost" if broken else "",
        style="breaks" if broken else "keeps",
        says=f"{name}: {counted(broken, 'chain')} would end"
        if broken
        else f"{name}: another route leads there",
    )
