"""What AWS's API refuses to delete with, and the ordered calls that take it away.

Calls are text for a person to run: every value is quoted for the shell, and what AWS itself wrote
(descriptions, tags, documents) goes through ``--cli-input-json``, which expands nothing.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from iam import linked_roles
from iam.mentions import mentions_of
from iam.model import (
    CREDENTIALS,
    Group,
    InstanceProfile,
    OidcProvider,
    Policy,
    Role,
    SamlProvider,
    Snapshot,
    Tags,
    User,
)
from iam.policy import document_text
from iam.world import world_of

Entity = Role | User | Group | Policy | InstanceProfile | SamlProvider | OidcProvider
KINDS: dict[type, str] = {
    Role: "role",
    User: "user",
    Group: "group",
    Policy: "policy",
    InstanceProfile: "instance_profile",
    SamlProvider: "saml_provider",
    OidcProvider: "oidc_provider",
}
DELETES = {
    "role": "iam:DeleteRole",
    "user": "iam:DeleteUser",
    "group": "iam:DeleteGroup",
    "policy": "iam:DeletePolicy",
    "instance_profile": "iam:DeleteInstanceProfile",
    "saml_provider": "iam:DeleteSAMLProvider",
    "oidc_provider": "iam:DeleteOpenIDConnectProvider",
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A thing without whose removal AWS refuses the deletion, and the action that removes it."""

    kind: str
    id: str
    call: str


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a plan, what takes it back, and what shows that it worked."""

    call: str
    undo: str
    check: str

    def to_json(self) -> dict[str, str]:
        """The step in the shape of the ``blockers`` answer."""
        return {"call": self.call, "undo": self.undo, "check": self.check}


@dataclass(frozen=True, slots=True)
class Removal:
    """A hard blocker with the step that removes it; ``resource`` is what its action is asked on."""

    blocker: Blocker
    step: Step
    resource: str


def find(snapshot: Snapshot, key: str) -> Entity | None:
    """The entity of an ARN, if the snapshot holds it and IAM can delete it."""
    places: tuple[Any, ...] = (
        snapshot.roles,
        snapshot.users,
        snapshot.groups,
        snapshot.policies,
        snapshot.instance_profiles,
        snapshot.saml_providers,
        snapshot.oidc_providers,
    )
    for place in places:
        if key in place:
            found: Entity = place[key]
            return found
    return None


def removals(snapshot: Snapshot, entity: Entity) -> list[Removal]:
    """Every hard blocker of an entity, in the order in which a plan removes them (F-3)."""
    if isinstance(entity, Role):
        return list(_of_role(snapshot, entity))
    if isinstance(entity, User):
        return list(_of_user(snapshot, entity))
    if isinstance(entity, Group):
        return list(_of_group(snapshot, entity))
    if isinstance(entity, Policy):
        return list(_of_policy(snapshot, entity))
    if isinstance(entity, InstanceProfile):
        return list(_of_profile(entity))
    return []  # F-13: a provider has no hard blockers


def protection(snapshot: Snapshot, entity: Entity) -> Blocker | None:
    """Why only AWS may delete it, if so: a linked service, Identity Center, or AWS itself (E-9)."""
    if isinstance(entity, Role) and entity.is_service_linked:
        # E-13: iam:DeleteRole answers UnmodifiableEntity; the service decides.
        call = "" if linked_roles.is_permanent(entity) else "iam:DeleteServiceLinkedRole"
        return Blocker("service_linked_role", entity.linked_service, call)
    if isinstance(entity, Role) and entity.is_reserved:
        # F-22: it goes with the last assignment of its permission set.
        return Blocker("reserved_role", _behind(snapshot, entity), "sso:DeleteAccountAssignment")
    if isinstance(entity, Policy) and entity.is_aws_managed:
        return Blocker("aws_managed_policy", "aws", "")
    if isinstance(entity, SamlProvider) and _name(entity).startswith("AWSSSO_"):
        return Blocker("identity_center_provider", "sso.amazonaws.com", "")
    return None


def refusals(entity: Entity) -> list[Blocker]:
    """What the service named when the last deletion of its role failed; else the task itself."""
    task = linked_roles.last_task(entity) if isinstance(entity, Role) else None
    if task is None or task.status != "FAILED":
        return []
    named = dict.fromkeys(resource for _, resource in task.usage)
    return [Blocker("deletion_task", id, "") for id in named or (task.id,)]


def permission_sets(snapshot: Snapshot, role: Role) -> list[str]:
    """ARNs of the permission sets whose name a reserved role carries."""
    name = role.name.removeprefix("AWSReservedSSO_").rpartition("_")[0]
    return sorted(arn for arn, held in snapshot.permission_sets.items() if held.name == name)


def _behind(snapshot: Snapshot, role: Role) -> str:
    sets = permission_sets(snapshot, role)
    if len(sets) == 1:
        return sets[0]
    return _sign_on_providers(snapshot).get(role.account, role.name)


def _profiles(snapshot: Snapshot) -> Mapping[str, tuple[str, ...]]:
    """Instance profiles of each role."""
    memo = world_of(snapshot).memo
    if "profiles_of_roles" not in memo:
        found: dict[str, tuple[str, ...]] = {}
        for profile in snapshot.instance_profiles.values():
            for role in profile.roles:
                found[role] = (*found.get(role, ()), profile.arn)
        memo["profiles_of_roles"] = found
    return cast("Mapping[str, tuple[str, ...]]", memo["profiles_of_roles"])


def _sign_on_providers(snapshot: Snapshot) -> Mapping[str, str]:
    """The provider of IAM Identity Center in each account."""
    memo = world_of(snapshot).memo
    if "sign_on_providers" not in memo:
        memo["sign_on_providers"] = {
            p.account: p.arn for p in snapshot.saml_providers.values() if "/AWSSSO_" in p.arn
        }
    return cast("Mapping[str, str]", memo["sign_on_providers"])


# --- the hard blockers of each kind -------------------------------------------------------------


def _of_role(snapshot: Snapshot, role: Role) -> Iterator[Removal]:
    """F-7: instance profiles, attached policies, inline policies; nothing else."""
    for arn in sorted({*role.instance_profiles, *_profiles(snapshot).get(role.arn, ())}):
        profile = arn.rpartition("/")[2]
        names = {"instance-profile-name": profile, "role-name": role.name}
        yield Removal(
            Blocker("instance_profile", profile, "iam:RemoveRoleFromInstanceProfile"),
            Step(
                aws("remove-role-from-instance-profile", names),
                aws("add-role-to-instance-profile", names),
                aws("list-instance-profiles-for-role", {"role-name": role.name}),
            ),
            arn,
        )
    yield from _policies("role", role)


def _of_user(snapshot: Snapshot, user: User) -> Iterator[Removal]:
    """F-8: what it signs in with, its groups, its policies."""
    name = {"user-name": user.name}
    for kind in CREDENTIALS:
        for id in (id for held, id in user.credentials if held == kind):
            if kind != "login_profile" or is_listed(snapshot, user, "access_key"):
                yield _credential(user, kind, id)
    yield from _reported(snapshot, user)
    for arn in user.groups:
        member = {**name, "group-name": arn.rpartition("/")[2]}
        yield Removal(
            Blocker("group_membership", member["group-name"], "iam:RemoveUserFromGroup"),
            Step(
                aws("remove-user-from-group", member),
                aws("add-user-to-group", member),
                aws("list-groups-for-user", name),
            ),
            arn,
        )
    yield from _policies("user", user)


_CREDENTIALS = {
    "login_profile": ("login-profile", "iam:DeleteLoginProfile", ""),
    "access_key": ("access-key", "iam:DeleteAccessKey", "access-key-id"),
    "signing_certificate": (
        "signing-certificate",
        "iam:DeleteSigningCertificate",
        "certificate-id",
    ),
    "ssh_key": ("ssh-public-key", "iam:DeleteSSHPublicKey", "ssh-public-key-id"),
    "service_credential": (
        "service-specific-credential",
        "iam:DeleteServiceSpecificCredential",
        "service-specific-credential-id",
    ),
    "mfa_device": ("mfa-device", "iam:DeactivateMFADevice", "serial-number"),
}
_BACK = {
    "login_profile": "a password cannot be brought back; a new one is made",
    "access_key": "a key cannot be brought back; a new one is made",
    "service_credential": "its password cannot be brought back; a new one is made",
    "mfa_device": "the user enables the device again",
}


def is_listed(snapshot: Snapshot, user: User, kind: str) -> bool:
    """Whether AWS was asked for one kind of a user's credentials, and not the report alone."""
    return _is_read(snapshot, user.account, CREDENTIALS[kind])


def _credential(user: User, kind: str, id: str) -> Removal:
    """One thing that the user signs in with; most of them hold a secret that nobody can read."""
    noun, action, option = _CREDENTIALS[kind]
    name = {"user-name": user.name}
    which = {**name, option: id} if option else name
    back = _BACK.get(kind)
    if kind == "ssh_key":
        back = f"save it first: {aws('get-ssh-public-key', {**which, 'encoding': 'SSH'})}"
    elif kind == "signing_certificate":
        back = f"save it first: {aws('list-signing-certificates', name)}"
    verb = "deactivate" if kind == "mfa_device" else "delete"
    check = aws("get-login-profile", name) if not option else aws(CREDENTIALS[kind], name)
    return Removal(
        Blocker(kind, id, action), Step(aws(f"{verb}-{noun}", which), back or "", check), user.arn
    )


def _reported(snapshot: Snapshot, user: User) -> Iterator[Removal]:
    """What the credential report says that there is, where nobody listed which."""
    name = {"user-name": user.name}
    if user.has_credentials and not is_listed(snapshot, user, "access_key"):
        yield Removal(
            Blocker("credentials", user.name, "iam:DeleteLoginProfile, iam:DeleteAccessKey"),
            Step(
                aws("delete-login-profile", name)
                + "; "
                + aws("delete-access-key", {**name, "access-key-id": "ACCESS_KEY_ID"}),
                "a password and keys cannot be brought back; new ones are made",
                aws("list-access-keys", name),
            ),
            user.arn,
        )
    if user.mfa_devices and not is_listed(snapshot, user, "mfa_device"):
        yield Removal(
            Blocker("mfa_device", user.name, "iam:DeactivateMFADevice"),
            Step(
                aws("deactivate-mfa-device", {**name, "serial-number": "SERIAL_NUMBER"}),
                _BACK["mfa_device"],
                aws("list-mfa-devices", name),
            ),
            user.arn,
        )


def _of_group(snapshot: Snapshot, group: Group) -> Iterator[Removal]:
    """F-9: members, attached policies, inline policies."""
    for arn in snapshot.members.get(group.arn, ()):
        member = {"user-name": arn.rpartition("/")[2], "group-name": group.name}
        yield Removal(
            Blocker("member", member["user-name"], "iam:RemoveUserFromGroup"),
            Step(
                aws("remove-user-from-group", member),
                aws("add-user-to-group", member),
                aws("get-group", {"group-name": group.name}),
            ),
            group.arn,
        )
    yield from _policies("group", group)


def _policies(kind: str, holder: Role | User | Group) -> Iterator[Removal]:
    name = {f"{kind}-name": holder.name}
    for arn in holder.attached:
        with_policy = {**name, "policy-arn": arn}
        yield Removal(
            Blocker("attached_policy", arn, f"iam:Detach{kind.title()}Policy"),
            Step(
                aws(f"detach-{kind}-policy", with_policy),
                aws(f"attach-{kind}-policy", with_policy),
                aws(f"list-attached-{kind}-policies", name),
            ),
            holder.arn,
        )
    for policy in holder.inline:
        with_policy = {**name, "policy-name": policy.name}
        key = f"{kind.title()}Name"
        undo = {key: holder.name, "PolicyName": policy.name, "PolicyDocument": said(policy)}
        yield Removal(
            Blocker("inline_policy", policy.name, f"iam:Delete{kind.title()}Policy"),
            Step(
                aws(f"delete-{kind}-policy", with_policy),
                aws_json(f"put-{kind}-policy", undo)
                if is_readable(policy)
                else _unread("its document", aws(f"get-{kind}-policy", with_policy)),
                aws(f"list-{kind}-policies", name),
            ),
            holder.arn,
        )


def _of_policy(snapshot: Snapshot, policy: Policy) -> Iterator[Removal]:
    """F-10: attachments, use as a boundary, versions that are not the default."""
    arn = {"policy-arn": policy.arn}
    check = aws("list-entities-for-policy", arn)
    attached = mentions_of(snapshot).attached_to(policy.arn)
    for holder in sorted(attached, key=lambda found: found.arn):
        kind = KINDS[type(holder)]
        names = {f"{kind}-name": holder.name, **arn}
        reserved = isinstance(holder, Role) and holder.is_reserved
        call = f"iam:Detach{kind.title()}Policy"
        if reserved:
            call = "sso:DetachCustomerManagedPolicyReferenceFromPermissionSet"
        yield Removal(
            Blocker("attachment", holder.arn, call),
            Step(
                aws(f"detach-{kind}-policy", names)
                if not reserved
                else "remove the policy from its permission set in IAM Identity Center",
                aws(f"attach-{kind}-policy", names)
                if not reserved
                else "add the policy to its permission set in IAM Identity Center",
                check,
            ),
            holder.arn,
        )
    bounded = mentions_of(snapshot).bounded_by(policy.arn)
    for held in sorted(bounded, key=lambda found: found.arn):
        kind = KINDS[type(held)]
        named = {f"{kind}-name": held.name}
        yield Removal(
            Blocker("boundary_use", held.arn, f"iam:Delete{kind.title()}PermissionsBoundary"),
            Step(
                aws(f"delete-{kind}-permissions-boundary", named),
                aws(
                    f"put-{kind}-permissions-boundary",
                    {**named, "permissions-boundary": policy.arn},
                ),
                aws(f"get-{kind}", named),
            ),
            held.arn,
        )
    yield from _unnamed(policy, len(attached), len(bounded), check)
    older = dict(policy.older)
    for version in policy.versions:
        if version != policy.version:
            names = {**arn, "version-id": version}
            yield Removal(
                Blocker("policy_version", version, "iam:DeletePolicyVersion"),
                Step(
                    aws("delete-policy-version", names),
                    _version_again(policy, older[version])
                    if version in older
                    else f"save it first: {aws('get-policy-version', names)}",
                    aws("list-policy-versions", arn),
                ),
                policy.arn,
            )


def _version_again(policy: Policy, text: str) -> str:
    """The call that makes a version again; AWS gives it the next free number (F-11)."""
    content = {"PolicyArn": policy.arn, "PolicyDocument": text, "SetAsDefault": False}
    return aws_json("create-policy-version", content)


def _unnamed(policy: Policy, attached: int, bounded: int, check: str) -> Iterator[Removal]:
    """Uses that AWS counts and whose holders are not in the snapshot."""
    for kind, counted, found, call in (
        ("attachment", policy.attachment_count, attached, "iam:DetachRolePolicy"),
        (
            "boundary_use",
            policy.boundary_usage_count,
            bounded,
            "iam:DeleteRolePermissionsBoundary",
        ),
    ):
        if counted and counted > found:
            yield Removal(
                Blocker(kind, f"{counted - found} not in this snapshot", call),
                Step(f"see who uses it, then remove the use: {check}", "put the use back", check),
                policy.arn,
            )


def _of_profile(profile: InstanceProfile) -> Iterator[Removal]:
    """F-12: the role inside; running instances do not count."""
    for role in profile.roles:
        names = {"instance-profile-name": profile.name, "role-name": role.rpartition("/")[2]}
        yield Removal(
            Blocker("role", role, "iam:RemoveRoleFromInstanceProfile"),
            Step(
                aws("remove-role-from-instance-profile", names),
                aws("add-role-to-instance-profile", names),
                aws("get-instance-profile", {"instance-profile-name": profile.name}),
            ),
            profile.arn,
        )


# --- the last step ------------------------------------------------------------------------------


def last_step(snapshot: Snapshot, entity: Entity) -> Step:
    """The deletion itself; what takes it back makes a new entity with a new unique id (A-25)."""
    if isinstance(entity, Role) and entity.is_service_linked:
        return Step(
            aws("delete-service-linked-role", {"role-name": entity.name}),
            aws("create-service-linked-role", {"aws-service-name": entity.linked_service}),
            aws(
                "get-service-linked-role-deletion-status", {"deletion-task-id": "DELETION_TASK_ID"}
            ),
        )
    if isinstance(entity, Role):
        name = {"role-name": entity.name}
        check = aws("get-role", name)
        again = aws_json("create-role", _role_input(entity))
        if entity.trust is None or not is_readable(entity.trust):
            again = _unread("its trust policy", check)
        return Step(aws("delete-role", name), again, check)
    if isinstance(entity, User):
        name = {"user-name": entity.name}
        content = {"Path": entity.path, "UserName": entity.name} | _tagged(entity.tags)
        if entity.boundary:
            content["PermissionsBoundary"] = entity.boundary
        return Step(
            aws("delete-user", name), aws_json("create-user", content), aws("get-user", name)
        )
    if isinstance(entity, Group):
        name = {"group-name": entity.name}
        content = {"Path": entity.path, "GroupName": entity.name}
        return Step(
            aws("delete-group", name), aws_json("create-group", content), aws("get-group", name)
        )
    if isinstance(entity, Policy):
        return _last_of_policy(snapshot, entity)
    if isinstance(entity, InstanceProfile):
        return _last_of_profile(snapshot, entity)
    return _last_of_provider(entity)


def _last_of_policy(snapshot: Snapshot, policy: Policy) -> Step:
    arn = {"policy-arn": policy.arn}
    content = {"PolicyName": policy.name, "Path": policy.path, "PolicyDocument": said(policy)}
    if policy.description:
        content["Description"] = policy.description
    again = aws_json("create-policy", content | _tagged(policy.tags))
    if not is_readable(policy):
        version = {**arn, "version-id": policy.version or "v1"}
        again = _unread("its document", aws("get-policy-version", version))
    elif not _is_read(snapshot, policy.account, "list-policy-tags"):
        again = _after_saving_tags("policy", arn, again)
    return Step(aws("delete-policy", arn), again, aws("get-policy", arn))


def _last_of_profile(snapshot: Snapshot, profile: InstanceProfile) -> Step:
    name = {"instance-profile-name": profile.name}
    content = {"InstanceProfileName": profile.name, "Path": profile.path}
    again = aws_json("create-instance-profile", content | _tagged(profile.tags))
    if not _is_read(snapshot, profile.account, "get-instance-profile"):
        again = _after_saving_tags("instance-profile", name, again)
    return Step(aws("delete-instance-profile", name), again, aws("get-instance-profile", name))


def _last_of_provider(provider: SamlProvider | OidcProvider) -> Step:
    if isinstance(provider, SamlProvider):
        arn = {"saml-provider-arn": provider.arn}
        check = aws("get-saml-provider", arn)
        content = {"Name": _name(provider), "SAMLMetadataDocument": provider.metadata}
        return Step(
            aws("delete-saml-provider", arn),
            aws_json("create-saml-provider", content | _tagged(provider.tags))
            if provider.metadata
            else f"save its metadata first: {check}",
            check,
        )
    arn = {"open-id-connect-provider-arn": provider.arn}
    check = aws("get-open-id-connect-provider", arn)
    made: dict[str, Any] = {"Url": f"https://{provider.url}"}
    made["ClientIDList"] = list(provider.client_ids or ())
    if provider.thumbprints:
        made["ThumbprintList"] = list(provider.thumbprints)
    return Step(
        aws("delete-open-id-connect-provider", arn),
        aws_json("create-open-id-connect-provider", made | _tagged(provider.tags))
        if provider.client_ids is not None
        else f"save its audiences first: {check}",
        check,
    )


def _is_read(snapshot: Snapshot, account: str, operation: str) -> bool:
    """Whether AWS was asked; what it then did not say is not there."""
    return snapshot.status(account, "iam", operation) in ("complete", "partial", "stale")


def _unread(what: str, reads: str) -> str:
    """What is said in place of an undo that would need a document that nobody has."""
    return f"not from here, for {what} could not be read; save it first: {reads}"


def _after_saving_tags(kind: str, which: dict[str, str], again: str) -> str:
    return f"save its tags first: {aws(f'list-{kind}-tags', which)}; then {again}"


def unassign(snapshot: Snapshot, role: Role) -> list[Step]:
    """F-22: the calls that end a reserved role, one per assignment of its permission set."""
    steps = []
    for one in snapshot.assignments or ():
        held = snapshot.permission_sets.get(one.permission_set)
        if one.account != role.account or one.permission_set not in permission_sets(snapshot, role):
            continue
        which = {
            "instance-arn": held.instance if held is not None else "INSTANCE_ARN",
            "permission-set-arn": one.permission_set,
        }
        whom = {
            **which,
            "target-id": one.account,
            "target-type": "AWS_ACCOUNT",
            "principal-type": one.principal_type,
            "principal-id": one.principal.rpartition("/")[2],
        }
        steps.append(
            Step(
                aws("delete-account-assignment", whom, service="sso-admin"),
                aws("create-account-assignment", whom, service="sso-admin"),
                aws(
                    "list-account-assignments",
                    {**which, "account-id": one.account},
                    service="sso-admin",
                ),
            )
        )
    return steps


def _role_input(role: Role) -> dict[str, Any]:
    content: dict[str, Any] = {"Path": role.path, "RoleName": role.name}
    if role.trust is not None:
        content["AssumeRolePolicyDocument"] = said(role.trust)
    if role.description:
        content["Description"] = role.description
    if role.max_session_seconds:
        content["MaxSessionDuration"] = role.max_session_seconds
    if role.boundary:
        content["PermissionsBoundary"] = role.boundary
    return content | _tagged(role.tags)


def _tagged(tags: Tags) -> dict[str, Any]:
    # IAM refuses to set tags in the reserved `aws:` space.
    found = [{"Key": k, "Value": v} for k, v in tags if not k.lower().startswith("aws:")]
    return {"Tags": found} if found else {}


def _name(entity: SamlProvider) -> str:
    return entity.arn.rpartition("/")[2]


# --- text that a shell reads back as it was -----------------------------------------------------


def said(policy: Policy) -> str:
    """A policy's document as text, as AWS stores it."""
    raw = policy.raw  # where it says more than the value, as of two equal keys
    return (unquote(raw) if raw.startswith("%") else raw) or document_text(policy.document)


def is_readable(policy: Policy) -> bool:
    """Whether the document is one that AWS would take back: an object, or text of one."""
    if policy.document is None or isinstance(policy.document, dict):
        return policy.document is not None
    try:
        return isinstance(json.loads(said(policy)), dict)
    except (ValueError, RecursionError):
        return False


def aws(command: str, options: dict[str, str], service: str = "iam") -> str:
    """A command line of the AWS CLI.

    Example:
        >>> aws("delete-role", {"role-name": "deploy"})
        'aws iam delete-role --role-name deploy'
        >>> aws("delete-role", {"role-name": "-x; reboot"})
        "aws iam delete-role '--role-name=-x; reboot'"
    """
    words = ["aws", service, command]
    for option, value in options.items():
        if value.startswith("-"):
            words.append(f"--{option}={value}")
        else:
            words += [f"--{option}", value]
    return shlex.join(words)


def aws_json(command: str, content: dict[str, Any]) -> str:
    """An ``aws iam`` command line whose values are taken as they are, ``file://`` included.

    What is not ASCII is escaped as JSON has it: no character in it can deceive who reads the line.
    """
    text = json.dumps(content, separators=(",", ":"))
    return shlex.join(["aws", "iam", command, "--cli-input-json", text])
