"""Snapshots that nobody wrote, as strategies: every field of the model, odd and missing values."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from iam.model import (
    COVERAGE_STATES,
    Account,
    Assignment,
    Coverage,
    Grant,
    Group,
    IdentityCenterGroup,
    IdentityCenterUser,
    InstanceProfile,
    OidcProvider,
    Organization,
    OrganizationalUnit,
    PermissionSet,
    Policy,
    PolicyKind,
    ResourcePolicy,
    Role,
    SamlProvider,
    Snapshot,
    Use,
    User,
    Workload,
)
from tests.unit.iam.build import A, B, X

texts = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.text("abcXYZ09+=,.@_-é", min_size=1, max_size=6)
ids = st.sampled_from([A, B, X, "444444444444"])
moments = st.none() | st.datetimes(
    min_value=datetime(2015, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)
)
tags = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
counts = st.none() | st.integers(0, 2**40)
truths = st.none() | st.booleans()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
principals = st.sampled_from(
    [
        "*",
        {"AWS": "*"},
        {"AWS": A},
        {"AWS": [f"arn:aws:iam::{B}:root", f"arn:aws:iam::{X}:user/u", "AROAGONE"]},
        {"AWS": f"arn:aws:iam::{A}:group/g"},
        {"Service": ["lambda.amazonaws.com", "ecs.amazonaws.com"]},
        {"Federated": f"arn:aws:iam::{A}:saml-provider/corp"},
        {"Federated": f"arn:aws:iam::{A}:oidc-provider/idp.example"},
        {"Federated": "accounts.google.com"},
    ]
)
conditions = st.sampled_from(
    [
        {},
        {"StringEquals": {"sts:ExternalId": "k"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"StringLike": {"idp.example:sub": ["repo:a/*", "repo:b"]}},
        {"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}},
    ]
)
trusts = st.builds(
    lambda principal, condition, effect, action: {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": effect,
                "Principal": principal,
                "Action": action,
                **({"Condition": condition} if condition else {}),
            }
        ],
    },
    principals,
    conditions,
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["sts:AssumeRole", "sts:*", ["sts:AssumeRoleWithSAML", "sts:TagSession"]]),
)
grants = st.builds(
    lambda action, resource: {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    },
    st.sampled_from(["*", "sts:AssumeRole", "s3:Get*"]),
    st.sampled_from(["*", f"arn:aws:iam::{A}:role/*", f"arn:aws:iam::{B}:role/a"]),
)
documents = st.none() | texts | grants | st.dictionaries(texts, json_values, max_size=2)


def policies(arn: str, kind: PolicyKind, content: st.SearchStrategy[Any]) -> Any:
    return st.builds(
        Policy,
        arn=st.just(arn),
        name=texts,
        kind=st.just(kind),
        document=content,
        version=st.sampled_from(["", "v1", "v7"]),
        raw=texts,
        place=texts,
        unique_id=texts,
        path=texts,
        account=st.just("") | ids,
        is_aws_managed=st.booleans(),
        attachment_count=counts,
        boundary_usage_count=counts,
        versions=st.lists(texts, max_size=2).map(tuple),
        older=tags,
        description=texts,
        tags=tags,
    )


MANAGED = (f"arn:aws:iam::{A}:policy/p", f"arn:aws:iam::{B}:policy/q", "arn:aws:iam::aws:policy/Z")
GROUPS = (f"arn:aws:iam::{A}:group/g", f"arn:aws:iam::{B}:group/h")
PROFILES = (f"arn:aws:iam::{A}:instance-profile/p", f"arn:aws:iam::{B}:instance-profile/q")
SCPS = ("arn:aws:organizations::1:policy/o/scp/p-1", "arn:aws:organizations::1:policy/o/rcp/p-2")
UNITS = ("r-1", "ou-1", "ou-2")
SETS = ("arn:aws:sso:::permissionSet/s/ps-1", "arn:aws:sso:::permissionSet/s/ps-2")


def some(values: tuple[str, ...]) -> Any:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def holders(draw: st.DrawFn, cls: Any, type: str) -> Any:
    account, name = draw(ids), draw(names)
    arn = f"arn:aws:iam::{account}:{type}/{name}"
    inline = draw(
        st.just(())
        | policies(f"{arn}#inline/own", PolicyKind.INLINE, documents).map(lambda p: (p,))
    )
    more: dict[str, Any] = {}
    if cls is not Group:
        more |= {"tags": draw(tags), "boundary": draw(st.none() | st.sampled_from(MANAGED))}
    if cls is User:
        more |= {
            "groups": draw(some(GROUPS)),
            "has_credentials": draw(truths),
            "mfa_devices": draw(st.none() | st.integers(0, 3)),
            "credentials": draw(st.just(()) | st.just((("access_key", "AKIA1"), ("ssh_key", "A")))),
        }
    if cls is Role:
        used = draw(moments)
        more |= {
            "description": draw(texts),
            "trust": draw(st.none() | policies(f"{arn}#trust", PolicyKind.TRUST, trusts)),
            "instance_profiles": draw(some(PROFILES)),
            "max_session_seconds": draw(st.none() | st.integers(3600, 43200)),
            "last_used": used,
            "last_used_region": draw(texts) if used else "",
            "last_used_known": draw(st.booleans()),
            "path": draw(
                st.sampled_from(
                    [
                        "/",
                        "/aws-service-role/ecs.amazonaws.com/",
                        "/aws-reserved/sso.amazonaws.com/",
                    ]
                )
            ),
        }
    return cls(
        arn=arn,
        name=name,
        account=account,
        unique_id=draw(texts),
        created=draw(moments),
        inline=inline,
        attached=draw(some(MANAGED)),
        place=draw(texts),
        **more,
    )


def many(strategy: Any, key: str = "arn", most: int = 3) -> Any:
    """A mapping of some of these, by key."""
    return st.lists(strategy, max_size=most).map(
        lambda found: {getattr(item, key): item for item in found}
    )


def of_keys(values: tuple[str, ...], make: Any, key: str = "arn") -> Any:
    return st.sets(st.sampled_from(values)).flatmap(
        lambda chosen: st.tuples(*(make(value) for value in sorted(chosen))).map(
            lambda found: {getattr(item, key): item for item in found}
        )
    )


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    kinds = {SCPS[0]: PolicyKind.SCP, SCPS[1]: PolicyKind.RCP}
    return Organization(
        id=draw(st.sampled_from(["o-1", ""])),
        arn=draw(st.sampled_from(["arn:aws:organizations::1:organization/o-1", ""])),
        management_account=draw(ids),
        root=draw(st.sampled_from(["r-1", ""])),
        scp_enabled=draw(truths),
        rcp_enabled=draw(truths),
        units=draw(
            of_keys(
                UNITS,
                lambda id: st.builds(
                    OrganizationalUnit,
                    id=st.just(id),
                    arn=st.just(f"arn:aws:organizations::1:ou/o-1/{id}") | st.just(""),
                    name=texts,
                    parent=st.none() | st.sampled_from(UNITS),
                ),
                "id",
            )
        ),
        policies=draw(of_keys(SCPS, lambda arn: policies(arn, kinds[arn], documents))),
        targets=draw(st.dictionaries(st.sampled_from([*UNITS, A, B]), some(SCPS), max_size=3)),
        scps_readable=draw(st.booleans()),
        rcps_readable=draw(st.booleans()),
        features=draw(st.none() | st.lists(texts, max_size=2).map(tuple)),
        delegated_administrators=draw(st.lists(st.tuples(ids, texts), max_size=2).map(tuple)),
    )


RESOURCES = (f"arn:aws:lambda:eu-west-1:{A}:function:f", "arn:aws:s3:::bucket")
workloads = st.builds(
    Workload,
    arn=st.sampled_from(RESOURCES),
    type=st.sampled_from(["AWS::Lambda::Function", "AWS::S3::Bucket"]),
    account=ids,
    region=texts,
    service=texts,
    role=st.sampled_from(["", f"arn:aws:iam::{A}:role/a"]),
    instance_profile=st.just("") | st.sampled_from(PROFILES),
    place=texts,
    facts=tags,
)
assignments = st.builds(
    lambda account, permission_set, type, number: Assignment(
        account=account,
        permission_set=permission_set,
        principal=f"d-1/{type[0].lower()}-{number}",
        principal_type=type,
    ),
    ids,
    st.sampled_from(SETS),
    st.sampled_from(["USER", "GROUP"]),
    st.integers(1, 3),
)
coverage_lines = st.builds(
    Coverage,
    account=ids,
    region=st.sampled_from(["global", "eu-west-1"]),
    service=st.sampled_from(["iam", "organizations"]),
    operation=st.sampled_from(["list-roles", "list-roots"]),
    status=st.sampled_from(COVERAGE_STATES),
    resource=st.just("") | texts,
    pages=st.integers(0, 9),
    items=st.integers(0, 10**9),
    error_code=texts,
    missing_action=texts,
    note=texts,
    taken_at=moments,
)
PARTS: dict[str, Any] = {
    "id": st.sampled_from(["", "20260131T120000Z-abcdef"]),
    "taken_at": moments,
    "accounts": many(
        st.builds(
            Account,
            id=ids,
            name=texts,
            status=st.sampled_from(["ACTIVE", "SUSPENDED"]),
            parent=st.none() | st.sampled_from(UNITS),
            collected=st.booleans(),
            organization_known=st.booleans(),
            aliases=st.lists(texts, max_size=2).map(tuple),
        ),
        "id",
    ),
    "organization": st.none() | organizations(),
    "users": many(holders(User, "user")),
    "groups": many(holders(Group, "group")),
    "roles": many(holders(Role, "role"), most=4),
    "policies": of_keys(MANAGED, lambda arn: policies(arn, PolicyKind.MANAGED, documents)),
    "instance_profiles": of_keys(
        PROFILES,
        lambda arn: st.builds(
            InstanceProfile,
            arn=st.just(arn),
            name=texts,
            account=ids,
            unique_id=texts,
            roles=st.lists(texts, max_size=1).map(tuple),
            tags=tags,
            place=texts,
        ),
    ),
    "saml_providers": of_keys(
        (f"arn:aws:iam::{A}:saml-provider/corp",),
        lambda arn: st.builds(
            SamlProvider,
            arn=st.just(arn),
            account=ids,
            created=moments,
            metadata=texts,
            tags=tags,
            place=texts,
        ),
    ),
    "oidc_providers": of_keys(
        (f"arn:aws:iam::{A}:oidc-provider/idp.example",),
        lambda arn: st.builds(
            OidcProvider,
            arn=st.just(arn),
            account=ids,
            url=texts,
            client_ids=st.none() | st.lists(texts, max_size=2).map(tuple),
            thumbprints=st.lists(texts, max_size=2).map(tuple),
            tags=tags,
            place=texts,
        ),
    ),
    "workloads": st.lists(workloads, max_size=4).map(tuple),
    "permission_sets": of_keys(
        SETS[:1],
        lambda arn: st.builds(
            PermissionSet, arn=st.just(arn), name=texts, instance=texts, place=texts
        ),
    ),
    "identity_center_users": of_keys(
        ("d-1/u-1", "d-1/u-2"),
        lambda key: st.builds(
            IdentityCenterUser,
            key=st.just(key),
            name=texts,
            groups=some(("d-1/g-1", "d-1/g-2")),
        ),
        "key",
    ),
    "identity_center_groups": of_keys(
        ("d-1/g-1",),
        lambda key: st.builds(IdentityCenterGroup, key=st.just(key), name=texts),
        "key",
    ),
    "assignments": st.none() | st.lists(assignments, max_size=3, unique=True).map(tuple),
    "resource_policies": of_keys(
        RESOURCES,
        lambda arn: st.builds(
            ResourcePolicy,
            resource=st.just(arn),
            account=ids,
            region=texts,
            policy=st.none() | policies(f"{arn}#policy", PolicyKind.RESOURCE, documents),
            tags=tags,
        ),
        "resource",
    ),
    "grants": of_keys(
        tuple(f"arn:aws:kms:eu-west-1:{A}:key/k#grant/{id}" for id in "ab"),
        lambda arn: st.builds(
            Grant,
            arn=st.just(arn),
            key=st.just(f"arn:aws:kms:eu-west-1:{A}:key/k"),
            account=ids,
            region=texts,
            grantee=texts,
            name=texts,
            retiring=texts,
            operations=st.lists(texts, max_size=2).map(tuple),
            constraints=texts,
            place=texts,
        ),
    ),
    "uses": of_keys(
        tuple(f"arn:aws:iam::{A}:role/a#use/{end}" for end in ("cloudtrail/x", "last-accessed/s3")),
        lambda arn: st.builds(
            Use,
            arn=st.just(arn),
            role=st.sampled_from([f"arn:aws:iam::{A}:role/a", f"arn:aws:iam::{B}:role/b"]),
            source=st.sampled_from(["cloudtrail", "last-accessed"]),
            by=texts | st.sampled_from([f"arn:aws:iam::{A}:role/a", "lambda.amazonaws.com"]),
            service=texts,
            first=moments,
            last=moments,
            region=texts,
            times=st.integers(0, 2**40),
            place=texts,
        ),
    ),
    "former": st.dictionaries(
        st.sampled_from(["AROAGONE", "AIDALONGGONE"]),
        st.just(f"arn:aws:iam::{B}:role/gone"),
        max_size=2,
    ),
    "coverage": st.lists(coverage_lines, max_size=4).map(tuple),
}
snapshots = st.builds(Snapshot, **PARTS)
