"""What a proxy or a broken line sends in place of an answer is an error, in every protocol."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from werkzeug.wrappers import Response

from iam.errors import SourceAccessError
from ingest import aws, paging
from ingest.aws import Account
from ingest.aws_errors import CAUGHT, classify
from tests.moto.faults import (
    Answer,
    Call,
    FaultyAws,
    cut_off,
    half_of_a_page,
    page_of_a_proxy,
    reset,
    tell_operations,
)

ASKED = [
    ("iam", "list_roles", {}),
    ("ec2", "describe_instances", {}),
    ("kms", "list_keys", {}),
    ("lambda", "list_functions", {}),
    ("s3", "list_buckets", {}),
    ("cloudfront", "list_distributions", {}),
    ("s3", "get_bucket_policy", {"Bucket": "bucket-with"}),
]
"""A call of each protocol; the last one's answer is a text, and that may be anything."""


@pytest.fixture(scope="module")
def server() -> FaultyAws:
    """An AWS behind a line that is bad."""
    return FaultyAws()


@pytest.fixture
def reader(
    caller: Account, server: FaultyAws, address: str, monkeypatch: pytest.MonkeyPatch
) -> Account:
    """The account, by way of it."""
    server.forget()
    tell_operations(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    (found,) = aws.profiles(())
    return found


def asked(reader: Account, service: str, method: str, request: dict[str, str]) -> list[Any]:
    client = reader.client(service, "eu-west-1")
    return list(paging.pages(client, method, request))


def sign_in(_: Call) -> Response:
    """A page that is no XML, as most are, and a refusal."""
    html = "<html><head><title>Sign in</title></head><body>proxy<br></body></html>"
    return Response(html, 403, content_type="text/html")


def nothing(_: Call) -> Response:
    """As if all were well."""
    return Response("", 200)


def a_list(_: Call) -> Response:
    """JSON, but no answer."""
    return Response("[]", 200)


def a_text_for_a_list(call: Call) -> Response:
    """An answer of its operation whose members are of another type."""
    if "json" in call.protocol:
        return Response('{"Keys": "abc", "Functions": "abc"}', 200)
    return Response("<Other><Roles>abc</Roles></Other>", 200)


@pytest.mark.parametrize(
    "fault",
    [page_of_a_proxy, sign_in, nothing, a_list, cut_off, half_of_a_page, reset, a_text_for_a_list],
)
def test_what_is_no_answer_is_not_an_empty_one(
    reader: Account, server: FaultyAws, fault: Callable[[Call], Answer]
) -> None:
    """Else the account would seem to hold nothing there."""
    server.fault = fault
    for service, method, request in ASKED[:5]:
        if (fault, service) == (a_text_for_a_list, "s3"):
            continue  # the model of a REST answer in XML does not name its outermost element
        with pytest.raises(CAUGHT) as caught:
            asked(reader, service, method, request)
        assert classify(caught.value, "any:Thing").status == "error", service


@pytest.mark.parametrize("fault", [page_of_a_proxy, sign_in, cut_off, reset])
def test_a_policy_is_no_page_of_a_proxy_and_never_a_part_of_one(
    reader: Account, server: FaultyAws, fault: Callable[[Call], Answer]
) -> None:
    server.fault = fault
    with pytest.raises(CAUGHT) as caught:
        asked(reader, *ASKED[-1])
    assert classify(caught.value, "s3:GetBucketPolicy").status == "error"


def test_a_page_of_a_proxy_is_named_and_no_refusal_of_aws(
    reader: Account, server: FaultyAws
) -> None:
    for fault in (page_of_a_proxy, sign_in):
        server.fault = fault
        for service, method, request in ASKED:
            with pytest.raises(CAUGHT) as caught:
                asked(reader, service, method, request)
            failure = classify(caught.value, "any:Thing")
            assert failure.note == "an HTML page came instead of an answer of AWS", service
            assert failure.missing_action == ""


def test_whoever_asks_who_they_are_by_way_of_a_proxy_is_told_so(
    reader: Account, server: FaultyAws
) -> None:
    server.fault = page_of_a_proxy
    with pytest.raises(SourceAccessError, match="an HTML page came instead"):
        aws.profiles(())


def test_what_aws_answers_is_taken(reader: Account) -> None:
    for service, method, request in (*ASKED[:5], ASKED[-1]):
        assert asked(reader, service, method, request)


class Turning:
    """A client whose pages name each other as the next one, in a circle."""

    def __init__(self, circle: int) -> None:
        self.calls = 0
        self.circle = circle
        self.meta = self

    def can_paginate(self, _method: str) -> bool:
        return True

    def get_paginator(self, _method: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        return self

    def _get_next_token(self, page: dict[str, str]) -> dict[str, str]:
        return {"Marker": page["Marker"], "Other": ""}

    def list_things(self, **_: Any) -> dict[str, str]:
        self.calls += 1
        return {"Marker": str(self.calls % self.circle)}


@pytest.mark.parametrize("circle", [1, 2, 5])
def test_pages_that_go_round_in_a_circle_end(circle: int) -> None:
    client = Turning(circle)
    given = []
    with pytest.raises(BotoCoreError, match="next token was received twice"):
        for page in paging.pages(client, "list_things", {}):
            given.append(page["Marker"])
    assert len(set(given)) == len(given) == circle
