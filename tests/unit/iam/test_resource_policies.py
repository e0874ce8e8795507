"""What lies in a resource is governed by the policy of what it lies in."""

import pytest

from iam.layers.resource import policy_of
from iam.model import ResourcePolicy, Snapshot

A = "111111111111"
HERE = f"eu-west-1:{A}"


@pytest.mark.parametrize(
    ("holder", "asked"),
    [
        ("arn:aws:s3:::b", "arn:aws:s3:::b/a/b/c"),
        (f"arn:aws:dynamodb:{HERE}:table/t", f"arn:aws:dynamodb:{HERE}:table/t/index/i"),
        (f"arn:aws:lambda:{HERE}:function:f", f"arn:aws:lambda:{HERE}:function:f:live"),
        (f"arn:aws:execute-api:{HERE}:a1", f"arn:aws:execute-api:{HERE}:a1/prod/GET/x"),
        (f"arn:aws:es:{HERE}:domain/d", f"arn:aws:es:{HERE}:domain/d/index/_search"),
        (f"arn:aws:glue:{HERE}:catalog", f"arn:aws:glue:{HERE}:table/db/t"),
        (f"arn:aws:kms:{HERE}:key/k", f"arn:aws:kms:{HERE}:key/k"),
    ],
    ids=["object", "index", "alias", "method", "search", "catalog", "key"],
)  # fmt: skip
def test_an_inner_resource_has_the_policy_of_the_outer(holder: str, asked: str) -> None:
    held = ResourcePolicy(resource=holder, account=A, region="eu-west-1", policy=None)
    snapshot = Snapshot(resource_policies={holder: held})
    assert policy_of(snapshot, asked) is held
    other = asked.replace("eu-west-1", "eu-west-2").replace(":::b/", ":::c/")
    assert policy_of(snapshot, other) is None
