"""A plan deletes what it says, in that order and no sooner, and its undo brings it back.

What is printed is what is run: each command line is read by botocore's own model and sent to moto
over HTTP. Where moto refuses less than AWS, ``refusals`` does, and says so. Each step's check shows
before that it is not done, and afterwards that it is. After the undo of the quarantine alone, and
after that of everything, the authorization details are those of before, but for what
``docs/deletion.md`` says is gone.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from iam.deletion import rehearse
from iam.model import Snapshot
from iam.runbook import ABSENT, NOW, PRESENT, REFUSED, Stage
from ingest.aws import Account, account_of, config_of
from ingest.job import Wanted, collect_aws
from ingest.snapshot import read_one
from tests.moto.refusals import Refusals
from tests.support.printed import read
from tests.support.tree import REPOSITORY

T = TypeVar("T")

ODD = "what+is=odd,.@-_"
"""Every character that IAM allows in a name."""
TEXT = 'it\'s `$(odd)` "text"; + %41 é\n'
TAGS = [{"Key": "Team", "Value": "a/b"}, {"Key": "stage:é", "Value": "pro d"}]
MAY = {
    "Version": "2012-10-17",
    "Id": "an id",
    "Statement": [
        {"Sid": "B", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"},
        {
            "Effect": "Deny",
            "NotAction": "s3:GetObject",
            "Resource": "arn:aws:s3:::a/${aws:username}/é'\"*",
            "Condition": {"StringLike": {"aws:PrincipalTag/a": ["x", "y z"]}},
        },
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}},
        }
    ],
}
METADATA = "<EntityDescriptor>" + "<a b='c'>é &amp; \"d\"</a>" * 60 + "</EntityDescriptor>"
KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 ana"


@cache
def certificate() -> str:
    """A certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ana")])
    day = datetime(2026, 1, 1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=9))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@dataclass
class Cloud:
    """One account of moto in which AWS's refusals hold."""

    session: boto3.Session
    account: Account
    rules: Refusals

    @property
    def iam(self) -> Any:
        make: Any = self.session.client
        return make("iam")

    def arn(self, rest: str) -> str:
        return f"arn:aws:iam::{self.account.id}:{rest}"

    def run(self, line: str) -> Any:
        call = read(line)
        assert call.service == "iam"
        return call.run(self.iam)

    def collected(self, root: Path) -> Snapshot:
        """Through the same road as everybody's."""
        return read_one(collect_aws(Wanted([self.account], regions=["eu-west-1"]), "t", root=root))

    def details(self) -> dict[str, Any]:
        """What the account holds: authorization details, and what these leave out."""
        iam = self.iam
        found: dict[str, Any] = iam.get_account_authorization_details()
        found["InstanceProfiles"] = [
            iam.get_instance_profile(InstanceProfileName=one["InstanceProfileName"])[
                "InstanceProfile"
            ]
            for one in iam.list_instance_profiles()["InstanceProfiles"]
        ]
        for policy in found["Policies"]:
            policy["Tags"] = iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]
            policy["Description"] = iam.get_policy(PolicyArn=policy["Arn"])["Policy"].get(
                "Description"
            )
        for role in found["RoleDetailList"]:
            held = iam.get_role(RoleName=role["RoleName"])["Role"]
            role |= {key: held.get(key) for key in ("Description", "MaxSessionDuration")}
        found["SAMLProviders"] = [
            {"Arn": one["Arn"], **iam.get_saml_provider(SAMLProviderArn=one["Arn"])}
            for one in iam.list_saml_providers()["SAMLProviderList"]
        ]
        found["OIDCProviders"] = [
            {"Arn": arn, **iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)}
            for arn in sorted(
                one["Arn"]
                for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
            )
        ]
        return found


_numbers = itertools.count(1)


@pytest.fixture
def cloud(environment: None, only_global: None, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An account that nothing has been put in yet."""
    sts = boto3.client("sts")
    account = f"{next(_numbers):012d}"
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/any", RoleSessionName="test")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["Credentials"]["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["Credentials"]["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["Credentials"]["SessionToken"])
    plain, own, reading = (boto3.Session() for _ in range(3))
    rules = Refusals(plain.client("iam"))
    rules.on(own.events)
    rules.on(reading.events)
    return Cloud(own, account_of(reading, config=config_of(1)), rules)


# --- what is compared -----------------------------------------------------------------------------

GONE = {
    "RoleId": "unique ids",
    "UserId": "unique ids",
    "GroupId": "unique ids",
    "PolicyId": "unique ids",
    "InstanceProfileId": "unique ids",
    "CreateDate": "dates",
    "UpdateDate": "dates",
    "RoleLastUsed": "last use",
    "VersionId": "numbers of policy versions",
    "DefaultVersionId": "numbers of policy versions",
}
"""Fields that no undo brings back, and what the documentation calls them."""
SECRETS = {
    "login_profile": "passwords",
    "access_key": "access keys",
    "service_credential": "service-specific credentials",
    "mfa_device": "MFA devices",
    "ssh_key": "SSH keys",
    "signing_certificate": "signing certificates",
}
"""Blockers whose undo is a sentence: AWS does not tell what they hold, or gives it a new id."""
_ORDERED = {
    "UserDetailList": "Arn",
    "GroupDetailList": "Arn",
    "RoleDetailList": "Arn",
    "Policies": "Arn",
    "InstanceProfiles": "Arn",
    "InstanceProfileList": "Arn",
    "SAMLProviders": "Arn",
    "AttachedManagedPolicies": "PolicyArn",
    "UserPolicyList": "PolicyName",
    "RolePolicyList": "PolicyName",
    "GroupPolicyList": "PolicyName",
    "Roles": "Arn",
}
"""Sets that AWS lists in no order of their own, and what tells their members apart."""


def comparable(value: Any, key: str = "") -> Any:
    """A value without what cannot come back; documents keep every byte and their own order."""
    if isinstance(value, dict):
        if key in ("PolicyDocument", "AssumeRolePolicyDocument", "Document"):
            return json.dumps(value)
        return {
            k: comparable(v, k)
            for k, v in value.items()
            if k not in GONE and k not in ("ResponseMetadata", "IsTruncated", "Marker")
        }
    if isinstance(value, list):
        found = [comparable(one, key) for one in value]
        if key in _ORDERED:
            return sorted(found, key=lambda one: one[_ORDERED[key]])
        if key == "GroupList":
            return sorted(found)
        if key == "PolicyVersionList":
            return sorted(found, key=lambda one: (not one["IsDefaultVersion"], one["Document"]))
        return found
    return value


def test_what_cannot_come_back_is_documented() -> None:
    page = (REPOSITORY / "docs" / "deletion.md").read_text(encoding="utf-8")
    section = page.partition("## What cannot come back")[2].partition("\n## ")[0].lower()
    for words in {*GONE.values(), *SECRETS.values()}:
        assert words.lower() in section, words


# --- the proof ------------------------------------------------------------------------------------


def prove(cloud: Cloud, snapshot: Snapshot, wanted: Mapping[str, Sequence[str]]) -> None:
    """The whole proof for entities one after the other, and that the account is as before.

    Args:
        cloud: The account.
        snapshot: What was read of it.
        wanted: The hard blockers that each entity was built with, as a multiset, by ARN.
    """
    before = comparable(cloud.details())
    for entity, kinds in wanted.items():
        _prove(cloud, snapshot, entity, kinds)
    assert comparable(cloud.details()) == before


def _prove(cloud: Cloud, snapshot: Snapshot, entity: str, kinds: Sequence[str]) -> None:
    answer = rehearse(snapshot, entity)
    hard = [blocker["kind"] for blocker in answer["hard"]]
    assert sorted(hard) == sorted(kinds)
    free = ("DELETABLE", "DELETABLE_WITH_IMPACT")
    assert answer["verdict"] in (("BLOCKED",) if kinds else free), [
        o["operation"] for o in answer["coverage"]["not_seen"]
    ]
    stages = [Stage(**step) for step in answer["runbook"]["steps"]]
    shut = [s for s in stages if s.phase == "quarantine"]
    *clearing, delete = [s for s in stages if s.phase in ("clear", "delete")]
    assert [s.call for s in (*clearing, delete) if not s.title.startswith("Take the policy")] == [
        step["call"] for step in answer["plan"]
    ]
    if answer["entity_kind"] in ("role", "user"):
        before = held(cloud, entity)
        for stage in shut:
            carry_out(cloud, stage)
        assert held(cloud, entity) != before
        for stage in reversed(shut):
            cloud.run(stage.undo)
            assert not is_done(cloud, stage)
        assert held(cloud, entity) == before
        for stage in shut:
            carry_out(cloud, stage)
    for stage in clearing:
        with pytest.raises(cloud.iam.exceptions.DeleteConflictException):
            cloud.run(delete.call)
        carry_out(cloud, stage)
    assert not is_done(cloud, delete)
    cloud.run(delete.call)
    assert is_done(cloud, delete)
    # As the script does it: what is done is taken back, the last step first.
    cloud.run(delete.undo)
    left = []
    for stage in reversed((*shut, *clearing)):
        if stage.undo.startswith("aws ") and is_done(cloud, stage):
            cloud.run(stage.undo)
            assert not is_done(cloud, stage)
        elif stage.undo and not stage.undo.startswith("aws "):
            left.append(stage)
    assert len(left) == sum(kind in SECRETS for kind in kinds)


def carry_out(cloud: Cloud, stage: Stage) -> None:
    """A step shows that it is not done, is run, and shows that it is."""
    assert not is_done(cloud, stage), stage
    cloud.run(stage.call.replace(NOW, "2026-01-31T12:00:00Z"))
    assert is_done(cloud, stage), stage


def is_done(cloud: Cloud, stage: Stage) -> bool:
    """What the check of a step shows, in the JSON that the CLI prints."""
    try:
        answer = cloud.run(stage.check)
    except cloud.iam.exceptions.NoSuchEntityException:
        return stage.done == REFUSED
    shown = stage.shows in json.dumps(answer, indent=4, ensure_ascii=False, default=str)
    return {ABSENT: not shown, PRESENT: shown, REFUSED: False}[stage.done]


def held(cloud: Cloud, entity: str) -> Any:
    """One role or user as the authorization details have it."""
    details = cloud.iam.get_account_authorization_details(Filter=["Role", "User"])
    found = [*details["RoleDetailList"], *details["UserDetailList"]]
    return comparable(next(one for one in found if one["Arn"] == entity))


def combinations(those: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Every subset."""
    for size in range(len(those) + 1):
        yield from itertools.combinations(those, size)


def pairs_and_all(those: Sequence[T]) -> list[tuple[T, ...]]:
    """None, one, two and all, where every subset would take minutes.

    A refusal looks at one blocker at a time, so none needs three of them to show.
    """
    return [chosen for chosen in combinations(those) if len(chosen) in (0, 1, 2, len(those))]


def managed(cloud: Cloud, name: str) -> str:
    arn: str = cloud.iam.create_policy(
        PolicyName=name,
        Path="/some/path/",
        PolicyDocument=json.dumps(MAY),
        Description="a + b",
        Tags=TAGS,
    )["Policy"]["Arn"]
    return arn


# --- roles ----------------------------------------------------------------------------------------

ROLE_BLOCKERS = ("attached_policy", "inline_policy", "instance_profile", "boundary")


def test_roles_with_every_combination_of_blockers(cloud: Cloud, tmp_path: Path) -> None:
    iam = cloud.iam
    policies = [managed(cloud, f"p{n}+{ODD}") for n in range(3)]
    wanted: dict[str, list[str]] = {}
    for number, chosen in enumerate(combinations(ROLE_BLOCKERS)):
        name = f"r{number}{ODD}"
        more: dict[str, Any] = {"PermissionsBoundary": policies[2]} if "boundary" in chosen else {}
        role = iam.create_role(
            RoleName=name,
            Path="/team a!/".replace(" ", "+"),
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Description=TEXT.strip(),
            MaxSessionDuration=7200,
            Tags=TAGS,
            **more,
        )["Role"]["Arn"]
        kinds = wanted[role] = []
        if "attached_policy" in chosen:
            for policy in policies[:2]:
                iam.attach_role_policy(RoleName=name, PolicyArn=policy)
                kinds.append("attached_policy")
        if "inline_policy" in chosen:
            for own in ("-starts", ODD):
                iam.put_role_policy(RoleName=name, PolicyName=own, PolicyDocument=json.dumps(MAY))
                kinds.append("inline_policy")
        if "instance_profile" in chosen:
            profile = f"ip{number}{ODD}"
            iam.create_instance_profile(InstanceProfileName=profile, Path="/x/", Tags=TAGS)
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
            kinds.append("instance_profile")
    snapshot = cloud.collected(tmp_path)
    assert len(wanted) == 2 ** len(ROLE_BLOCKERS)
    prove(cloud, snapshot, wanted)


# --- users ----------------------------------------------------------------------------------------

Maker = Callable[[Cloud, str], list[str]]


def _attached(cloud: Cloud, name: str) -> list[str]:
    cloud.iam.attach_user_policy(UserName=name, PolicyArn=cloud.arn("policy/some/path/shared"))
    return ["attached_policy"]


def _inline(cloud: Cloud, name: str) -> list[str]:
    cloud.iam.put_user_policy(UserName=name, PolicyName=ODD, PolicyDocument=json.dumps(MAY))
    return ["inline_policy"]


def _groups(cloud: Cloud, name: str) -> list[str]:
    for group in ("-team", "team2"):
        cloud.iam.add_user_to_group(GroupName=group, UserName=name)
    return ["group_membership"] * 2


def _password(cloud: Cloud, name: str) -> list[str]:
    cloud.iam.create_login_profile(UserName=name, Password="Not-a-secret-1")
    return ["login_profile"]


def _keys(cloud: Cloud, name: str) -> list[str]:
    for status in ("Active", "Inactive"):
        key = cloud.iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        cloud.iam.update_access_key(UserName=name, AccessKeyId=key, Status=status)
    return ["access_key"] * 2


def _mfa(cloud: Cloud, name: str) -> list[str]:
    iam = cloud.iam
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"][
        "SerialNumber"
    ]
    iam.enable_mfa_device(
        UserName=name,
        SerialNumber=serial,
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    return ["mfa_device"]


def _certificate(cloud: Cloud, name: str) -> list[str]:
    cloud.iam.upload_signing_certificate(UserName=name, CertificateBody=certificate())
    return ["signing_certificate"]


def _ssh(cloud: Cloud, name: str) -> list[str]:
    cloud.iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=KEY)
    return ["ssh_key"]


def _service(cloud: Cloud, name: str) -> list[str]:
    cloud.rules.give_credential(name, "ACCAEXAMPLE123EXAMPLE")
    return ["service_credential"]


USER_BLOCKERS: tuple[Maker, ...] = (
    _attached,
    _inline,
    _groups,
    _password,
    _keys,
    _mfa,
    _certificate,
    _ssh,
    _service,
)


def test_users_with_every_pair_and_with_all_blockers(cloud: Cloud, tmp_path: Path) -> None:
    iam = cloud.iam
    chosen = pairs_and_all(USER_BLOCKERS)
    managed(cloud, "shared")
    for group in ("-team", "team2"):
        iam.create_group(GroupName=group)
    wanted: dict[str, list[str]] = {}
    for number, makers in enumerate(chosen):
        name = f"u{number}{ODD}"
        more: dict[str, Any] = {"Tags": TAGS} if number % 3 else {}
        if number % 2:
            more["PermissionsBoundary"] = cloud.arn("policy/some/path/shared")
        user = iam.create_user(UserName=name, Path="/people/", **more)["User"]["Arn"]
        wanted[user] = [kind for make in makers for kind in make(cloud, name)]
    snapshot = cloud.collected(tmp_path)
    prove(cloud, snapshot, wanted)


# --- groups, policies, profiles, providers --------------------------------------------------------


def test_groups_with_every_combination_of_blockers(cloud: Cloud, tmp_path: Path) -> None:
    iam = cloud.iam
    policy = managed(cloud, "shared")
    for user in ("ana", "-bo"):
        iam.create_user(UserName=user)
    wanted = {}
    for number, chosen in enumerate(combinations(("member", "attached_policy", "inline_policy"))):
        name = f"g{number}{ODD}"
        arn = iam.create_group(GroupName=name, Path="/teams/")["Group"]["Arn"]
        kinds = wanted[arn] = list[str]()
        if "member" in chosen:
            for user in ("ana", "-bo"):
                iam.add_user_to_group(GroupName=name, UserName=user)
                kinds.append("member")
        if "attached_policy" in chosen:
            iam.attach_group_policy(GroupName=name, PolicyArn=policy)
            kinds.append("attached_policy")
        if "inline_policy" in chosen:
            iam.put_group_policy(GroupName=name, PolicyName=ODD, PolicyDocument=json.dumps(MAY))
            kinds.append("inline_policy")
    snapshot = cloud.collected(tmp_path)
    prove(cloud, snapshot, wanted)


POLICY_BLOCKERS = ("role", "user", "group", "role's boundary", "user's boundary", "versions")


def test_policies_with_every_pair_and_with_all_blockers(cloud: Cloud, tmp_path: Path) -> None:
    iam = cloud.iam
    iam.create_group(GroupName="team")
    wanted = {}
    for number, chosen in enumerate(pairs_and_all(POLICY_BLOCKERS)):
        name = f"{number}{ODD}"
        arn = managed(cloud, name)
        kinds = wanted[arn] = list[str]()
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_user(UserName=f"u{number}")
        if "role" in chosen:
            iam.attach_role_policy(RoleName=f"r{number}", PolicyArn=arn)
        if "user" in chosen:
            iam.attach_user_policy(UserName=f"u{number}", PolicyArn=arn)
        if "group" in chosen:
            iam.attach_group_policy(GroupName="team", PolicyArn=arn)
        if "role's boundary" in chosen:
            iam.put_role_permissions_boundary(RoleName=f"r{number}", PermissionsBoundary=arn)
        if "user's boundary" in chosen:
            iam.put_user_permissions_boundary(UserName=f"u{number}", PermissionsBoundary=arn)
        for blocker in chosen:
            if blocker != "versions":
                kinds.append("boundary_use" if "boundary" in blocker else "attachment")
        if "versions" in chosen:
            for action in ("s3:*", "ec2:*"):
                document = {**MAY, "Statement": [{**MAY["Statement"][0], "Action": action}]}  # type: ignore[dict-item]
                iam.create_policy_version(
                    PolicyArn=arn,
                    PolicyDocument=json.dumps(document),
                    SetAsDefault=action == "s3:*",
                )
                kinds.append("policy_version")
    snapshot = cloud.collected(tmp_path)
    prove(cloud, snapshot, wanted)


def test_instance_profiles_with_and_without_a_role(cloud: Cloud, tmp_path: Path) -> None:
    iam = cloud.iam
    iam.create_role(RoleName="-r", AssumeRolePolicyDocument=json.dumps(TRUST))
    wanted = {}
    for name, kinds in ((f"full{ODD}", ["role"]), ("-empty", [])):
        arn = iam.create_instance_profile(InstanceProfileName=name, Path="/x/", Tags=TAGS)
        wanted[arn["InstanceProfile"]["Arn"]] = kinds
        if kinds:
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="-r")
    snapshot = cloud.collected(tmp_path)
    prove(cloud, snapshot, wanted)


def test_providers_have_no_blockers_and_come_back_whole(cloud: Cloud, tmp_path: Path) -> None:
    """F-13. Of a SAML provider moto keeps no tags: its printed call is read in a unit test."""
    iam = cloud.iam
    saml = iam.create_saml_provider(Name="Okta._-", SAMLMetadataDocument=METADATA)
    iam.create_role(
        RoleName="r",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": saml["SAMLProviderArn"]},
                        "Action": "sts:AssumeRoleWithSAML",
                    }
                ],
            }
        ),
    )
    oidc = iam.create_open_id_connect_provider(
        Url="https://idp.example.com/a/B",
        ClientIDList=["sts.amazonaws.com", "x y"],
        ThumbprintList=["a" * 40, "b" * 40],
        Tags=TAGS,
    )
    snapshot = cloud.collected(tmp_path)
    prove(cloud, snapshot, {saml["SAMLProviderArn"]: [], oidc["OpenIDConnectProviderArn"]: []})
