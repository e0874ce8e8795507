"""A role is public where an identity pool lets guests in, and not where it is known to let none."""

import pytest

from iam.authorize import Request, authorize
from iam.model import Workload
from tests.unit.iam.build import A, role, snapshot, trust

COGNITO = "cognito-identity.amazonaws.com"
POOL = "eu-west-1:11111111-1111-4111-8111-111111111111"
OTHER = "eu-west-1:22222222-2222-4222-8222-222222222222"


def pool(id: str, **facts: str) -> Workload:
    return Workload(
        arn=f"arn:aws:cognito-identity:eu-west-1:{A}:identitypool/{id}",
        type="AWS::Cognito::IdentityPool",
        account=A,
        region="eu-west-1",
        service=COGNITO,
        role="",
        facts=tuple(facts.items()),
    )


@pytest.mark.parametrize(
    ("named", "pools", "is_public"),
    [
        ([POOL], (pool(POOL, guests="true"),), True),
        ([POOL], (pool(POOL, guests="false"),), False),
        ([POOL], (pool(POOL),), True),
        ([POOL], (), True),
        ([POOL, OTHER], (pool(POOL, guests="false"),), True),
        ([POOL, OTHER], (pool(POOL, guests="false"), pool(OTHER, guests="false")), False),
    ],
)
def test_a_trust_in_a_pool_is_public_unless_it_is_known_to_let_no_guests_in(
    named: list[str], pools: tuple[Workload, ...], is_public: bool
) -> None:
    target = role(
        "target",
        [
            trust(
                {"Federated": COGNITO},
                "sts:AssumeRoleWithWebIdentity",
                Condition={"StringEquals": {f"{COGNITO}:aud": named}},
            )
        ],
    )
    found = authorize(
        snapshot(target, workloads=pools), Request(principal=COGNITO, resource=target.arn)
    )
    assert ("PUBLIC_FEDERATION" in found.findings) is is_public
