"""What AWS keeps to itself no policy lets anybody change: the call fails with UnmodifiableEntity.

A service role is the customer's, wherever it lies, ``/service-role/`` included (E-1, E-4); these
are not: a service-linked role, of which only description and tags can be changed (E-6) and which
``iam:DeleteRole`` refuses (E-13), and a role of IAM Identity Center (C-50, E-9). Its trust policy
names its service alone, so nobody else enters a service-linked role (E-8).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
"""

from iam.decision import Reason
from iam.scene import Scene

_DELETES = "iam:deleterole"
_CHANGES = frozenset(
    (
        _DELETES,
        "iam:attachrolepolicy",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:detachrolepolicy",
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:updateassumerolepolicy",
    )
)
_DESCRIBES = frozenset(("iam:updaterole", "iam:updateroledescription"))


def refusal(scene: Scene) -> Reason | None:
    """Why AWS refuses to change this role, whoever asks; None where policies decide."""
    role, action = scene.role, scene.action.lower()
    if role is None:
        return None
    if role.is_service_linked and action in _CHANGES:
        rule = "E-13" if action == _DELETES else "E-6"
        owner = f"service {role.linked_service}"
    elif role.is_reserved and action in _CHANGES | _DESCRIBES:
        rule, owner = "C-50", "IAM Identity Center"
    else:
        return None
    scene.note(rule, "E-9")
    message = f"only {owner} may change {role.name}: IAM answers UnmodifiableEntity"
    return Reason("UNMODIFIABLE", rule, "request", message)
