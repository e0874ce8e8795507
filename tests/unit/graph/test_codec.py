"""Entities become properties that every store can hold, and come back."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from graph.codec import decode, encode
from iam.model import OidcProvider, Policy, PolicyKind, Role
from tests.unit.iam.build import A, allow, inline

ARN = f"arn:aws:iam::{A}:role/r"


def test_what_is_not_known_is_left_out_and_what_is_empty_stays() -> None:
    unread = OidcProvider(arn="p", account=A, url="idp.example")
    empty = OidcProvider(arn="p", account=A, url="idp.example", client_ids=())
    assert "client_ids" not in encode(unread)
    assert encode(empty)["client_ids"] == []
    assert decode(OidcProvider, encode(unread)) == unread
    assert decode(OidcProvider, encode(empty)) == empty


def test_policies_are_kept_by_key_and_come_back_as_what_they_are() -> None:
    own = inline(ARN, allow())
    role = Role(arn=ARN, name="r", account=A, inline=own)
    assert encode(role)["inline"] == [f"{ARN}#inline/own"]
    assert decode(Role, encode(role), {policy.arn: policy for policy in own}) == role


def test_a_document_is_text_whatever_it_was() -> None:
    documents: list[Any] = [{"Version": "2012-10-17"}, "not JSON", "", [], {"a": [1, None]}]
    for document in documents:
        policy = Policy(arn="p", name="p", kind=PolicyKind.MANAGED, document=document)
        assert isinstance(encode(policy)["document"], str)
        assert decode(Policy, encode(policy)) == policy
    unread = Policy(arn="p", name="p", kind=PolicyKind.MANAGED, document=None)
    assert "document" not in encode(unread)
    assert decode(Policy, encode(unread)) == unread


def test_times_are_text_in_utc_and_the_same_moment_afterwards() -> None:
    local = datetime(2026, 1, 31, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    role = Role(arn=ARN, name="r", account=A, created=local)
    assert encode(role)["created"] == "2026-01-31T12:00:00.000005Z"
    assert decode(Role, encode(role)).created == local.astimezone(UTC)


def test_tags_keep_their_order_and_keys_that_differ_in_case_only() -> None:
    tags = (("team", "a"), ("Team", "b"), ("", "é"))
    role = Role(arn=ARN, name="r", account=A, tags=tags)
    assert decode(Role, encode(role)).tags == tags


def test_a_number_that_no_store_can_hold_becomes_the_nearest_that_it_can() -> None:
    policy = Policy(
        arn="p", name="p", kind=PolicyKind.MANAGED, document=None, attachment_count=2**70
    )
    assert encode(policy)["attachment_count"] == 2**63 - 1


def test_defaults_that_are_left_out_come_back() -> None:
    policy = Policy(arn="p", name="own", kind=PolicyKind.INLINE, document={"a": 1}, version="v2")
    sparse = encode(policy, sparse=True)
    assert sparse.keys() == {"arn", "name", "kind", "document", "version"}
    assert decode(Policy, sparse) == policy
