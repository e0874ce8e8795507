"""Small organizations in which everything that the rules speak of happens, and often.

The strategies prefer near things to far ones: names that nearly match, conditions on keys that the
caller has, statements that undo one another.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from iam.authorize import Request
from iam.model import (
    Account,
    Coverage,
    Group,
    InstanceProfile,
    OidcProvider,
    Organization,
    OrganizationalUnit,
    Policy,
    PolicyKind,
    ResourcePolicy,
    Role,
    SamlProvider,
    Snapshot,
    User,
    Workload,
)
from tests.differential import entries
from tests.differential.dice import pick, some, sometimes

A, B, M, X = "111111111111", "222222222222", "999999999999", "333333333333"
SAML = f"arn:aws:iam::{A}:saml-provider/Okta"
OIDC = f"arn:aws:iam::{A}:oidc-provider/idp.example.com"
CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [
    "USER",
    "USER",
    "USER",
    "USER_ST",
    "ROLE",
    "ROLE",
    "ROLE",
    "ROLE_FED",
    "ROLE_SVC",
    "ROLE_SLR",
    "SERVICE",
    "SAML",
    "OIDC",
    "EXTERNAL",
    "EXTERNAL",
    "SESSION",
    "SELF",
    "SELF",
]
ASKERS = ["USER", "USER", "USER_ST", "ROLE", "ROLE", "ROLE_FED", "ROLE_SVC", "ROLE_SLR", "SESSION"]
ASKERS += ["SERVICE", "EXTERNAL", "ROOT", "ANON"]
"""Who asks for something else than a role."""
THINGS = {
    "s3:GetObject": "arn:aws:s3:::data/team/report",
    "sns:Publish": "arn:aws:sns:eu-west-1:{account}:topic",
    "sqs:SendMessage": "arn:aws:sqs:eu-west-1:{account}:queue",
    "kms:Decrypt": "arn:aws:kms:eu-west-1:{account}:key/1111",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:eu-west-1:{account}:secret:s-AbC",
    "lambda:InvokeFunction": "arn:aws:lambda:eu-west-1:{account}:function:f",
    "lambda:InvokeFunctionUrl": "arn:aws:lambda:eu-west-1:{account}:function:f",
    "events:PutEvents": "arn:aws:events:eu-west-1:{account}:event-bus/bus",
    "iam:GetRole": "arn:aws:iam::{account}:role/R",
}
"""Actions, and what they are asked of; the last one has no policy of its own."""
UNSIGNED = ("s3:GetObject", "sns:Publish", "sqs:SendMessage", "lambda:InvokeFunctionUrl")
"""Those that take calls which nobody signed."""
SHARED = (*UNSIGNED, "lambda:InvokeFunction", "secretsmanager:GetSecretValue")
"""Those whose policies let others in most often."""
FREE = ("general", "operators")
"""Themes that leave open who asks for what."""
KINDS_OF = {
    "pods": ("SERVICE",),
    "anywhere": ("SERVICE",),
    "linked": ("SERVICE",),
    "claims": ("OIDC",),
    "cognito": ("OIDC",),
    "centre": ("CENTRE", "CENTRE", "CENTRE", "SAML"),
}
PARTITIONS = (
    *("aws",) * 10,
    *("aws-cn",) * 2,
    *("aws-us-gov",) * 2,
    *("aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"),
)


@dataclass(frozen=True)
class Case:
    """One organization and one question about it."""

    snapshot: Snapshot
    request: Request

    def __repr__(self) -> str:
        """The documents, short enough to be read when two evaluators differ."""
        s, r = self.snapshot, self.request
        lines = [f"{r.principal} ({r.caller or 'default'}) -> {r.resource}, clock {s.taken_at}"]
        for role in s.roles.values():
            lines.append(f"{role.arn} tags {role.tags} attached {role.attached} {role.boundary}")
            lines += [f"  {p.kind} {p.document}" for p in (role.trust, *role.inline) if p]
        for user in s.users.values():
            lines.append(f"{user.arn} tags {user.tags} attached {user.attached} {user.boundary}")
            lines += [f"  inline {p.document}" for p in user.inline]
        for group in s.groups.values():
            lines += [f"  {group.arn} {p.document}" for p in group.inline]
        lines += [f"  {p.arn} {p.document}" for p in s.policies.values()]
        if s.organization:
            o = s.organization
            lines.append(
                f"organization scp {o.scp_enabled} {o.scps_readable} "
                f"rcp {o.rcp_enabled} {o.rcps_readable}"
            )
            for target, arns in o.targets.items():
                lines += [f"  {target} {o.policies[a].kind} {o.policies[a].document}" for a in arns]
        lines += [f"{w.arn} of {w.account} hands out {w.role}: {w.facts}" for w in s.workloads]
        lines += [f"{g.grantee} {g.operations} {g.constraints}" for g in s.grants.values()]
        if s.permission_sets:
            lines.append(f"assignments {s.assignments}")
        for held in s.resource_policies.values():
            content = held.policy.document if held.policy else "none"
            lines.append(f"{held.resource} of {held.account} tags {held.tags}: {content}")
        lines += [f"  session policy {d}" for d in r.session_policies]
        lines.append(f"{r.action}, context {dict(r.context)} {r.context_complete}")
        return "\n".join(["", *lines, ""])

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True)
class Names:
    """The ARNs that the documents of one case may speak of."""

    kind: str
    caller: str
    account: str
    target: str
    operation: str
    unique_id: str
    theme: str = "general"


def is_assumption(names: Names) -> bool:
    """Whether a case asks for a role."""
    return names.operation.startswith("sts:")


STRING = (
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
)
ARN = ("ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals")
DATE = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
IP = ("IpAddress", "NotIpAddress")
UNKNOWN = ("StringEqual", "ForSomeValues:StringEquals", "NullIfExists", "ForAllValues:Null")
MANY = ("aws:TagKeys", "aws:PrincipalOrgPaths", "sts:TransitiveTagKeys", "aws:CalledVia")
ONLY_STS = ("sts:", "aws:requesttag/", "aws:tagkeys", "aws:calledvia", "iam:")
"""Keys of the calls that assume roles."""


def string_keys(names: Names) -> dict[str, list[Any]]:
    """Keys that hold text, with values worth asking for."""
    found: dict[str, list[Any]] = {
        "sts:ExternalId": ["k1", "k2", "k*", "has space", "K1"],
        "sts:RoleSessionName": ["alice", "a*", "${aws:username}", "x"],
        "aws:PrincipalAccount": [A, B, "anonymous"],
        "aws:PrincipalOrgID": ["o-1", "o-2", "o-*"],
        "aws:PrincipalTag/team": ["x", "y", "?"],
        "aws:ResourceTag/team": [
            "x",
            "${aws:PrincipalTag/team}",
            "${aws:PrincipalTag/team, 'x'}",
            "${aws:PrincipalTag/team, 'x'}",
            "${*}",
        ],
        "aws:username": ["u1", "u*", "${aws:username}"],
        "aws:PrincipalType": ["User", "AssumedRole", "Anonymous"],
        "aws:RequestedRegion": ["eu-west-1", "us-east-1", "eu-*"],
        "aws:RequestTag/p": ["1", "2"],
        "sts:SourceIdentity": ["alice", "al*"],
        "aws:SourceAccount": [A, B],
        "aws:SourceVpce": ["vpce-1"],
        "aws:UserAgent": ["*Mozilla*"],
        "aws:ResourceAccount": [A, B, "${aws:PrincipalAccount}"],
        "aws:ResourceOrgID": ["o-1", "${aws:PrincipalOrgID}"],
        "aws:PrincipalServiceName": ["lambda.amazonaws.com"],
        "iam:PassedToService": ["ec2.amazonaws.com"],
        "acme:Foo": ["1", True, 7],
        "aws:PrincipalArn": [names.caller, names.caller[:-1] + "*", names.caller.lower()],
        "aws:userid": [names.unique_id, f"{names.unique_id}:alice", f"{names.unique_id}:*"],
    }
    if names.kind in ("ROLE", "ROLE_FED", "ROLE_SVC", "SESSION", "SELF"):
        found["aws:SourceIdentity"] = ["alice"]
    if names.kind == "SAML":
        found["SAML:aud"] = ["https://signin.aws.amazon.com/saml"]
        found["saml:sub"] = ["alice", "a*"]
    if names.kind == "OIDC":
        found["idp.example.com:sub"] = ["repo:org/*", "repo:org/app"]
        found["idp.example.com:aud"] = ["app", "other"]
        found["idp.example.com:zip"] = ["1"]
    if names.theme == "claims":
        found |= entries.claims(names.caller.partition("/")[2])
    if not is_assumption(names):
        found = {k: v for k, v in found.items() if not k.lower().startswith(ONLY_STS)}
    return found | entries.string_keys(names.theme, names.target.split(":")[4])


SINGLE = ("arn", "date", "bool", "null", "ip", "numeric", "binary", "many")
SHAPES = (*("string",) * 4, *SINGLE, "bad")
EVERY_SHAPE = ("string", *SINGLE, *("numeric", "date", "ip", "bool", "binary") * 2)
"""Numbers and moments have five operators each, and are asked for as often."""


def test_of(draw: st.DrawFn, names: Names) -> tuple[str, str, Any]:
    """An operator, a key and its values."""
    users = names.kind in ("USER", "USER_ST")
    own = entries.string_keys(names.theme, names.target.split(":")[4])
    if own and (names.theme == "cognito" or sometimes(draw, 2)):
        key = pick(draw, *own, *[next(iter(own))] * 2)
        often = ("StringEquals",) * 6
        return pick(draw, *often, *STRING), key, some(draw, own[key])
    if "role/" in names.caller and is_assumption(names) and sometimes(draw, 3):
        key = pick(draw, "aws:ResourceTag/team", "aws:PrincipalTag/team")
        return pick(draw, *STRING), key, some(draw, string_keys(names)[key])
    kind = pick(draw, *(SHAPES if names.theme != "operators" else EVERY_SHAPE))
    if kind == "string":
        keys = string_keys(names)
        key = pick(draw, *keys)
        return pick(draw, *STRING), key, some(draw, keys[key])
    if kind == "many":
        values = {
            "aws:TagKeys": ["p", "team", "t*"],
            "aws:PrincipalOrgPaths": ["o-1/r-1/ou-a/", "o-1/r-1/*", "o-2/*"],
            "sts:TransitiveTagKeys": ["p", "team", "t*"],
            "aws:CalledVia": ["cloudformation.amazonaws.com"],
        }
        if not is_assumption(names):
            values = {"aws:PrincipalOrgPaths": values["aws:PrincipalOrgPaths"]}
        if names.theme == "grants":
            values["kms:EncryptionContextKeys"] = ["Dept", "app", "D*"]
        if names.kind == "OIDC":
            issuer = names.caller.partition("/")[2] or names.caller
            values[f"{issuer}:amr"] = ["authenticated", "unauthenticated", "un*"]
        key = pick(draw, *values)
        return pick(draw, *STRING[:4]), key, some(draw, values[key])
    if kind == "arn":
        head = names.caller.rpartition("/")[0]
        values = {
            "aws:PrincipalArn": [
                names.caller,
                f"{head}/*",
                "arn:aws:iam::*:user/u?",
                "*",
                "arn:aws:iam",
            ],
            "aws:SourceArn": [f"arn:aws:lambda:*:{A}:function:*"],
            "acme:Arn": ["arn:aws:s3:::a*", "arn:aws:s3:::ab"],
        }
        key = pick(draw, *values)
        return pick(draw, *ARN), key, some(draw, values[key])
    if kind == "date":
        key = pick(draw, "aws:CurrentTime", "aws:CurrentTime", "aws:TokenIssueTime")
        moments = ["2030-01-01T00:00:00Z", "2020-05-05", "2026-01-01T00:00:00Z", "soon", "2031"]
        return "Date" + pick(draw, *DATE), key, some(draw, moments)
    if kind == "numeric":
        key = pick(draw, *(["aws:MultiFactorAuthAge"] if users else []), "acme:Size")
        return "Numeric" + pick(draw, *DATE), key, some(draw, ["3600", 3600, "abc", "10.5"])
    if kind == "bool":
        key = pick(
            draw,
            "aws:MultiFactorAuthPresent",
            "aws:SecureTransport",
            "aws:PrincipalIsAWSService",
            "aws:ViaAWSService",
            "acme:Flag",
        )
        return "Bool", key, pick(draw, "true", "false", True, "FALSE", "maybe")
    if kind == "ip":
        ranges = ["10.0.0.0/8", "172.16.0.0/12", "192.0.2.7", "2001:db8::/32", "10.0.0.0/99"]
        return pick(draw, *IP), "aws:SourceIp", some(draw, ranges)
    if kind == "binary":
        return "BinaryEquals", "acme:Bytes", some(draw, ["QUJD", "not base64!"])
    if kind == "bad":
        return pick(draw, *UNKNOWN), "aws:SourceVpce", "k1"
    many = MANY if is_assumption(names) else MANY[1:2]
    return "Null", pick(draw, *string_keys(names), *many), pick(draw, "true", "false", True)


CLAIMANTS = ("SAML", "OIDC", "SERVICE")
"""Callers of whom a literal star is asked in vain: no assertion, token or certificate holds one."""


def without_stars(values: Any) -> Any:
    """Values that can be what they say."""
    if isinstance(values, list):
        return [without_stars(v) for v in values]
    return values.replace("*", "x") if isinstance(values, str) and "${" not in values else values


def condition(draw: st.DrawFn, names: Names) -> dict[str, Any]:
    """A condition block of one or two tests."""
    block: dict[str, Any] = {}
    count = pick(draw, 2, 3) if names.theme == "operators" else pick(draw, 1, 1, 2)
    for _ in range(count):
        operator, key, values = test_of(draw, names)
        if operator.startswith("String") and "Like" not in operator and names.kind in CLAIMANTS:
            values = without_stars(values)
        if operator != "Null" and operator not in UNKNOWN:
            many = key in MANY or key.endswith((":amr", "Keys"))
            # What a pod's association says of its tag keys is asked with a set operator only.
            plain = sometimes(draw, 4) and names.theme != "pods"
            every_form = names.theme == "operators" and draw(st.booleans())
            if every_form or sometimes(draw, 4) or (many and not plain):
                operator = pick(draw, "ForAnyValue:", "ForAllValues:") + operator
            if sometimes(draw, 2 if names.theme == "operators" else 4):
                operator += "IfExists"
            if sometimes(draw, 12):
                operator = operator.lower()
        if sometimes(draw, 8):
            key = key.upper()
        block.setdefault(operator, {})[key] = values
    return block


def actions(draw: st.DrawFn, names: Names, statement: dict[str, Any]) -> None:
    """Action or NotAction."""
    if sometimes(draw, 12):
        own = f"{names.operation.partition(':')[0]}:*"
        statement["NotAction"] = pick(draw, "ec2:*", own, ["iam:*", "sts:TagSession"])
        return
    operation = names.operation
    if names.theme == "cognito" and not sometimes(draw, 4):
        statement["Action"] = pick(draw, operation, "sts:*")
        return
    if names.theme in ("pods", "anywhere") and not sometimes(draw, 4):
        whole = [operation, "sts:TagSession", "sts:SetSourceIdentity"]
        statement["Action"] = pick(draw, whole, whole, "sts:*", whole[:2], [whole[0], whole[2]])
        return
    if not is_assumption(names):
        service, _, name = operation.partition(":")
        choices: list[Any] = [operation] * 4 + [f"{service}:*", "*", operation.upper(), "sts:*"]
        choices += [f"{service}:{name[:-1]}?", f"{service}:{name[:3]}*", [operation, "iam:Pass*"]]
        statement["Action"] = pick(draw, *choices)
        return
    statement["Action"] = pick(
        draw,
        operation,
        operation,
        operation,
        "sts:*",
        "*",
        [operation, "sts:TagSession"],
        [operation, "sts:SetSourceIdentity", "sts:TagSession"],
        operation.upper(),
        "sts:Assume*",
        "sts:AssumeRol?",
        f"{operation} ",
        "s3:*",
        ["sts:", "st*:AssumeRole"],
        "sts:TagSession",
    )


def resources(draw: st.DrawFn, names: Names, statement: dict[str, Any], layer: str) -> None:
    """Resource or NotResource."""
    target = names.target
    word = "NotResource" if sometimes(draw, 10) else "Resource"
    if not is_assumption(names):
        of_key = layer == "resource" and names.operation.startswith("kms:")
        # In a key policy the resource is the key, whatever stands there.
        statement["Resource" if of_key else word] = "*" if of_key else some(draw, things(names))
        return
    account = target.split(":")[4]
    choices = [
        "*",
        "*",
        "*",
        target,
        target,
        "arn:aws:iam::*",
        f"arn:aws:iam::{account}:role/*",
        f"arn:aws:iam::{account}:*",
        f"arn:aws:iam::{B}:role/*",
        f"arn:aws:iam::*:role/{target.rpartition('/')[2]}",
        f"arn:aws:iam::{account}:role/{target.rpartition('/')[2]}",
        f"arn:aws:iam::{account}:role/${{aws:username}}",
        f"arn:aws:iam::{account}:role/${{aws:PrincipalTag/team, 'R'}}",
        "arn:aws:iam::${aws:PrincipalAccount}:role/*",
        f"arn:aws:iam::{account}:role",
        target.lower(),
        target[:-1] + "?",
    ]
    if layer != "session":
        choices += [f"arn:aws:iam::{account}", "arn:aws:iam"]
    statement[word] = some(draw, choices)


def things(names: Names) -> list[str]:
    """Patterns near a resource that is no role."""
    target = names.target
    service, account = target.split(":")[2], target.split(":")[4]
    head = target.rsplit(":", 1)[0]
    found = ["*", "*", "*", target, target, f"{head}:*", f"arn:aws:{service}:*"]
    found += [target[:-1] + "?", target.lower(), target + "x", f"arn:aws:{service}:*:{account}:*"]
    found += [f"{head}:${{aws:username}}", target[:-1] + "${aws:PrincipalTag/team, 'e'}"]
    return found


def principals(draw: st.DrawFn, names: Names, statement: dict[str, Any]) -> None:
    """Principal or NotPrincipal, in every form."""
    session = f"arn:aws:sts::{names.account}:assumed-role/{names.caller.rpartition('/')[2]}"
    mine: list[Any]
    if names.kind in ("ROOT", "ANON"):
        mine = ["*", {"AWS": names.account}, {"AWS": f"arn:aws:iam::{names.account}:root"}]
    elif names.kind == "SERVICE":
        mine = [{"Service": names.caller}, {"Service": [names.caller, "states.amazonaws.com"]}]
    elif names.kind in ("SAML", "CENTRE", "OIDC"):
        mine = [{"Federated": names.caller}, {"Federated": [names.caller, SAML]}]
    else:
        mine = [
            {"AWS": names.caller},
            {"AWS": names.caller},
            {"AWS": f"arn:aws:iam::{names.account}:root"},
            {"AWS": names.account},
            {"AWS": names.unique_id or names.caller},
        ]
        if "role/" in names.caller:
            mine += [{"AWS": f"{session}/alice"}, {"AWS": [f"{session}/bob", names.caller]}]
    others = [
        "*",
        {"AWS": "*"},
        {"AWS": [B, "*"]},
        {"AWS": B},
        {"AWS": f"arn:aws:iam::{A}:role/other", "Service": "lambda.amazonaws.com"},
        {"Service": "*"},
        {"Federated": [SAML, OIDC]},
        {"AWS": "AIDADELETED"},
        {"AWS": names.caller[:-1] + "*"},
        {"AWS": f"arn:aws:iam::{A}:group/g"},
        {"CanonicalUser": "79a5"},
        {"AWS": f"arn:aws-iso:iam::{names.account}:root"},
        {"AWS": names.caller.replace("arn:aws:", "arn:aws-iso:")},
    ]
    word = "NotPrincipal" if sometimes(draw, 3 if names.theme == "shares" else 14) else "Principal"
    strange = sometimes(draw, 8 if names.theme == "cognito" else 3)
    statement[word] = pick(draw, *others) if strange else pick(draw, *mine)


def exemption(draw: st.DrawFn, names: Names) -> dict[str, Any]:
    """What an RCP leaves alone: the organization, services, some principals, what is tagged."""
    block: dict[str, Any] = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}
    if sometimes(draw, 3):
        block = {"StringNotEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}}
    more = (
        ("BoolIfExists", "aws:PrincipalIsAWSService", "false"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("ArnNotLikeIfExists", "aws:PrincipalArn", [names.caller, "arn:aws:iam::*:role/x"]),
        ("StringNotEqualsIfExists", "aws:PrincipalTag/team", "x"),
        ("StringNotEqualsIfExists", "aws:ResourceTag/team", "x"),
        ("StringNotEqualsIfExists", "aws:SourceOrgID", "o-1"),
        ("Null", "aws:SourceAccount", "false"),
    )
    for _ in range(pick(draw, 1, 2, 0)):
        operator, key, values = pick(draw, *more)
        block.setdefault(operator, {})[key] = values
    return block


def broken(draw: st.DrawFn, statement: dict[str, Any]) -> dict[str, Any]:
    """A statement that cannot be read (A-3, A-9)."""
    if draw(st.booleans()):
        return {**statement, "Effect": "allow"}
    return {k: v for k, v in statement.items() if k not in ("Action", "NotAction")}


def statement(draw: st.DrawFn, names: Names, layer: str, deny_one_in: int) -> dict[str, Any]:
    """One statement of a layer."""
    made: dict[str, Any] = {"Effect": "Deny" if sometimes(draw, deny_one_in) else "Allow"}
    if layer in ("trust", "resource"):
        principals(draw, names, made)
    elif layer == "rcp":
        made["Principal"] = "*"
    actions(draw, names, made)
    if layer != "trust":
        resources(draw, names, made, layer)
    often = layer in ("trust", "resource") or made["Effect"] == "Deny"
    if layer == "rcp" and sometimes(draw, 3):
        made["Condition"] = exemption(draw, names)
    elif names.theme in ("operators", "cognito") or (
        sometimes(draw, 2) if often else sometimes(draw, 4)
    ):
        made["Condition"] = condition(draw, names)
    # Which pool a statement means that cannot be read is no question to compare answers of.
    if names.theme != "cognito" and sometimes(draw, 30):
        return broken(draw, made)
    return made


def document(
    draw: st.DrawFn, names: Names, layer: str, least: int, most: int, deny_one_in: int = 5
) -> Any:
    """A policy document of a layer, now and then one that cannot be read."""
    if sometimes(draw, 40):
        return pick(draw, "not json", {"Version": "2012-10-17"}, None)
    found = [
        statement(draw, names, layer, deny_one_in) for _ in range(draw(st.integers(least, most)))
    ]
    made: dict[str, Any] = {"Version": "2012-10-17", "Statement": found}
    if len(found) == 1 and draw(st.booleans()):
        made["Statement"] = found[0]
    if sometimes(draw, 12):
        del made["Version"]
    return made


FULL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def managed(draw: st.DrawFn, names: Names, arn: str, layer: str) -> Policy:
    """A managed policy of the caller."""
    return Policy(
        arn=arn,
        name=arn.rpartition("/")[2],
        kind=PolicyKind.MANAGED,
        document=document(draw, names, layer, 1, 2),
        version="v1",
    )


def organization(draw: st.DrawFn, names: Names) -> Organization:
    """An organization with policies at every level."""
    policies: dict[str, Policy] = {}
    targets: dict[str, tuple[str, ...]] = {}
    for target in ("r-1", "ou-a", "ou-b", A, B, M):
        keys = []
        for kind in (PolicyKind.SCP, PolicyKind.RCP):
            documents: list[Any] = [FULL] if kind is PolicyKind.SCP else []
            if sometimes(draw, 12):
                documents = []
            if sometimes(draw, 4):
                layer = kind.value
                documents.append(document(draw, names, layer, 1, 2, 2 if layer == "scp" else 1))
            for number, content in enumerate(documents):
                arn = f"arn:aws:organizations::{M}:policy/o-1/{kind.value}/p-{target}-{number}"
                policies[arn] = Policy(arn=arn, name=arn, kind=kind, document=content)
                keys.append(arn)
        targets[target] = tuple(keys)
    units = {
        "r-1": OrganizationalUnit(id="r-1", arn="arn:r-1", name="Root"),
        "ou-a": OrganizationalUnit(id="ou-a", arn="arn:ou-a", name="a", parent="r-1"),
        "ou-b": OrganizationalUnit(id="ou-b", arn="arn:ou-b", name="b", parent="r-1"),
    }
    return Organization(
        id="o-1",
        management_account=M,
        root="r-1",
        scp_enabled=not sometimes(draw, 6),
        rcp_enabled=not sometimes(draw, 6),
        units=units,
        policies=policies,
        targets=targets,
        scps_readable=not sometimes(draw, 12),
        rcps_readable=not sometimes(draw, 12),
    )


@st.composite
def cases(draw: st.DrawFn, theme: str = "") -> Case:
    """One organization, one caller, one resource, one question."""
    theme = theme or pick(draw, *entries.THEMES)
    of_thing = theme in ("grants", "shares") or (theme in FREE and sometimes(draw, 3))
    askers = [k for k in ASKERS if k not in ("ANON", "EXTERNAL")] if theme == "grants" else ASKERS
    if theme == "shares":
        askers = [*ASKERS, "ANON", "ANON", "ROOT"]
    kind = pick(draw, *(askers if of_thing else KINDS_OF.get(theme, KINDS)))
    target_account = pick(draw, A, A, A, A, M)
    path, name = pick(draw, ("/", "R"), ("/team/", "R"), ("/", "u1"))
    if theme == "centre":
        path, name = entries.SIGN_ON_PATH, entries.SIGN_ON_ROLE
    elif theme == "linked":
        path, name = "/aws-service-role/lambda.amazonaws.com/", "AWSServiceRoleForX"
    role = f"arn:aws:iam::{target_account}:role{path}{name}"
    target, operation = role, "sts:AssumeRole"
    if of_thing:
        operation = pick(draw, *(SHARED if theme == "shares" else THINGS))
        if kind == "ANON":
            operation = pick(draw, *UNSIGNED)
        if theme == "grants":
            operation = pick(draw, *entries.KEY_CALLS)
        target = (THINGS.get(operation) or THINGS["kms:Decrypt"]).format(account=target_account)
        if operation.startswith("iam:"):
            target = role
    account = X if kind == "EXTERNAL" else pick(draw, A, A, A, B, B, M, X)
    word = "user/u1" if kind in ("USER", "USER_ST", "EXTERNAL") else "role/r1"
    if kind == "ROLE_SLR":
        word = "role/aws-service-role/x.amazonaws.com/r1"
    if kind == "ROOT":
        word = "root"
    caller = f"arn:aws:iam::{account}:{word}"
    unique_id = "AIDAU1" if word == "user/u1" else "AROAR1"
    if kind == "SELF":
        caller, account, unique_id = target, target_account, "AROATARGET"
    if kind == "SERVICE":
        named = {
            "pods": entries.PODS,
            "anywhere": entries.ANYWHERE,
            "linked": "lambda.amazonaws.com",
        }
        caller = named.get(theme) or pick(draw, "lambda.amazonaws.com", "ec2.amazonaws.com")
        unique_id = "AIDAX"
    elif kind in ("SAML", "CENTRE"):
        caller, unique_id, operation = SAML, "AIDAX", "sts:AssumeRoleWithSAML"
    elif kind == "OIDC":
        caller, unique_id, operation = OIDC, "AIDAX", "sts:AssumeRoleWithWebIdentity"
        if theme == "cognito":
            caller = entries.COGNITO
        elif theme == "claims":
            caller = pick(draw, *entries.providers(A))
    elif kind in ("EXTERNAL", "ROOT", "ANON"):
        unique_id = ""
    if kind in ("SERVICE", "SAML", "CENTRE", "OIDC", "ANON"):
        account = A
    names = Names(kind, caller, account, target, operation, unique_id, theme)

    policies: dict[str, Policy] = {}

    def attach(layer: str, label: str) -> str:
        arn = f"arn:aws:iam::{account}:policy/{label}"
        if not sometimes(draw, 15):
            policies[arn] = managed(draw, names, arn, layer)
        return arn

    def inline(owner: str) -> tuple[Policy, ...]:
        if sometimes(draw, 4):
            return ()
        content = document(draw, names, "identity", 1, 2)
        arn = f"{owner}#inline/own"
        return (Policy(arn=arn, name="own", kind=PolicyKind.INLINE, document=content),)

    users: dict[str, User] = {}
    groups: dict[str, Group] = {}
    roles: dict[str, Role] = {}
    tags = pick(draw, (), (("team", "x"),), (("Team", "y"),), (("team", "*"), ("p", "1")))
    boundary = attach("boundary", "pb") if sometimes(draw, 4) else None
    attached = (attach("identity", "mp"),) if sometimes(draw, 3) else ()
    if word == "user/u1" and kind in ("USER", "USER_ST"):
        group = f"arn:aws:iam::{account}:group/g"
        member = sometimes(draw, 4)
        if member:
            groups[group] = Group(arn=group, name="g", account=account, inline=inline(group))
        users[caller] = User(
            arn=caller,
            name="u1",
            account=account,
            unique_id=unique_id,
            tags=tags,
            inline=inline(caller),
            attached=attached,
            groups=(group,) if member else (),
            boundary=boundary,
        )
    elif kind in ("ROLE", "ROLE_FED", "ROLE_SVC", "ROLE_SLR", "SESSION"):
        enters = {"AWS": f"arn:aws:iam::{account}:root"}
        # Whoever enters with session tags may hand them on (B-22, C-64).
        tagged = ["sts:AssumeRole", "sts:TagSession"]
        entry = pick(draw, "sts:AssumeRole", tagged, tagged)
        roles[caller] = Role(
            arn=caller,
            name="r1",
            account=account,
            unique_id=unique_id,
            path="/aws-service-role/x.amazonaws.com/" if kind == "ROLE_SLR" else "/",
            tags=tags,
            trust=Policy(
                arn=f"{caller}#trust",
                name="trust",
                kind=PolicyKind.TRUST,
                document={
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": enters, "Action": entry}],
                },
            ),
            inline=inline(caller),
            attached=attached,
            boundary=None if kind == "ROLE_SLR" else boundary,
        )
    trust = None
    if not of_thing and not sometimes(draw, 40):
        content = document(draw, names, "trust", 1, 3, 4)
        trust = Policy(arn=f"{role}#trust", name="trust", kind=PolicyKind.TRUST, document=content)
    mine = kind == "SELF"
    roles[role] = Role(
        arn=role,
        name=name,
        account=target_account,
        unique_id="AROATARGET",
        path=path,
        created=pick(draw, datetime(2021, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC), None)
        if mine
        else None,
        tags=pick(draw, (), (("team", "x"),)),
        trust=trust,
        inline=inline(role) if mine else (),
        attached=attached if mine else (),
        boundary=boundary if mine else None,
    )
    held: dict[str, ResourcePolicy] = {}
    of_key = operation.startswith("kms:")  # a key always has a policy
    unread = sometimes(draw, 12) and (not of_key or theme == "grants")
    if of_thing and not operation.startswith("iam:") and not unread:
        thing = target.split("/")[0] if operation.startswith("s3:") else target
        content = None
        if of_key or not sometimes(draw, 8):
            content = Policy(
                arn=f"{thing}#policy",
                name="policy",
                kind=PolicyKind.RESOURCE,
                document=document(draw, names, "resource", 1, 3, 4),
            )
        held[thing] = ResourcePolicy(
            resource=thing,
            account=target_account,
            region="eu-west-1",
            policy=content,
            tags=pick(draw, (), (("team", "x"),)),
        )
    grants = {}
    if theme == "grants":
        grants = entries.grants(draw, kind, caller, account, unique_id, target, operation)
    org = organization(draw, names) if not sometimes(draw, 3) else None
    if org is not None and theme == "centre":
        org = replace(org, rcp_enabled=False)
    parents = {A: "ou-a", B: "ou-b", M: "r-1"}
    accounts = {
        a: Account(
            id=a,
            collected=True,
            parent=parents.get(a) if org else None,
            organization_known=org is not None,
        )
        for a in {A, target_account, account}
        if not (kind == "EXTERNAL" and a == X)
    }
    profiles = {}
    if kind == "SERVICE" and draw(st.booleans()):
        arn = f"arn:aws:iam::{target_account}:instance-profile/p"
        profiles[arn] = InstanceProfile(arn=arn, name="p", account=target_account, roles=(role,))
    has_provider = not sometimes(draw, 8)
    coverage = [
        Coverage(account=a, region="global", service="iam", operation=o, status="complete")
        for a in sorted(accounts)
        for o in (
            "get-account-authorization-details",
            "list-saml-providers",
            "list-open-id-connect-providers",
            "list-instance-profiles",
        )
    ]
    workloads: tuple[Workload, ...] = ()
    ledger: tuple[Coverage, ...] = ()
    if theme == "pods":
        workloads = entries.pods(draw, role)
    elif theme == "anywhere":
        workloads, ledger = entries.anywhere(draw, role)
    elif theme == "cognito":
        workloads, ledger = entries.pools(draw, role)
    directory = entries.sign_on(draw, target_account) if theme == "centre" else {}
    session_policies: list[Any] = []
    if kind in ("ROLE", "SESSION", "ROLE_SVC", "SELF") and sometimes(draw, 3):
        session_policies.append(document(draw, names, "session", 1, 2, 3))
    principal = caller
    if kind == "SESSION":
        principal = f"arn:aws:sts::{account}:assumed-role/r1/alice"
    if kind == "ANON":
        principal = "*"
    if kind == "CENTRE":
        principal = entries.PERSON
    if kind == "EXTERNAL" and not of_thing:
        principal = pick(draw, caller, f"arn:aws:sts::{X}:federated-user/bob")
    snapshot = Snapshot(
        id="random",
        taken_at=pick(draw, CLOCK, None),
        accounts=accounts,
        organization=org,
        users=users,
        groups=groups,
        roles=roles,
        policies=policies,
        instance_profiles=profiles,
        saml_providers={SAML: SamlProvider(arn=SAML, account=A)} if has_provider else {},
        oidc_providers={
            OIDC: OidcProvider(arn=OIDC, account=A, url="idp.example.com", client_ids=("app", "b")),
            **entries.providers(A),
        }
        if has_provider
        else {},
        coverage=(*coverage, *ledger),
        resource_policies=held,
        grants=grants,
        workloads=workloads,
        **directory,
    )
    asked = {"USER_ST", "ROLE_FED", "ROLE_SVC", "ROLE_SLR"}
    request = Request(
        principal=principal,
        resource=target,
        action=operation if of_thing else "sts:AssumeRole",
        caller=kind if kind in asked else "",
        session_policies=session_policies,
        context=known(draw, names) if sometimes(draw, 4) else {},
    )
    if request.context and theme not in ("pods", "anywhere"):
        request = replace(request, context_complete=draw(st.booleans()))
    partition = pick(draw, *PARTITIONS) if theme != "cognito" else "aws"
    made: Case = moved(Case(snapshot, request), partition)
    if kind == "EXTERNAL" and sometimes(draw, 2):
        made = replace(made, request=replace(made.request, principal=principal))
    return made


def known(draw: st.DrawFn, names: Names) -> dict[str, tuple[str, ...]]:
    """What the asker says of the call."""
    found: dict[str, tuple[str, ...]] = {
        "aws:SourceIp": ("10.1.2.3",),
        "aws:CurrentTime": ("2030-06-01T00:00:00Z",),
        "acme:Foo": ("1",),
        "aws:RequestedRegion": ("eu-west-1",),
        "aws:SourceVpce": ("vpce-1",),
    }
    if names.theme == "operators":
        found["acme:Size"] = ("3600",)
        found["acme:Flag"] = ("true",)
        found["acme:Bytes"] = ("QUJD",)
        found["acme:Arn"] = ("arn:aws:s3:::ab",)
    if names.kind in ("USER", "USER_ST", "ROLE"):
        found["aws:MultiFactorAuthPresent"] = ("true",)
        found["aws:PrincipalTag/team"] = ("y",)
    if names.theme == "grants":
        found["kms:EncryptionContext:Dept"] = ("IT",)
    if is_assumption(names):
        found["sts:ExternalId"] = ("k1",)
        found["aws:RequestTag/p"] = ("1",)
        found["sts:SourceIdentity"] = ("alice",)
    keys = draw(st.lists(st.sampled_from(sorted(found)), min_size=2, max_size=5, unique=True))
    return {k: found[k] for k in keys}


def moved(value: Any, partition: str) -> Any:
    """The same in another partition of AWS: every ARN, wherever it stands."""
    if partition == "aws":
        return value
    if isinstance(value, str) and not isinstance(value, PolicyKind):
        return value.replace("arn:aws:", f"arn:{partition}:")
    if isinstance(value, dict):
        return {moved(k, partition): moved(v, partition) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(moved(v, partition) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: moved(getattr(value, f.name), partition) for f in fields(value)}
        return replace(value, **changed)
    return value
