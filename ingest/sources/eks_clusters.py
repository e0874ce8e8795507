"""Amazon EKS: the roles of clusters, and the associations that hand roles to pods.

Source:
    https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html
    https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribePodIdentityAssociation.html
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.draft import Draft, text
from ingest.reader import Page, Reader
from ingest.sources._workloads import add_workload, values_at

NEEDS = (
    "eks:ListClusters",
    "eks:DescribeCluster",
    "eks:ListPodIdentityAssociations",
    "eks:DescribePodIdentityAssociation",
)
SERVICE = "eks"
CLUSTERS = "eks/list-clusters"
CLUSTER = "eks/describe-cluster"
ASSOCIATIONS = "eks/list-pod-identity-associations"
ASSOCIATION = "eks/describe-pod-identity-association"
OPERATIONS = (CLUSTERS, CLUSTER, ASSOCIATIONS, ASSOCIATION)
FOLLOWS = {CLUSTER: CLUSTERS, ASSOCIATIONS: CLUSTERS, ASSOCIATION: ASSOCIATIONS}
SCOPE = "regional"
WITHOUT = (
    "Clusters and the pods that a Pod Identity association lets in are missing among what "
    "runs with a role."
)


def get(reader: Reader) -> Iterator[Page]:
    """The clusters, then what each of them hands to its pods."""
    clusters: list[str] = []
    for page in reader.call(CLUSTERS):
        clusters += page.peek_texts("clusters")
        yield page
    yield from reader.each(CLUSTER, [{"name": name} for name in clusters])
    wanted: list[dict[str, Any]] = []
    for page in reader.each(ASSOCIATIONS, [{"clusterName": name} for name in clusters]):
        wanted += [
            {"clusterName": text(one, "clusterName"), "associationId": text(one, "associationId")}
            for one in page.peek("associations")
        ]
        yield page
    yield from reader.each(ASSOCIATION, wanted)


def transform(pages: Iterable[Page], draft: Draft) -> None:
    """A workload per cluster role, and one per association and role that its pods get."""
    for page in pages:
        if page.operation == CLUSTERS:
            page.count("clusters")
        elif page.operation == ASSOCIATIONS:
            page.count("associations")
        elif page.operation == CLUSTER:
            value = page.object("cluster")
            if arn := text(value, "arn"):
                roles = [
                    role
                    for path in ("roleArn", "computeConfig.nodeRoleArn")
                    for role in values_at(value, path)
                ]
                add_workload(
                    draft,
                    page,
                    page.place("cluster"),
                    arn=arn,
                    type="AWS::EKS::Cluster",
                    service="eks.amazonaws.com",
                    roles=dict.fromkeys(roles),
                    facts=tuple(
                        ("issuer", url.removeprefix("https://"))
                        for url in values_at(value, "identity.oidc.issuer")
                    ),
                )
            else:
                page.state.gap(f"{page.place('cluster')}: there is no arn")
        else:
            _association(page, draft)


def _association(page: Page, draft: Draft) -> None:
    value = page.object("association")
    arn, role = text(value, "associationArn"), text(value, "roleArn")
    if not arn or not role:
        page.state.gap(f"{page.place('association')}: there is no associationArn or no roleArn")
        return
    policy = text(value, "policy")
    limits = (("sessionPolicy", policy),) if policy else ()
    without = "true" if value.get("disableSessionTags") is True else "false"
    target, external_id = text(value, "targetRoleArn"), text(value, "externalId")
    onward = (("targetRole", target), ("externalId", external_id)) if target else ()
    held = (
        ("cluster", text(value, "clusterName")),
        ("namespace", text(value, "namespace")),
        ("serviceAccount", text(value, "serviceAccount")),
        ("disableSessionTags", without),
    )
    # The pods get the credentials of the target, which EKS enters from the association's own role.
    for one, facts in ((role, (*held, *limits, *onward)), (target, (*held, ("enteredFrom", role)))):
        add_workload(
            draft,
            page,
            page.place("association"),
            arn=arn,
            type="AWS::EKS::PodIdentityAssociation",
            service="pods.eks.amazonaws.com",
            roles=(one,) if one else (),
            facts=facts,
        )
