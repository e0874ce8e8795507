"""A folder and a store give the same answers about the same snapshot."""

import dataclasses
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.answers import ADMIN, ANY, Answers
from app.demo import folder
from app.roads.store import StoreRoad
from graph.build import build
from graph.stores import Store
from iam.errors import StoreLoadingError, StoreUnavailableError, UnknownNameError, UsageError
from iam.model import Snapshot
from ingest.snapshot import read_one
from tests.support.servers import Servers
from tests.support.tree import REPOSITORY

PROD, STAGING, SHARED, IDENTITY = "666666666666", "555555555555", "444444444444", "222222222222"
KIRA, DEPLOY = "identity/kira", "production/deploy"
OF_THE_ROAD = ("data", "nodes", "edges")


@cache
def model() -> Snapshot:
    return read_one(folder())


@cache
def near() -> Answers:
    return Answers.of(model())


@pytest.fixture(scope="module")
def store(server: Servers) -> Iterator[Store]:
    """A store that holds the demo organization."""
    with server.emptied():
        opened = server.open("demo")
        opened.load(build(model()))
        yield opened


@pytest.fixture(scope="module")
def far(store: Store) -> Answers:
    return Answers(StoreRoad(store))


def same(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from road to road."""
    return {key: value for key, value in answer.items() if key not in OF_THE_ROAD}


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("paths", {"frm": KIRA, "to": DEPLOY}),
    ("paths", {"frm": KIRA, "to": ADMIN}),
    ("paths", {"frm": KIRA, "to": ANY, "max_hops": 1}),
    ("paths", {"frm": "management/olga", "to": "production/prod-admin", "max_hops": 8}),
    ("paths", {"frm": KIRA, "to": "staging/migration-runner"}),
    ("paths", {"frm": "ec2.amazonaws.com", "to": DEPLOY, "limit": 1}),
    ("reach", {"principal": KIRA}),
    ("reach", {"principal": "management/olga", "max_hops": 3}),
    ("reach", {"principal": DEPLOY, "direction": "in"}),
    ("who_can", {"resource": "production/vendor-monitoring"}),
    ("who_can", {"resource": DEPLOY, "transitive": True}),
    ("who_can", {"resource": DEPLOY, "transitive": True, "among": [IDENTITY]}),
    ("why", {"principal": KIRA, "resource": "shared-services/platform-engineer"}),
    ("why", {"principal": "staging/migration-runner", "resource": "production/migration"}),
    ("blockers", {"entity": DEPLOY}),
    ("blockers", {"entity": "production/storefront-server"}),
    ("blockers", {"entity": KIRA, "operator": "management/olga"}),
    ("what_if", {"path": Path(__file__).with_name("what_if.yaml")}),
    ("search", {"text": "deploy"}),
    ("search", {"text": "production admin", "kinds": ["role"], "limit": 3}),
    ("search", {"text": "", "limit": 10_000}),
    ("paths", {"frm": "AROAQ4T7LARKSPURGONE2", "to": ANY}),
    ("why", {"principal": "AROAQ4T7LARKSPURGONE2", "resource": "staging/data-export"}),
    ("info", {}),
    ("coverage", {}),
]


@pytest.mark.parametrize(
    ("what", "question"), QUESTIONS, ids=lambda value: str(value).replace("/", "-")
)
def test_both_roads_answer_alike(far: Answers, what: str, question: dict[str, Any]) -> None:
    expected = getattr(near(), what)(**question)
    assert same(getattr(far, what)(**question)) == same(expected)


def test_both_roads_know_who_enters_whose_accounts(far: Answers) -> None:
    columns = (
        "from_account",
        "from_name",
        "to_account",
        "to_name",
        "enterable_roles",
        "admin_roles",
    )
    expected = [row for row in near().crossings()["rows"] if row["enterable_roles"]]
    found = [row for row in far.crossings()["rows"] if row["enterable_roles"]]
    assert [tuple(row[c] or "" for c in columns) for row in found] == [
        tuple(row[c] or "" for c in columns) for row in expected
    ]
    for row in expected:
        pair = (row["from_account"], row["to_account"])
        ways = near().entries(*pair)["rows"]
        assert far.entries(*pair)["rows"] == ways
        assert len({way["role"] for way in ways}) == row["enterable_roles"]
        assert len({way["role"] for way in ways if way["is_admin"]}) == row["admin_roles"]
    assert far.entries(PROD, "000000000000")["rows"] == []


def test_both_roads_know_the_same_administrators(far: Answers) -> None:
    assert far.admins() == near().admins()
    assert f"arn:aws:iam::{PROD}:role/prod-admin" in far.admins()


def test_both_roads_say_who_becomes_what(far: Answers) -> None:
    goal = f"arn:aws:iam::{PROD}:role/prod-admin"
    assert far.who_becomes(goal, max_hops=3) == near().who_becomes(goal, max_hops=3)
    assert far.who_becomes(ANY) == near().who_becomes(ANY)
    assert far.becomes(KIRA, ADMIN) == near().becomes(KIRA, ADMIN) == "conditional"
    assert far.becomes("staging/data-scientist", ADMIN) == "deny"


def test_both_roads_read_names_alike(far: Answers) -> None:
    rows = near().search("", limit=10_000)["rows"]
    for row in rows[:: max(1, len(rows) // 40)]:
        assert far.resolve(row["arn"]) == row["arn"]
        for typed in (row["name"], f"{row['account_name']}/{row['name']}"):
            assert read(far, typed) == read(near(), typed), typed
    for typed in ("deplyo", "production/nobody", "arn:aws:iam::666666666666:role/nobody"):
        assert read(far, typed) == read(near(), typed), typed


def read(answers: Answers, typed: str) -> tuple[str, str]:
    try:
        return answers.resolve(typed), ""
    except UnknownNameError as error:
        return error.message, error.help


def test_an_entity_is_the_same_row_on_both_roads(far: Answers) -> None:
    rows = near().search("", limit=10_000)["rows"]
    for row in rows[:: max(1, len(rows) // 60)]:
        assert far.entity(row["arn"]) == row
    assert far.entity("arn:aws:iam::000000000000:role/x")["kind"] == ""


def test_the_facts_are_the_same_on_both_roads(far: Answers) -> None:
    assert far.snapshot_model().roles.keys() == near().snapshot_model().roles.keys()
    assert far.snapshot_model().coverage == near().snapshot_model().coverage


# --- what only one of them does ------------------------------------------------------------------


def test_a_folder_has_no_graph_to_query() -> None:
    with pytest.raises(UsageError, match="no graph to query"):
        near().query("unused_roles")
    assert near().store is None


def test_a_store_answers_queries_with_what_they_were_answered_from(far: Answers) -> None:
    answer = far.query("users_without_mfa", limit=1)
    assert answer["data"] == "demo"
    assert answer["snapshot"] == model().id
    assert answer["truncated"] is True
    assert len(answer["rows"]) == 1
    assert answer["coverage"] == near().coverage()
    found = far.cypher("MATCH (r:Role) RETURN count(r) AS n")
    assert found["rows"] == [{"n": len(model().roles)}]
    assert found["coverage"] == near().coverage()


# --- what nobody collected -----------------------------------------------------------------------

ACCOUNTS = REPOSITORY / "tests" / "accounts"
UNASKED = "organization policies not collected: taken as permitting"


def of_why(answers: Answers, source: str, role: str, operations: Iterable[str]) -> set[str]:
    """What `why` takes for granted about one step, by every operation that it can be."""
    return {
        text
        for operation in operations
        for text in answers.why(
            source, role, action=f"sts:{'AssumeRole' if operation == 'sso' else operation}"
        )["assumptions"]
    }


@pytest.mark.parametrize("account", ["h_callers", "h_federation", "h_cross", "d_linked_role_clear"])
def test_every_answer_takes_for_granted_what_its_decisions_do(account: str) -> None:
    answers = Answers.of(read_one(ACCOUNTS / account))
    rows = [row for row in answers.search("", limit=10_000)["rows"] if row["kind"] == "role"]
    seen: set[str] = set()
    for role in [row["arn"] for row in rows][::3]:
        whole: set[str] = set()
        for reached in answers.reach(role, direction="in", max_hops=1)["reached"]:
            source = reached["arn"]
            chains = answers.paths(source, role, max_hops=1)
            operations = [path["hops"][0]["operation"] for path in chains["paths"]]
            # As the start of a chain `*` is anybody with credentials; `why *` asks unsigned.
            if source != "*":
                expected = of_why(answers, source, role, operations)
                assert set(chains["assumptions"]) == expected, (source, role)
            whole |= set(chains["assumptions"])
        if whole:
            assert set(answers.who_can(role)["assumptions"]) == whole, role
        seen |= whole
    assert (UNASKED in seen) == (account not in ("h_cross", "d_linked_role_clear"))


def test_both_roads_take_the_same_for_granted(stores: Servers) -> None:
    facts = read_one(ACCOUNTS / "h_callers")
    store = stores.open()
    store.load(build(facts))
    near, far = Answers.of(facts), Answers(StoreRoad(store))
    home = "arn:aws:iam::111111111111"
    assert store.read("MATCH ()-[e:CAN_ASSUME]->() WHERE e.assumptions IS NULL RETURN e").rows == []
    for role in [row["arn"] for row in near.search("", 10_000, ("role",))["rows"]]:
        questions: list[tuple[str, dict[str, Any]]] = [
            ("reach", {"principal": role, "direction": "in", "max_hops": 2}),
            ("reach", {"principal": role, "max_hops": 2}),
            ("who_can", {"resource": role, "transitive": True, "max_hops": 2}),
            ("paths", {"frm": f"{home}:user/plain", "to": role, "max_hops": 2}),
        ]
        for name, asked in questions:
            answered = [same(getattr(answers, name)(**asked)) for answers in (near, far)]
            assert answered[0] == answered[1], (name, role)


def test_where_nothing_was_found_the_layers_that_nobody_read_are_named_all_the_same(
    stores: Servers,
) -> None:
    facts = read_one(ACCOUNTS / "h_plain")
    store = stores.open()
    store.load(build(facts))
    user = next(iter(sorted(facts.users)))
    role = next(r for r in sorted(facts.roles) if not Answers.of(facts).who_can(r)["allow"])
    for answers in (Answers.of(facts), Answers(StoreRoad(store))):
        nothing = answers.paths(user, user)
        assert (nothing["paths"], nothing["assumptions"]) == ([], [UNASKED])
        assert answers.who_can(role, among=["000000000000"])["assumptions"] == [UNASKED]
    assert near().paths("staging/data-scientist", DEPLOY)["assumptions"] == []


# --- stores that are empty, loading or loaded anew ------------------------------------------------


def test_an_empty_store_says_how_to_load(stores: Servers) -> None:
    with pytest.raises(StoreUnavailableError, match="nothing has been loaded") as caught:
        Answers(StoreRoad(stores.open()))
    assert "rolepath ingest files" in caught.value.help


class Loading:
    """A store in the middle of a load, as its state tells."""

    url = "bolt://graph.example:7687"

    def state(self) -> Any:
        class State:
            state = "loading"
            since = "2026-01-31T12:00:00Z"

        return State()


def test_a_store_in_the_middle_of_a_load_says_since_when() -> None:
    with pytest.raises(StoreLoadingError, match="running since 2026-01-31T12:00:00Z"):
        StoreRoad(Loading())


def test_a_new_load_is_answered_from_at_once(stores: Servers) -> None:
    store = stores.open()
    store.load(build(model()))
    answers = Answers(StoreRoad(store))
    assert answers.search("hugo")["total"] == 1
    users = {arn: user for arn, user in model().users.items() if user.name != "hugo"}
    changed = dataclasses.replace(model(), id="20270101T000000Z-000001", users=users)
    store.load(build(changed))
    assert answers.search("hugo")["total"] == 0
    assert answers.info()["snapshot"] == changed.id
    with pytest.raises(UnknownNameError):
        answers.paths("identity/hugo", DEPLOY)
