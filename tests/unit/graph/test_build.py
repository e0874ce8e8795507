"""A snapshot becomes one graph: whole, sorted, declared, and with the decisions of the engine."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from graph.build import Graph, build
from graph.schema import Edge, Node, edge_kinds, key_labels, node_kinds
from iam.assume import assume_edges
from iam.decision import Verdict, parse_requirements
from iam.deletion import hard_blockers
from iam.model import (
    Account,
    Assignment,
    IdentityCenterUser,
    InstanceProfile,
    PermissionSet,
    Role,
    SamlProvider,
    Snapshot,
    Workload,
)
from ingest.snapshot import read
from tests.unit.iam.build import A, B, X, allow, document, organization, role, snapshot, trust, user

REPOSITORY = Path(__file__).resolve().parents[3]
DEMO = REPOSITORY / "app" / "demo" / "organization"
FOLDERS = [DEMO, *sorted((REPOSITORY / "tests" / "accounts").iterdir())]
TYPES = {"str": str, "int": int, "bool": bool, "list[str]": list}


@cache
def read_once(folder: Path) -> Snapshot:
    return read([folder])


@cache
def graph_of(folder: Path) -> Graph:
    return build(read_once(folder))


def node(graph: Graph, arn: str) -> Node:
    (found,) = [node for node in graph.nodes if node.arn == arn]
    return found


def edges(graph: Graph, type: str, *, src: str = "", dst: str = "") -> list[Edge]:
    return [
        edge
        for edge in graph.edges
        if edge.type == type and src in ("", edge.src) and dst in ("", edge.dst)
    ]


# --- whatever is read ---------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_keys_are_unique_and_every_edge_has_both_its_ends(folder: Path) -> None:
    graph = graph_of(folder)
    labels = {node.arn: set(node.labels) for node in graph.nodes}
    assert len(labels) == len(graph.nodes)
    assert list(labels) == sorted(labels)
    kinds = {kind.name: kind for kind, _ in edge_kinds()}
    for edge in graph.edges:
        assert labels[edge.src] & set(kinds[edge.type].start), edge
        assert labels[edge.dst] & set(kinds[edge.type].end), edge
    keys = [(edge.type, edge.src, edge.dst, edge.key) for edge in graph.edges]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_properties_are_what_their_kind_declares(folder: Path) -> None:
    graph = graph_of(folder)
    declared = {
        kind.name: {p.name: p for p in kind.properties}
        for kinds in (node_kinds(), edge_kinds())
        for kind, _ in kinds
    }
    things = [
        (n.labels[: 2 if n.labels[0] == "Principal" else 1][-1], n.props) for n in graph.nodes
    ]
    things += [(edge.type, edge.props) for edge in graph.edges]
    for name, props in things:
        for key, value in props.items():
            if key in ("arn", "name"):
                assert isinstance(value, str)
                continue
            assert type(value) is TYPES[declared[name][key].type], (name, key, value)
            if isinstance(value, list):
                assert all(isinstance(item, str) for item in value), (name, key, value)
        assert {p.name for p in declared[name].values() if p.required} <= props.keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_everything_that_was_read_is_there(folder: Path) -> None:
    facts, graph = read_once(folder), graph_of(folder)
    count = Counter(label for node in graph.nodes for label in node.labels)
    assert count["User"] == len(facts.users)
    assert count["Role"] == len(facts.roles)
    assert count["Group"] == len(facts.groups)
    assert count["Account"] == len(facts.accounts)
    assert count["Coverage"] == len(facts.coverage)
    assert count["Workload"] == len({workload.arn for workload in facts.workloads})
    assert count["Snapshot"] == 1
    assert len(edges(graph, "ASSIGNED")) == len(facts.assignments or ())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_decided_edges_are_those_of_the_engine(folder: Path) -> None:
    decided = list(assume_edges(read_once(folder)))
    graph = graph_of(folder)
    assert {
        (e.src, e.dst, e.props["operation"], e.props["verdict"], e.props["cross_account"])
        for e in edges(graph, "CAN_ASSUME")
    } == {(e.source, e.role, e.operation, e.verdict.value, e.cross_account) for e in decided}
    requirements = {(e.source, e.role, e.operation): e.requirements for e in decided}
    for edge in edges(graph, "CAN_ASSUME"):
        said = parse_requirements(str(edge.props["requirements"]))
        assert said == requirements[edge.src, edge.dst, edge.key]
        assert edge.props["requirement_keys"] == sorted({a.key for way in said for a in way})
    assert {(e.src, e.dst, e.key) for e in edges(graph, "CAN_ASSUME_NOW")} == {
        (e.source, e.role, e.operation) for e in decided if e.verdict is Verdict.ALLOW
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_blockers_are_those_of_the_rehearsal(folder: Path) -> None:
    facts, graph = read_once(folder), graph_of(folder)
    for arn in (
        *facts.roles,
        *facts.users,
        *facts.groups,
        *facts.policies,
        *facts.instance_profiles,
        *facts.saml_providers,
        *facts.oidc_providers,
    ):
        found = edges(graph, "BLOCKS_DELETION_OF", dst=arn)
        assert sorted((e.props["kind"], e.props["id"], e.props["call"]) for e in found) == sorted(
            (b.kind, b.id, b.call) for b in hard_blockers(facts, arn)
        )


def test_the_same_snapshot_gives_the_same_graph() -> None:
    again = build(read([DEMO]))
    assert again == graph_of(DEMO)
    assert repr(again) == repr(graph_of(DEMO))  # the order of properties, too


# --- one idea each ------------------------------------------------------------------------------


def test_an_unread_member_account_is_one_node_that_can_start_a_chain() -> None:
    full = [document(allow("*"))]
    members = organization(A, B, scps={"r-1": full, A: full, B: full})
    members["accounts"][B] = Account(id=B, name="payroll", parent="r-1", organization_known=True)
    graph = build(snapshot(role("r", [trust({"AWS": B})]), **members))
    found = node(graph, f"arn:aws:iam::{B}:root")
    assert found.labels == ("Account", "Principal", "ExternalAccount")
    assert found.props["kind"] == "external_account"
    assert found.props["name"] == "payroll"
    assert found.props["in_organization"] is True
    assert found.props["reaches"] == 1
    (edge,) = edges(graph, "CAN_ASSUME")
    assert (edge.src, edge.props["verdict"]) == (found.arn, "conditional")
    assert edge.props["outside_organization"] is False
    (named,) = edges(graph, "TRUSTS")
    assert (named.dst, named.props["cross_account"]) == (found.arn, True)


def test_a_stranger_is_outside_and_an_external_id_guards() -> None:
    guarded = trust({"AWS": X}, Condition={"StringEquals": {"sts:ExternalId": "k"}})
    open_id = trust({"AWS": X}, Condition={"StringLike": {"sts:ExternalId": "*"}})
    by_source = trust(
        {"Service": "lambda.amazonaws.com"},
        Condition={"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:111111111111:*"}},
    )
    graph = build(
        snapshot(role("guarded", [guarded]), role("any", [open_id]), role("service", [by_source]))
    )
    said = {
        edge.src.rpartition("/")[2]: (
            edge.props["has_external_id"],
            edge.props["has_guard"],
            edge.props["outside_organization"],
        )
        for edge in edges(graph, "TRUSTS")
    }
    assert said == {
        "guarded": (True, True, True),
        "any": (False, False, True),
        "service": (False, True, False),
    }
    stranger = node(graph, f"arn:aws:iam::{X}:root")
    assert stranger.labels == ("Principal", "ExternalAccount")
    assert stranger.props["in_organization"] is False


def test_a_name_of_somebody_who_was_deleted_dangles() -> None:
    gone = f"arn:aws:iam::{A}:role/gone"
    graph = build(
        snapshot(role("r", [trust({"AWS": [gone, "AROADEAD", f"arn:aws:iam::{X}:user/far"]})]))
    )
    said = {e.dst: e.props["dangling"] for e in edges(graph, "TRUSTS")}
    assert said == {gone: True, "AROADEAD": True, f"arn:aws:iam::{X}:user/far": False}
    assert node(graph, gone).labels == ("Principal", "ExternalPrincipal")
    assert (node(graph, gone).props["name"], node(graph, gone).props["dangling"]) == ("gone", True)


def test_everyone_is_a_principal_where_somebody_says_so() -> None:
    graph = build(snapshot(role("open", [trust("*")]), role("shut", [trust({"AWS": A})])))
    assert node(graph, "*").props["kind"] == "everyone"
    (named,) = edges(graph, "TRUSTS", dst="*")
    assert (named.props["cross_account"], named.props["outside_organization"]) == (True, True)


def test_a_provider_named_as_an_account_principal_stays_the_provider_it_is() -> None:
    arn = f"arn:aws:iam::{A}:saml-provider/corp"
    graph = build(
        snapshot(
            role("r", [trust({"AWS": arn})]),
            saml_providers={arn: SamlProvider(arn=arn, account=A)},
        )
    )
    assert node(graph, arn).labels == ("Principal", "SamlProvider")
    assert [edge.dst for edge in edges(graph, "TRUSTS")] == [arn]


def test_roles_carry_labels_for_whose_they_are() -> None:
    service = trust({"Service": "ecs.amazonaws.com"})
    sign_on = {"path": "/aws-reserved/sso.amazonaws.com/"}
    graph = build(
        snapshot(
            role("plain", [trust({"AWS": A})]),
            role("denied", [{**service, "Effect": "Deny"}]),
            role("task", [service]),
            role("linked", [service], path="/aws-service-role/ecs.amazonaws.com/"),
            role("AWSReservedSSO_Read_0123456789abcdef", [trust({"AWS": A})], **sign_on),
        )
    )
    labels = {n.props["name"]: n.labels[2:] for n in graph.nodes if "Role" in n.labels}
    assert labels == {
        "plain": (),
        "denied": (),
        "task": ("ServiceRole",),
        "linked": ("ServiceLinkedRole",),
        "AWSReservedSSO_Read_0123456789abcdef": ("ReservedRole",),
    }
    linked = f"arn:aws:iam::{A}:role/aws-service-role/ecs.amazonaws.com/linked"
    (edge,) = edges(graph, "BLOCKS_DELETION_OF", dst=linked)
    assert (edge.src, edge.props["kind"]) == ("ecs.amazonaws.com", "service_linked_role")


def test_a_reserved_role_is_kept_by_its_permission_set_else_its_provider_else_the_service() -> None:
    name = "AWSReservedSSO_Read_0123456789abcdef"
    reserved = role(name, [trust({"AWS": A})], path="/aws-reserved/sso.amazonaws.com/")
    held = PermissionSet(arn="arn:aws:sso:::permissionSet/ssoins-1/ps-1", name="Read")
    provider = SamlProvider(arn=f"arn:aws:iam::{A}:saml-provider/AWSSSO_1_DO_NOT_DELETE", account=A)

    def keeper(**more: object) -> str:
        graph = build(snapshot(reserved, **more))  # type: ignore[arg-type]
        (edge,) = edges(graph, "BLOCKS_DELETION_OF", dst=reserved.arn)
        return edge.src

    assert keeper(permission_sets={held.arn: held}) == held.arn
    assert keeper(saml_providers={provider.arn: provider}) == provider.arn
    assert keeper() == "sso.amazonaws.com"


def test_reach_and_administration_are_counted_once_for_queries() -> None:
    start, middle, end = (f"arn:aws:iam::{A}:{n}" for n in ("user/ana", "role/middle", "role/end"))
    agreed = {"Condition": {"StringEquals": {"sts:ExternalId": "k"}}}
    graph = build(
        snapshot(
            user("ana", allow(resource=middle)),
            role("middle", [trust({"AWS": start})], allow(resource=end)),
            role("end", [trust({"AWS": middle}, **agreed)], allow("*")),
        )
    )
    counts = {
        n.props["name"]: (n.props["reaches"], n.props["reached_by"], n.props["reached_by_now"])
        for n in graph.nodes
        if n.labels[-1] in ("User", "Role")
    }
    assert counts == {"ana": (2, 0, 0), "middle": (1, 1, 1), "end": (0, 2, 0)}
    assert [n.props["name"] for n in graph.nodes if n.props.get("is_admin")] == ["end"]


def test_one_resource_with_two_roles_is_one_node() -> None:
    arn = f"arn:aws:ecs:eu-west-1:{A}:task-definition/web:1"
    task, runs = role("task", [trust({"AWS": A})]), role("runs", [trust({"AWS": A})])
    uses = tuple(
        Workload(
            arn=arn,
            type="AWS::ECS::TaskDefinition",
            account=A,
            region="eu-west-1",
            service="ecs-tasks.amazonaws.com",
            role=held.arn,
        )
        for held in (task, runs)
    )
    graph = build(snapshot(task, runs, workloads=uses))
    assert node(graph, arn).props["roles"] == sorted([task.arn, runs.arn])
    assert {edge.dst for edge in edges(graph, "RUNS_AS", src=arn)} == {task.arn, runs.arn}


def test_what_is_only_named_gets_a_node_that_says_so() -> None:
    profile = f"arn:aws:iam::{A}:instance-profile/p"
    managed = f"arn:aws:iam::{A}:policy/unread"
    held = role(
        "r",
        [trust({"AWS": A})],
        attached=(managed,),
        boundary=managed,
        instance_profiles=(profile,),
    )
    assigned = Assignment(
        account=A, permission_set="ps-gone", principal="d-1/u-gone", principal_type="USER"
    )
    graph = build(snapshot(held, assignments=(assigned,)))
    for key in (profile, managed, "ps-gone", "d-1/u-gone"):
        assert node(graph, key).props["named_only"] is True
    assert {edge.src for edge in edges(graph, "BLOCKS_DELETION_OF")} == {profile, managed}
    assert [edge.dst for edge in edges(graph, "BOUNDED_BY")] == [managed]
    assert [edge.src for edge in edges(graph, "ASSIGNED")] == ["d-1/u-gone"]


def test_a_profile_holds_a_role_whichever_of_the_two_says_so() -> None:
    arn = f"arn:aws:iam::{A}:instance-profile/p"
    one = role("one", [trust({"AWS": A})])
    two = role("two", [trust({"AWS": A})], instance_profiles=(arn,))
    profile = InstanceProfile(arn=arn, name="p", account=A, roles=(one.arn,))
    graph = build(snapshot(one, two, instance_profiles={arn: profile}))
    assert [edge.dst for edge in edges(graph, "HOLDS")] == [one.arn, two.arn]


def test_text_that_no_store_can_hold_is_made_harmless() -> None:
    odd = role("r", [trust({"AWS": A})], description="a" + chr(0xD800))
    person = IdentityCenterUser(key="d-1/" + chr(0xDC00), name=chr(0xDFFF))
    graph = build(snapshot(odd, identity_center_users={person.key: person}))
    assert node(graph, odd.arn).props["description"] == "a?"
    assert node(graph, "d-1/?").props["name"] == "?"


def test_a_role_whose_trust_policy_was_not_read_is_no_less_a_role() -> None:
    unread = Role(arn=f"arn:aws:iam::{A}:role/r", name="r", account=A)
    graph = build(snapshot(unread))
    assert "trust" not in node(graph, unread.arn).props
    assert "last_used" not in node(graph, unread.arn).props
    assert node(graph, unread.arn).props["last_used_known"] is False


def test_an_empty_snapshot_is_one_node() -> None:
    (only,) = build(Snapshot()).nodes
    assert (only.labels, only.arn) == (("Snapshot",), "unnamed")


# --- the declarations ---------------------------------------------------------------------------


def test_ends_of_edges_are_labels_that_nodes_carry() -> None:
    labels = {label for kind, _ in node_kinds() for label in (*kind.labels, *kind.also)}
    for kind, _ in edge_kinds():
        assert set(kind.start) | set(kind.end) <= labels, kind.name


def test_only_principals_share_the_label_of_their_key() -> None:
    first = Counter(kind.labels[0] for kind, _ in node_kinds())
    assert [label for label, times in first.items() if times > 1] == ["Principal"]
    assert set(key_labels()) == set(first)


def test_one_name_of_a_property_has_one_type_on_every_kind() -> None:
    types: dict[str, set[str]] = {}
    for kinds in (node_kinds(), edge_kinds()):
        for kind, _ in kinds:
            for prop in kind.properties:
                types.setdefault(prop.name, set()).add(prop.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
