"""Verdicts are said in whole sentences, the same ones on the page and in its tests."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iam import arn as arns

CONDITION_WORDS: Mapping[str, str] = {
    "aws:multifactorauthpresent": "MFA",
    "aws:multifactorauthage": "MFA age",
    "sts:externalid": "ExternalId",
    "aws:principalorgid": "OrgID",
    "aws:principalorgpaths": "OrgPath",
    "aws:sourceip": "SourceIp",
    "aws:vpcsourceip": "VPC address",
    "aws:sourcevpc": "VPC",
    "aws:sourcevpce": "VPC endpoint",
    "aws:sourcearn": "SourceArn",
    "aws:sourceaccount": "SourceAccount",
    "aws:sourceidentity": "SourceIdentity",
    "sts:sourceidentity": "SourceIdentity",
    "sts:rolesessionname": "session name",
    "session:name": "session name",
    "aws:currenttime": "time",
    "aws:requestedregion": "Region",
    "saml:role": "SAML sign-in",
    "ec2:instanceprofile": "instance profile",
}


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    Example:
        >>> counted(1, "path"), counted(1200, "path")
        ('1 path', '1,200 paths')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def crowd(keys: Iterable[str]) -> str:
    """Who they are, in numbers; everyone, an AWS service or a whole account is no one principal.

    Example:
        >>> crowd(["arn:aws:iam::111111111111:role/a", "*", "lambda.amazonaws.com"])
        'everyone, 1 AWS service and 1 principal'
        >>> crowd(["arn:aws:iam::999999999999:root"]), crowd([])
        ('1 whole account', 'nobody')
    """
    found = Counter(map(_company, keys))
    parts = ["everyone"] * bool(found["everyone"])
    parts += [
        counted(found[noun], noun)
        for noun in ("whole account", "AWS service", "principal")
        if found[noun]
    ]
    *most, last = parts or ["nobody"]
    return f"{', '.join(most)} and {last}" if most else last


def _company(key: str) -> str:
    if key == "*":
        return "everyone"
    if arns.service_of(key):
        return "AWS service"
    parsed = arns.parse(key)
    return "whole account" if parsed is not None and parsed.is_account_root else "principal"


def administrators_sentence(
    reaching: Sequence[Mapping[str, Any]], admins: Sequence[Mapping[str, Any]]
) -> str:
    """Who can become an administrator, and how many administrators stand open.

    Example:
        >>> administrators_sentence([{}], [{"reached_by_now": 3}, {"reached_by_now": 0}])[-69:]
        '1 of the 2 administrators can be entered without meeting a condition.'
    """
    free = sum(bool(row["reached_by_now"]) for row in admins)
    others = f"{counted(len(reaching), 'principal')} that {'is' if len(reaching) == 1 else 'are'}"
    if len(admins) == 1:
        word = "can" if free else "cannot"
        return (
            f"{others} no administrator can become the only one there is. It {word} be entered "
            "without meeting a condition."
        )
    return (
        f"{others} no administrator can become one. {free:,} of the "
        f"{len(admins):,} administrators can be entered without meeting a condition."
    )


def condition_name(atom: Mapping[str, Any]) -> str:
    """The short word for one requirement, as on a chip.

    Example:
        >>> condition_name({"key": "aws:MultiFactorAuthPresent", "kind": "CALLER_AUTH"})
        'MFA'
    """
    key, kind = str(atom["key"]), str(atom.get("kind", ""))
    if kind == "DATA_MISSING":
        return "not collected"
    if kind == "AMBIGUOUS":
        return "AWS unclear"
    known = CONDITION_WORDS.get(key.lower())
    if known:
        return known
    lower = key.lower()
    if lower.startswith(("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")):
        return f"tag {key.partition('/')[2]}"
    if kind == "IDP_CLAIM":
        return f"claim {key.rpartition(':')[2]}"
    return key.rpartition(":")[2] or key


def condition_names(requirements: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Words for the easiest way in (the first alternative), each once."""
    if not requirements:
        return []
    return list(dict.fromkeys(condition_name(atom) for atom in requirements[0]))


def atom_sentence(atom: Mapping[str, Any]) -> str:
    """One requirement in words.

    Example:
        >>> atom_sentence({"key": "aws:MultiFactorAuthPresent", "operator": "Bool",
        ...     "values": ["true"], "negated": False, "kind": "CALLER_AUTH"})
        'aws:MultiFactorAuthPresent is true'
    """
    key, operator = str(atom["key"]), str(atom["operator"])
    values = [str(value) for value in atom.get("values", ())]
    negated = bool(atom.get("negated"))
    if atom.get("kind") == "DATA_MISSING" and operator == "Read":
        if key == "provider":
            return f"provider not seen: {', '.join(values)}"
        # An account is not in the snapshot; of a policy the document is missing, or makes no sense.
        lacks = "not collected" if all(map(str.isdigit, values)) else "not collected or unreadable"
        return f"{lacks}: {key} of {', '.join(values)}"
    if atom.get("kind") == "AMBIGUOUS":
        return f"AWS's documentation leaves this open ({key})"
    if operator == "Null":
        return f"{key} is {'present' if negated else 'absent'}"
    moment = {
        "DateLessThan": "before",
        "DateLessThanEquals": "until",
        "DateGreaterThan": "after",
        "DateGreaterThanEquals": "from",
    }.get(operator)
    if atom.get("kind") == "TIME" and moment and key == "aws:CurrentTime":
        return f"the time is {'not ' if negated else ''}{moment} {' or '.join(values)}"
    verb = {
        "Bool": "is",
        "StringEquals": "equals",
        "StringEqualsIgnoreCase": "equals (any case)",
        "StringLike": "is like",
        "ArnEquals": "is the ARN",
        "ArnLike": "is like the ARN",
        "IpAddress": "is in",
    }.get(operator, operator)
    shown = " or ".join(values) if values else "a value"
    return f"{key} {'not: ' if negated else ''}{verb} {shown}"


def paths_verdict(name_from: str, name_to: str, answer: Mapping[str, Any]) -> tuple[str, str]:
    """The verdict of a ``paths`` answer: a bold half and a plain half.

    Example:
        >>> paths_verdict("ana", "ProdAdmin", {"paths": [], "truncated": False, "max_hops": 6})[0]
        'No path from ana to ProdAdmin within 6 hops in this snapshot.'
    """
    paths = answer["paths"]
    if not paths:
        within = f" within {answer['max_hops']} hops" if answer.get("max_hops") else ""
        return f"No path from {name_from} to {name_to}{within} in this snapshot.", ""
    shortest = min(len(path["hops"]) for path in paths)
    free = sum(not path["requirements"] for path in paths)
    can = "can become" if free else "can become, under conditions,"
    head = f"{name_from} {can} {name_to} in {counted(shortest, 'hop')}."
    found = counted(len(paths), "path")
    if answer.get("truncated"):
        tail = f"The first {found} of more; narrow it with filters or a smaller depth."
    else:
        tail = f"{found} found"
        if free == len(paths):
            tail += "; it needs no condition." if free == 1 else "; none needs a condition."
        elif free:
            needs = "1 needs" if free == 1 else f"{free} need"
            tail += f"; {needs} no condition at all (no MFA, no ExternalId, no source restriction)."
        else:
            words = condition_names(paths[0]["requirements"])
            tail += f"; the easiest needs {', '.join(words) or 'a condition'}."
    return head, tail


def deletion_verdict(answer: Mapping[str, Any]) -> tuple[str, str, str]:
    """Tone, bold half and plain half of a ``blockers`` answer's verdict.

    The tones are ``bad``, ``warn``, ``good`` and ``info``.
    """
    kind = str(answer.get("entity_kind", "role")).replace("_", " ")
    hard, lost = answer["hard"], answer["lost"]
    breaks = _breaks(lost, answer["kept"])
    verdict = answer["verdict"]
    if verdict == "PROTECTED":
        return "bad", "Never by you.", _protected(answer)
    if verdict == "UNKNOWN":
        return (
            "warn",
            "Not known.",
            f"What AWS would check before deleting this {kind} was not all read; "
            "the list below is what is known.",
        )
    if verdict == "BLOCKED":
        head = f"Not yet. AWS would refuse the call (DeleteConflict): {_blockers(hard)}."
        return "bad", head, f"After that, {breaks}" if breaks else ""
    soft = counted(len(answer["soft"]), "soft blocker")
    if verdict == "DELETABLE_WITH_IMPACT":
        return (
            "warn",
            "AWS would delete it, and something breaks.",
            f"{soft}; {breaks or 'no chain is lost.'}",
        )
    return "good", "It can go.", "AWS would accept the call, and nothing known depends on it."


def _blockers(hard: Sequence[Mapping[str, Any]]) -> str:
    return counted(len(hard), "hard blocker")


def _breaks(lost: Sequence[Any], kept: Sequence[Any]) -> str:
    if not lost and not kept:
        return ""
    if not lost:
        return f"all {counted(len(kept), 'access chain')} through it keep another route."
    text = f"deleting it ends {counted(len(lost), 'access chain')} with no other route"
    if kept:
        text += f"; {len(kept)} keep{'s' if len(kept) == 1 else ''} another route"
    return text + "."


def _protected(answer: Mapping[str, Any]) -> str:
    kinds = {blocker["kind"] for blocker in answer["hard"]}
    if "service_linked_role" in kinds or answer.get("slr"):
        slr = answer.get("slr") or {}
        prediction, note = slr.get("prediction", "UNKNOWN"), slr.get("note", "")
        if prediction == "BLOCKED" and note and not slr.get("resources"):
            return f"A service-linked role whose service would refuse always: {note}."
        tail = {
            "BLOCKED": "Its service would refuse: resources still use it.",
            "CLEAR": "Its service would accept: no resource that uses it was found.",
        }.get(prediction, "Whether its service would accept is not known from this snapshot.")
        return (
            "A service-linked role is deleted through its service, not through iam:DeleteRole. "
            + tail
        )
    if "reserved_role" in kinds:
        return "IAM Identity Center manages this role; its permission set's assignments end it."
    return "AWS manages this; iam would refuse the call (UnmodifiableEntity)."


RULE_SUPPORT: Mapping[str, str] = {
    "yes": "by AWS's own pages",
    "yes (non-resource prerequisite)": "by AWS's own pages; it is about something else than "
    "resources",
    "yes (rule generic, types ours)": "by AWS's own pages in general; the types of resources are "
    "a reading of them",
    "name only": "no; AWS's pages give the role's name only",
    "name only (from managed policy)": "no; only the role's name is known, from a managed policy",
    "yes; principal unknown": "by AWS's own pages, which do not name its principal",
    "name only; principal unknown": "no; AWS's pages give the role's name only, not its principal",
    "unverified (principal only)": "no; only its principal is known",
}
"""How well the rule of a service-linked role is supported, in words."""


def rule_support(slr: Mapping[str, Any]) -> str:
    """Who confirms the rule by which a service-linked role was judged.

    Example:
        >>> rule_support({"table_verified": "yes"}), rule_support({})
        ("by AWS's own pages", '')
    """
    verified = str(slr.get("table_verified", ""))
    return RULE_SUPPORT.get(verified, verified)


LET_GO: Mapping[str, str] = {
    "yes": "by its service, when it is asked and nothing needs the role",
    "no": "never",
    "auto": "by its service, of its own accord",
    "?": "AWS's pages do not say",
}
"""Whether a service-linked role can be deleted, in words."""


def linked_role_facts(slr: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is known of a service-linked role, as titles with their text; the same everywhere.

    Example:
        >>> linked_role_facts({"service": "Amazon ECS", "deletable": "no"})
        [('Owned by', 'Amazon ECS'), ('Deleted', 'never')]
    """
    counted_types: dict[str, list[str]] = {}
    for one in slr.get("inventory") or ():
        number = f"{one['found']}" if one["read"] or one["found"] else "not read"
        counted_types.setdefault(one["type"], []).append(f"{one['region']} {number}")
    task = slr.get("task") or {}
    facts = [
        ("Asked before", f"{task['id']}: {task['status']}. {task['reason']}" if task else ""),
        ("Owned by", slr.get("service", "")),
        ("Is for", slr.get("purpose", "") if slr.get("purpose") != slr.get("service") else ""),
        ("Deleted", LET_GO.get(slr.get("deletable", ""), "")),
        ("Its rule", slr.get("note", "")),
        ("The rule is confirmed", rule_support(slr)),
        *((f"Counted {type}", ", ".join(found)) for type, found in counted_types.items()),
        ("May use it", ", ".join(slr.get("maybe") or ())),
        ("Regions seen", ", ".join(slr.get("regions_seen") or ())),
        ("Not collected", ", ".join(slr.get("not_collected") or ())),
        ("You may", "; ".join(slr.get("may") or ())),
        ("You may not", "; ".join(slr.get("may_not") or ())),
        ("Made again by", slr.get("again", "")),
    ]
    return [(title, str(text)) for title, text in facts if text]


def coverage_sentence(coverage: Mapping[str, Any] | None) -> str:
    """What could not be seen, in one sentence; also when everything was."""
    if not coverage or coverage.get("complete", False):
        return "Everything that was asked for was read."
    gaps = list(coverage.get("not_seen", ()))
    accounts = sorted({gap["account"] for gap in gaps if gap.get("account")})
    text = f"{counted(len(gaps), 'scope was', 'scopes were')} not seen"
    if accounts:
        named = ", ".join(accounts[:3]) + (
            f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
        )
        text += f", in {counted(len(accounts), 'account')} ({named})"
    return text + "."


def coverage_badge(coverage: Mapping[str, Any], accounts: int) -> tuple[bool, str]:
    """Whether nothing is missing, and the words of the badge.

    Example:
        >>> coverage_badge({"complete": True, "not_seen": []}, 6)
        (True, 'coverage complete')
    """
    gaps = list(coverage.get("not_seen", ()))
    if coverage.get("complete", False) or not gaps:
        return True, "coverage complete"
    unread = {gap["account"] for gap in gaps if is_unread_account(gap)}
    if unread and accounts:
        return (
            False,
            f"{len(unread)} of {counted(max(accounts, len(unread)), 'account')} not readable",
        )
    return False, f"{counted(len(gaps), 'gap')} in coverage"


def is_unread_account(gap: Mapping[str, Any]) -> bool:
    """Whether a gap means that an account's IAM entities were not read."""
    return (
        gap.get("service") == "iam"
        and gap.get("operation") == "get-account-authorization-details"
        and gap.get("status") != "stale"
    )


def joined(words: Iterable[str], most: int = 3) -> str:
    """The first words with commas, and how many more there are."""
    known = list(words)
    text = ", ".join(known[:most])
    return text + (f" and {len(known) - most} more" if len(known) > most else "")
