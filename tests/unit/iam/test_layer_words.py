"""What a layer is said to say is what is known of it."""

from dataclasses import replace

import pytest

from iam.authorize import Request, authorize
from iam.model import Account
from tests.unit.iam.build import A, X, allow, role, snapshot, trust, user


@pytest.mark.parametrize("caller", [f"arn:aws:iam::{X}:root", f"arn:aws:iam::{X}:role/monitor"])
def test_of_an_account_that_was_not_collected_nothing_is_said_to_be_absent(caller: str) -> None:
    """C-69: its policies may allow or stop it; nobody here has seen them."""
    target = role("target", [trust({"AWS": f"arn:aws:iam::{X}:root"})])
    found = authorize(snapshot(target), Request(principal=caller, resource=target.arn))
    said = {layer.layer: (layer.verdict, layer.message) for layer in found.layers}
    lacks = f"account {X} was not collected: "
    assert said["identity"] == ("unknown", f"{lacks}the caller's own policies are not known")
    boundary = f"{lacks}the caller's permissions boundary is not known"
    assert said["boundary"] == ("not-evaluated", boundary)
    scps = f"{lacks}the service control policies of the caller's account are not known"
    assert said["scp"] == ("not-evaluated", scps)


def test_of_an_account_that_was_collected_what_is_absent_is_said_to_be() -> None:
    caller, target = role("caller", []), role("target", [trust({"AWS": f"arn:aws:iam::{A}:root"})])
    made = snapshot(caller, target)
    found = authorize(made, Request(principal=caller.arn, resource=target.arn))
    said = {layer.layer: (layer.verdict, layer.message) for layer in found.layers}
    assert said["boundary"] == ("none", "there is no permissions boundary")


def test_a_policy_that_was_not_read_is_not_said_to_allow_anything() -> None:
    """A-9, A-12: without a statement that takes part, only what was not read is left."""
    lost = "arn:aws:iam::aws:policy/Lost"
    caller = role("caller", [], attached=(lost,))
    target = role("target", [trust({"AWS": f"arn:aws:iam::{A}:root"})])
    assert target.trust is not None
    found = authorize(snapshot(caller, target), Request(principal=caller.arn, resource=target.arn))
    said = {layer.layer: (layer.verdict, layer.message) for layer in found.layers}
    assert said["identity"] == ("unknown", "the caller's own policies are not known")
    dark = replace(target, trust=replace(target.trust, document=None))
    found = authorize(snapshot(caller, dark), Request(principal=caller.arn, resource=dark.arn))
    said = {layer.layer: (layer.verdict, layer.message) for layer in found.layers}
    assert said["trust"] == ("unknown", "the trust policy is not known")


def test_of_an_organization_that_was_not_collected_nothing_is_said_to_be_absent() -> None:
    """V-12: its policies are taken as permitting, which is not the same as there being none."""
    caller = user("ann", allow())
    target = role("target", [trust({"AWS": f"arn:aws:iam::{A}:root"})])
    made = replace(snapshot(caller, target), accounts={A: Account(id=A, collected=True)})
    found = authorize(made, Request(principal=caller.arn, resource=target.arn))
    said = {layer.layer: (layer.verdict, layer.message) for layer in found.layers}
    taken = "organization policies not collected: taken as permitting"
    assert said["scp"] == said["rcp"] == ("not-evaluated", taken)
    assert found.verdict.value == "allow"
    assert found.assumptions == (taken,)
