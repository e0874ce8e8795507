"""A rehearsal names every hard blocker, every chain that ends, and calls that can be run."""

import json
import shlex
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import cases
from iam import linked_roles
from iam.assume import AssumeEdge
from iam.decision import Verdict
from iam.deletion import hard_blockers, rehearse
from iam.errors import UnknownNameError
from iam.ledger import Net, pairs, without
from iam.model import Account, Coverage, Group, Policy, PolicyKind, Role, Snapshot, User
from iam.removal import Blocker
from ingest.snapshot import read_one

TESTS = Path(__file__).parents[2]
A = "arn:aws:iam::111111111111"
B = "arn:aws:iam::222222222222"
ECS = f"{A}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"


@cache
def account(name: str) -> Snapshot:
    return read_one(TESTS / "accounts" / name)


def rehearsed(name: str, entity: str, operator: str = "") -> dict[str, Any]:
    return rehearse(account(name), entity, operator=operator)


@pytest.mark.parametrize("file", ["roles", "others"])
def test_the_golden_cases_of_deletion_hold(file: str) -> None:
    report = cases.run([TESTS / "golden" / "deletion" / f"{file}.yaml"])
    assert [(c.name, c.message) for c in report.cases if c.status != "passed"] == []


@pytest.mark.parametrize(
    ("name", "entity", "verdict"),
    [
        ("d_profile_policies", f"{A}:role/R", "BLOCKED"),
        ("d_boundary_and_tags", f"{A}:role/R", "DELETABLE"),
        ("d_used_and_trusted", f"{A}:role/R", "DELETABLE_WITH_IMPACT"),
        ("d_linked_role_in_use", ECS, "PROTECTED"),
        ("d_boundary_policy", f"{A}:policy/P", "BLOCKED"),
        ("d_saml_trusted", f"{A}:saml-provider/Okta", "DELETABLE_WITH_IMPACT"),
        (
            "d_sign_on_role",
            f"{A}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PS_0123456789abcdef",
            "PROTECTED",
        ),
        ("d_last_used", f"{A}:role/never", "DELETABLE"),
        ("d_owned", f"{A}:role/owned", "DELETABLE"),
        ("d_user", f"{A}:user/bo", "DELETABLE"),
        ("d_user_keys_unread", f"{A}:user/ana", "UNKNOWN"),
        ("d_group", f"{A}:group/empty", "DELETABLE"),
        ("d_group", "arn:aws:iam::aws:policy/AdministratorAccess", "PROTECTED"),
        ("d_group", f"{B}:role/elsewhere", "UNKNOWN"),
    ],
)
def test_the_gravest_fact_gives_the_verdict(name: str, entity: str, verdict: str) -> None:
    assert rehearsed(name, entity)["verdict"] == verdict


def test_the_plan_removes_the_hard_blockers_and_then_the_role() -> None:
    plan = rehearsed("d_profile_policies", f"{A}:role/R")["plan"]
    assert [step["call"].split()[2] for step in plan] == [
        "remove-role-from-instance-profile",
        "detach-role-policy",
        "detach-role-policy",
        "delete-role-policy",
        "delete-role",
    ]
    assert [step["undo"].split()[2] for step in plan] == [
        "add-role-to-instance-profile",
        "attach-role-policy",
        "attach-role-policy",
        "put-role-policy",
        "create-role",
    ]
    assert plan[-1]["check"] == "aws iam get-role --role-name R"


def test_what_is_taken_back_is_what_was_there() -> None:
    plan = rehearsed("d_boundary_and_tags", f"{A}:role/R")["plan"]
    words = shlex.split(plan[-1]["undo"])
    assert words[:4] == ["aws", "iam", "create-role", "--cli-input-json"]
    made = json.loads(words[4])
    assert made["PermissionsBoundary"] == f"{A}:policy/limit"
    assert made["Tags"] == [{"Key": "env", "Value": "dev"}]
    trust = account("d_boundary_and_tags").roles[f"{A}:role/R"].trust
    assert trust is not None
    assert json.loads(made["AssumeRolePolicyDocument"]) == trust.document


def hostile(name: str, text: str) -> Snapshot:
    arn = f"{A}:role/{name}"
    inline = Policy(
        arn=f"{arn}#inline/{text}",
        name=text,
        kind=PolicyKind.INLINE,
        document={"Version": text, "Statement": []},
    )
    role = Role(
        arn=arn,
        name=name,
        account="111111111111",
        description=text,
        tags=((text, text),),
        trust=replace(inline, arn=f"{arn}#trust", kind=PolicyKind.TRUST),
        inline=(inline,),
        attached=(f"{A}:policy/{text}",),
    )
    return Snapshot(
        accounts={"111111111111": Account(id="111111111111", collected=True)}, roles={arn: role}
    )


@pytest.mark.parametrize(
    "text",
    ["'; reboot; '", "$(reboot)", "file:///etc/passwd", "-x", "a b", "`id`", "\n&\n", "é'\""],
)
def test_no_text_from_aws_becomes_a_command(text: str) -> None:
    answer = rehearse(hostile("-r;x", text), f"{A}:role/-r;x", edges=())
    for step in answer["plan"]:
        for line in (step["call"], step["undo"], step["check"]):
            words = shlex.split(line)
            assert words[:2] == ["aws", "iam"]
            assert shlex.join(words) == line


def test_a_value_that_looks_like_an_option_is_tied_to_its_own() -> None:
    plan = rehearse(hostile("-r", "p"), f"{A}:role/-r", edges=())["plan"]
    assert plan[-1]["call"] == "aws iam delete-role --role-name=-r"


def test_hard_blockers_are_the_same_without_a_rehearsal() -> None:
    snapshot = account("d_profile_policies")
    assert hard_blockers(snapshot, f"{A}:role/R")[0] == Blocker(
        "instance_profile", "P", "iam:RemoveRoleFromInstanceProfile"
    )
    assert hard_blockers(snapshot, f"{A}:role/nobody") == ()


def test_what_a_collected_account_does_not_hold_is_an_unknown_name() -> None:
    with pytest.raises(UnknownNameError):
        rehearsed("d_group", f"{A}:role/nobody")
    with pytest.raises(UnknownNameError):
        rehearsed("d_group", "arn:aws:s3:::bucket")


def test_a_list_that_could_not_be_read_leaves_the_answer_open(tmp_path: Path) -> None:
    source = TESTS / "accounts/d_boundary_and_tags/111111111111/global/iam"
    details = json.loads((source / "get-account-authorization-details.json").read_text())
    details["RoleDetailList"][0]["AttachedManagedPolicies"] = "none"
    (tmp_path / "authz.json").write_text(json.dumps(details))
    assert rehearse(read_one(tmp_path), f"{A}:role/R")["verdict"] == "UNKNOWN"


# --- service-linked roles -----------------------------------------------------------------------


def slr(name: str, role: str = ECS) -> dict[str, Any]:
    found: dict[str, Any] = rehearsed(name, role)["slr"]
    return found


def test_one_cluster_foretells_a_refusal() -> None:
    found = slr("d_linked_role_in_use")
    assert found["prediction"] == "BLOCKED"
    assert found["resources"] == ["arn:aws:ecs:eu-west-1:111111111111:cluster/web"]
    assert found["table_verified"] == "yes"


def test_clear_needs_every_enabled_region() -> None:
    found = slr("d_linked_role_clear")
    assert (found["prediction"], found["regions_seen"]) == ("CLEAR", ["eu-west-1", "us-east-1"])
    unseen = slr("d_linked_role_unseen_region")
    assert unseen["prediction"] == "UNKNOWN"
    assert unseen["regions_seen"] == ["eu-west-1"]
    assert "us-east-1 AWS::ECS::Cluster" in unseen["not_collected"]


def test_regions_that_nobody_listed_prevent_clear() -> None:
    whole = account("d_linked_role_clear")
    partly = replace(
        whole, coverage=tuple(c for c in whole.coverage if c.operation != "list-regions")
    )
    found = linked_roles.predict(partly, partly.roles[ECS])
    assert found["prediction"] == "UNKNOWN"
    assert linked_roles.ALL_REGIONS in found["not_collected"]


@pytest.mark.parametrize(
    ("name", "prediction"),
    [("AWSServiceRoleForAutoScaling", "CLEAR"), ("AWSServiceRoleForAutoScaling_batch", "BLOCKED")],
)
def test_a_role_per_use_is_blocked_by_its_own_use_only(name: str, prediction: str) -> None:
    """E-3: an Auto Scaling group names the service-linked role that it uses."""
    role = f"{A}:role/aws-service-role/autoscaling.amazonaws.com/{name}"
    assert slr("d_linked_role_suffix", role)["prediction"] == prediction


def test_a_role_whose_service_never_agrees_has_a_reason_and_no_plan() -> None:
    """Nothing clears AWSServiceRoleForSupport, so no call is offered as if something did."""
    name = "AWSServiceRoleForSupport"
    arn = f"{A}:role/aws-service-role/support.amazonaws.com/{name}"
    path = "/aws-service-role/support.amazonaws.com/"
    held = Role(arn=arn, name=name, account="111111111111", unique_id="AROASUPPORT", path=path)
    accounts = {"111111111111": Account(id="111111111111", collected=True)}
    found = rehearse(Snapshot(id="s", accounts=accounts, roles={arn: held}), arn)
    assert (found["verdict"], found["plan"]) == ("PROTECTED", [])
    assert found["hard"] == [
        {"kind": "service_linked_role", "id": "support.amazonaws.com", "call": ""}
    ]
    assert (found["slr"]["prediction"], found["slr"]["resources"]) == ("BLOCKED", [])
    assert found["slr"]["note"].startswith("not deletable through IAM")


def linked(principal: str, *lines: tuple[str, str, str, int]) -> str:
    """The prediction for a service's role, by what was listed: operation, Region, state, items."""
    row = next(row for row in linked_roles.table() if row.principal == principal)
    role = Role(
        arn=f"{A}:role/aws-service-role/{principal}/{row.name}",
        name=row.name,
        account="111111111111",
        path=f"/aws-service-role/{principal}/",
    )
    coverage = [
        Coverage(
            account="111111111111",
            region=region,
            service=operation.partition("/")[0],
            operation=operation.partition("/")[2],
            status=status,
            items=items,
        )
        for operation, region, status, items in (
            ("account/list-regions", "global", "complete", 2),
            *lines,
        )
    ]
    snapshot = Snapshot(roles={role.arn: role}, coverage=tuple(coverage))
    return str(linked_roles.predict(snapshot, role)["prediction"])


TRAILS, CLUSTERS, GROUPS = (
    "cloudtrail/describe-trails",
    "eks/list-clusters",
    "eks/list-nodegroups",
)


@pytest.mark.parametrize(
    ("principal", "lines", "prediction"),
    [
        ("cloudtrail", [(TRAILS, "eu-west-1", "complete", 1)], "UNKNOWN"),
        ("cloudtrail", [(TRAILS, "eu-west-1", "complete", 0)], "CLEAR"),
        ("cloudtrail", [(TRAILS, "eu-west-1", "denied", 0)], "UNKNOWN"),
        ("apprunner", [("apprunner/list-services", "eu-west-1", "complete", 0),
                       ("apprunner/list-services", "eu-north-1", "not-available", 0)], "CLEAR"),
        ("eks-nodegroup", [(CLUSTERS, "eu-west-1", "complete", 0)], "CLEAR"),
        ("eks-nodegroup", [(CLUSTERS, "eu-west-1", "complete", 1)], "UNKNOWN"),
        ("eks-nodegroup", [(CLUSTERS, "eu-west-1", "complete", 1),
                           (GROUPS, "eu-west-1", "complete", 0)], "CLEAR"),
        ("eks-nodegroup", [(CLUSTERS, "eu-west-1", "complete", 1),
                           (GROUPS, "eu-west-1", "complete", 2)], "BLOCKED"),
    ],
    ids=["a trail, which may be the organization's", "no trail", "trails refused",
         "a Region without the service", "no cluster", "a cluster not looked into",
         "a cluster without groups", "a cluster with groups"],
)  # fmt: skip
def test_what_the_inventory_counts_foretells_the_deletion(
    principal: str, lines: list[tuple[str, str, str, int]], prediction: str
) -> None:
    """E-16; the blocking types are those of the services' own guides."""
    assert linked(f"{principal}.amazonaws.com", *lines) == prediction


def test_a_service_that_nobody_knows_stays_unknown() -> None:
    arn = f"{A}:role/aws-service-role/new.amazonaws.com/AWSServiceRoleForNew"
    role = Role(
        arn=arn,
        name="AWSServiceRoleForNew",
        account="111111111111",
        path="/aws-service-role/new.amazonaws.com/",
    )
    assert linked_roles.predict(Snapshot(roles={arn: role}), role)["prediction"] == "UNKNOWN"


def test_every_call_that_rules_a_type_out_has_a_source() -> None:
    from ingest.sources import by_operation

    assert set(linked_roles.LISTED_BY.values()) - set(by_operation()) == set()


# --- chains that end ----------------------------------------------------------------------------


def test_chains_are_lost_where_there_is_no_other_way_and_kept_where_there_is() -> None:
    answer = rehearsed("d_hub", f"{A}:role/hub")
    assert answer["verdict"] == "BLOCKED"
    ana = f"{A}:user/ana"
    assert answer["lost"] == [
        {"from": ana, "to": f"{A}:role/only-hub"},
        {"from": ana, "to": f"{B}:role/door"},
    ]
    assert answer["kept"] == [
        {
            "from": ana,
            "to": f"{A}:role/both",
            "path": [ana, f"{A}:role/side", f"{A}:role/both"],
            "verdict": "allow",
            "was": "allow",
            "requirements": [],
            "now_needs": [],
        }
    ]


def test_a_chain_longer_than_the_bound_is_not_lost() -> None:
    from iam.assume import assume_edges

    net = Net.of(assume_edges(account("d_hub")))
    assert pairs(net, without(net, f"{A}:role/hub"), max_hops=1).lost == []


NODES = [f"{A}:role/{letter}" for letter in "abcdefg"]
GRAPHS = st.sets(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=16)


def reached(edges: set[tuple[str, str]], start: str, end: str, through: str, most: int) -> bool:
    """Whether a simple path of at most ``most`` hops exists; through a node, unless it is empty."""

    def walk(way: list[str]) -> bool:
        if way[-1] == end:
            return not through or through in way
        if len(way) > most:
            return False
        return any(walk([*way, b]) for a, b in edges if a == way[-1] and b not in way)

    return walk([start])


@given(GRAPHS, st.integers(min_value=1, max_value=6))
def test_lost_pairs_are_those_of_a_plain_walk(edges: set[tuple[str, str]], most: int) -> None:
    role = NODES[0]
    assumed = [
        AssumeEdge(
            source=source,
            source_kind="Role",
            role=target,
            operation="AssumeRole",
            verdict=Verdict.ALLOW,
            requirements=(),
            statements=(),
            cross_account=False,
            findings=(),
        )
        for source, target in sorted(edges)
        if source != target
    ]
    net = Net.of(assumed)
    found = pairs(net, without(net, role), max_hops=most)
    lost, kept = found.lost, found.kept
    rest = {(a, b) for a, b in edges if role not in (a, b)}
    ends = [(a, b) for a in NODES[1:] for b in NODES[1:] if a != b]
    assert {(pair["from"], pair["to"]) for pair in lost} == {
        (a, b)
        for a, b in ends
        if reached(edges, a, b, role, most) and not reached(rest, a, b, "", most)
    }
    for pair in kept:
        assert reached(rest, pair["from"], pair["to"], "", most)
        assert role not in pair["path"]
        assert set(pairwise(pair["path"])) <= rest


def test_the_plan_of_a_reserved_role_ends_its_assignments() -> None:
    role = f"{A}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PS_0123456789abcdef"
    (step,) = rehearsed("d_sign_on_role", role)["plan"]
    words = shlex.split(step["call"])
    assert words[:3] == ["aws", "sso-admin", "delete-account-assignment"]
    assert words[words.index("--principal-id") + 1] == "g-1"
    assert step["undo"].split()[2] == "create-account-assignment"


def test_a_call_that_several_things_take_is_denied_once() -> None:
    groups = tuple(Group(arn=f"{A}:group/{n}", name=n, account="111111111111") for n in "ab")
    leaver = User(
        arn=f"{A}:user/leaver",
        name="leaver",
        account="111111111111",
        groups=tuple(group.arn for group in groups),
        attached=(f"{A}:policy/x", f"{A}:policy/y"),
    )
    bo = User(arn=f"{A}:user/bo", name="bo", account="111111111111")
    found = Snapshot(
        accounts={"111111111111": Account(id="111111111111", collected=True)},
        users={one.arn: one for one in (leaver, bo)},
        groups={group.arn: group for group in groups},
    )
    answer = rehearse(found, leaver.arn, operator=bo.arn)
    kinds = Counter((one["kind"], one["id"]) for one in answer["hard"])
    assert kinds["denied_by_policy", "iam:RemoveUserFromGroup"] == 1
    assert kinds["denied_by_policy", "iam:DetachUserPolicy"] == 1
    assert max(kinds.values()) == 1
    assert all(one["evidence"] for one in answer["hard"] if one["kind"] == "denied_by_policy")


@pytest.mark.parametrize("document", [None, "nonsense", '{"Statement": [', "[]"])
def test_what_could_not_be_read_cannot_be_restored_from_here(document: Any) -> None:
    role = hostile("r", "p").roles[f"{A}:role/r"]
    assert role.trust is not None
    (inline,) = role.inline
    unread = replace(
        role,
        trust=None if document is None else replace(role.trust, document=document),
        inline=(replace(inline, document=document),),
    )
    answer = rehearse(replace(hostile("r", "p"), roles={role.arn: unread}), role.arn)
    undo = {step["call"].split()[2]: step["undo"] for step in answer["plan"]}
    assert undo["delete-role"] == (
        "not from here, for its trust policy could not be read; save it first:"
        " aws iam get-role --role-name r"
    )
    assert undo["delete-role-policy"].startswith("not from here, for its document")
    assert undo["detach-role-policy"].startswith("aws iam attach-role-policy ")


def test_every_kind_of_blocker_is_described() -> None:
    page = (TESTS.parent / "docs" / "deletion.md").read_text(encoding="utf-8")
    for folder in sorted((TESTS / "accounts").glob("d_*")):
        snapshot = account(folder.name)
        for arn in (*snapshot.roles, *snapshot.users, *snapshot.groups, *snapshot.policies):
            answer = rehearse(snapshot, arn, operator=f"{A}:user/bo")
            for item in (*answer["hard"], *answer["soft"]):
                assert f"`{item['kind']}`" in page, item


def test_the_answer_is_json() -> None:
    for name in ("d_hub", "d_linked_role_in_use", "d_operator"):
        for role in account(name).roles:
            json.dumps(rehearse(account(name), role, operator=f"{A}:user/ana"))
