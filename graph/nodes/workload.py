"""A resource of AWS that is configured to run with a role."""

from collections.abc import Iterator

from graph.codec import encode, json_text, text
from graph.derivation import Derivation
from graph.properties import ACCOUNT, ACCOUNT_NAME, KIND
from graph.schema import Node, NodeKind, Property

NODE = NodeKind(
    labels=("Workload",),
    doc="A resource that runs with one role or more: a function, an instance, a task definition.",
    key="the resource's ARN",
    properties=(
        KIND,
        ACCOUNT,
        ACCOUNT_NAME,
        Property("type", "its CloudFormation type, `AWS::Lambda::Function`", required=True),
        Property("region", "its Region", required=True),
        Property("service", "the service that assumes its role", required=True),
        Property("roles", "ARNs of the roles it runs with", "list[str]"),
        Property(
            "instance_profiles", "ARNs of the instance profiles it has them from", "list[str]"
        ),
        Property(
            "uses", "each use of a role with where it is written, as JSON text", required=True
        ),
    ),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)


def derive(derivation: Derivation) -> Iterator[Node]:
    """One node per resource, however many roles it runs with."""
    for arn, uses in derivation.workloads.items():
        first = uses[0][1]
        yield NODE.node(
            arn,
            name=_name(arn),
            kind="workload",
            account=first.account,
            account_name=derivation.account_name(first.account),
            type=first.type,
            region=first.region,
            service=first.service,
            roles=sorted({text(w.role) for _, w in uses if w.role}),
            instance_profiles=sorted(
                {text(w.instance_profile) for _, w in uses if w.instance_profile}
            ),
            # A use is kept whole: two of them may differ in anything but the ARN.
            uses=json_text([{**encode(w, "arn"), "position": at} for at, w in uses]),
        )


def _name(arn: str) -> str:
    resource = arn.split(":", 5)[-1]
    return resource.rpartition("/")[2].rpartition(":")[2] or arn
