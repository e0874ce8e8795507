"""What AWS refuses and moto does not is refused here, from what moto itself holds.

DeleteUser, DeleteGroup and DeletePolicy of moto forget most of the conflicts that AWS documents,
and moto lacks service-specific credentials, the boundary of a user, and the use of a policy as
one. Each answer given in place of moto's is checked against botocore's model of the operation.

Source:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
"""

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.validate import validate_parameters

from tests.support.printed import model

Answer = tuple[AWSResponse, dict[str, Any]]


class Refusals:
    """The rules of one account; ``on`` a session's events they hold for its clients.

    Args:
        plain: A client of IAM on which they do not hold.
    """

    def __init__(self, plain: Any) -> None:
        self._iam = plain
        self._credentials: dict[str, list[str]] = {}
        self._boundaries: dict[tuple[str, str], str] = {}

    def on(self, events: Any) -> None:
        """Answer in place of moto wherever these events are those of a client."""
        for name, value in vars(type(self)).items():
            if name[:1].isupper():
                events.register(f"before-call.iam.{name}", self._handler(name, value))
        events.register("after-call.iam.GetAccountAuthorizationDetails", self._details)

    def _handler(self, name: str, rule: Callable[..., Any]) -> Callable[..., Answer | None]:
        def handle(params: dict[str, Any], **_: Any) -> Answer | None:
            form = {k: v for k, v in params["body"].items() if k not in ("Action", "Version")}
            found = rule(self, form)
            if found is None:
                return None
            if isinstance(found, str):
                error = {"Code": "DeleteConflict", "Message": found, "Type": "Sender"}
                return AWSResponse("", 409, HTTPHeaders(), None), {
                    "Error": error,
                    "ResponseMetadata": {},
                }
            shape = model("iam").operation_model(name).output_shape
            if shape is not None:
                validate_parameters(found, shape)
            return AWSResponse("", 200, HTTPHeaders(), None), {**found, "ResponseMetadata": {}}

        return handle

    # --- refusals ------------------------------------------------------------------------------

    def DeleteUser(self, form: dict[str, str]) -> str | None:  # noqa: N802 - AWS's name
        """F-8: moto knows the two kinds of policies only; its boundary goes with the user."""
        name = form["UserName"]
        iam: Any = self._iam
        held = {
            "detach all policies": iam.list_attached_user_policies(UserName=name)[
                "AttachedPolicies"
            ],
            "delete policies": iam.list_user_policies(UserName=name)["PolicyNames"],
            "remove users from group": iam.list_groups_for_user(UserName=name)["Groups"],
            "delete access keys": iam.list_access_keys(UserName=name)["AccessKeyMetadata"],
            "delete MFA device": iam.list_mfa_devices(UserName=name)["MFADevices"],
            "delete signing certificates": iam.list_signing_certificates(UserName=name)[
                "Certificates"
            ],
            "delete SSH public keys": iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"],
            "delete service specific credentials": self._credentials.get(name),
            "delete login profile": self._has_password(name),
        }
        for what, there in held.items():
            if there:
                return f"Cannot delete entity, must {what} first."
        self._boundaries.pop(("User", name), None)
        return None

    def _has_password(self, name: str) -> bool:
        try:
            self._iam.get_login_profile(UserName=name)
        except self._iam.exceptions.NoSuchEntityException:
            return False
        return True

    def DeleteGroup(self, form: dict[str, str]) -> str | None:  # noqa: N802 - AWS's name
        """F-9: moto refuses nothing."""
        name = form["GroupName"]
        held = (
            self._iam.get_group(GroupName=name)["Users"],
            self._iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"],
            self._iam.list_group_policies(GroupName=name)["PolicyNames"],
        )
        return "Cannot delete entity, must empty the group first." if any(held) else None

    def DeletePolicy(self, form: dict[str, str]) -> str | None:  # noqa: N802 - AWS's name
        """F-10: moto refuses nothing, and lists no use as a boundary."""
        arn = form["PolicyArn"]
        holders = self._iam.list_entities_for_policy(PolicyArn=arn)
        if any(holders[kind] for kind in ("PolicyGroups", "PolicyUsers", "PolicyRoles")):
            return "Cannot delete a policy attached to entities."
        if arn in self._boundaries.values():
            return "Cannot delete a policy attached to entities."
        if len(self._iam.list_policy_versions(PolicyArn=arn)["Versions"]) > 1:
            return "This policy has more than one version."
        return None

    # --- what moto has not ---------------------------------------------------------------------

    def give_credential(self, user: str, id: str) -> None:
        """As CreateServiceSpecificCredential, which would answer with a secret."""
        self._credentials.setdefault(user, []).append(id)

    def ListServiceSpecificCredentials(self, form: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        """Every credential is of CodeCommit."""
        return {
            "ServiceSpecificCredentials": [
                {
                    "UserName": form["UserName"],
                    "Status": "Active",
                    "ServiceUserName": f"{form['UserName']}-at",
                    "CreateDate": "2026-01-01T00:00:00Z",
                    "ServiceSpecificCredentialId": id,
                    "ServiceName": "codecommit.amazonaws.com",
                }
                for id in self._credentials.get(form["UserName"], ())
            ]
        }

    def DeleteServiceSpecificCredential(self, form: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        """One that is not there is an error of the test."""
        self._credentials[form["UserName"]].remove(form["ServiceSpecificCredentialId"])
        return {}

    def ListEntitiesForPolicy(self, form: dict[str, str]) -> dict[str, Any] | None:  # noqa: N802
        """Moto knows no use as a boundary; without a filter AWS lists both usages."""
        usage = form.get("PolicyUsageFilter")
        assert usage, "a check that does not say which usage shows the other one, too"
        if usage == "PermissionsPolicy":
            return None
        found: dict[str, list[dict[str, str]]] = {"Role": [], "User": []}
        for (kind, name), arn in self._boundaries.items():
            if arn == form["PolicyArn"]:
                found[kind].append({f"{kind}Name": name, f"{kind}Id": "AIDAEXAMPLE12EXAMPLE"})
        return {"PolicyRoles": found["Role"], "PolicyUsers": found["User"], "PolicyGroups": []}

    def CreateUser(self, form: dict[str, str]) -> None:  # noqa: N802 - AWS's name
        """Moto makes the user and forgets its boundary."""
        self._bound("User", form)

    def CreateRole(self, form: dict[str, str]) -> None:  # noqa: N802 - AWS's name
        """Its boundary is a use of the policy."""
        self._bound("Role", form)

    def PutUserPermissionsBoundary(self, form: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        """Not implemented in moto."""
        self._bound("User", form)
        return {}

    def PutRolePermissionsBoundary(self, form: dict[str, str]) -> None:  # noqa: N802
        """Its boundary is a use of the policy."""
        self._bound("Role", form)

    def _bound(self, kind: str, form: dict[str, str]) -> None:
        if "PermissionsBoundary" in form:
            self._boundaries[kind, form[f"{kind}Name"]] = form["PermissionsBoundary"]

    def DeleteUserPermissionsBoundary(self, form: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        """Not implemented in moto."""
        del self._boundaries["User", form["UserName"]]
        return {}

    def DeleteRolePermissionsBoundary(self, form: dict[str, str]) -> None:  # noqa: N802
        """It was a use of the policy."""
        del self._boundaries["Role", form["RoleName"]]

    def DeleteRole(self, form: dict[str, str]) -> None:  # noqa: N802 - AWS's name
        """Its boundary goes with it (F-7) where moto lets it go."""
        name = form["RoleName"]
        held = (
            self._iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            self._iam.list_role_policies(RoleName=name)["PolicyNames"],
            self._iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"],
        )
        if not any(held):
            self._boundaries.pop(("Role", name), None)

    def _details(self, parsed: dict[str, Any], **_: Any) -> None:
        for user in parsed.get("UserDetailList", ()):
            if arn := self._boundaries.get(("User", user["UserName"])):
                user["PermissionsBoundary"] = {
                    "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
                    "PermissionsBoundaryArn": arn,
                }
