"""The catalogue reads its files strictly, and a request that is off says what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from iam.errors import QueryError, UnknownNameError
from queries.catalogue import FAMILIES, ROW_LIMIT, by_family, catalogue, find, parse, run

GOOD = """\
// ---
// title: Roles
// question: Which roles are there?
// grain: one row per role
// params:
//   days: {type: int, default: 90, min: 1, max: 400, doc: "Days."}
//   sort: {type: str, default: name, choices: [name, age], doc: "Order."}
//   all: {type: bool, default: false, doc: "All of them."}
//   account: {type: account, default: "", doc: "Only this one."}
//   role: {type: arn, doc: "The role."}
// columns:
//   role: {type: arn, doc: "The role."}
// key: [role]
// ---
MATCH (r:Role {arn: $role})
RETURN r.arn AS role
ORDER BY role
"""


@dataclass
class Recorder:
    """A store that answers with rows of its own and remembers what it was asked."""

    rows: list[dict[str, Any]]
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def read(self, cypher: str, params: Mapping[str, Any] | None = None) -> "Recorder":
        self.asked.append((cypher, params or {}))
        return self


def test_a_file_is_read_whole() -> None:
    query = parse(GOOD, "roles", "hygiene")
    assert (query.title, query.grain, query.key) == ("Roles", "one row per role", ("role",))
    assert [p.name for p in query.params if p.required] == ["role"]
    assert query.text == GOOD
    assert query.cypher.startswith("MATCH") and "// ---" not in query.cypher
    assert query.path == "queries/hygiene/roles.cypher"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("// title: Roles\n", "", "`title` is missing"),
        ("// key: [role]\n", "", "`key` is missing"),
        ("// key: [role]", "// key: [name]", "key `name` is no column"),
        ("// grain", "// grains", "`grain` is missing"),
        ("// title: Roles", "// title: Roles\n// colour: red", "unknown part `colour`"),
        ("// title: Roles", "// title: Roles: all", "is no YAML"),
        ("// title: Roles", "title: Roles", ":2: a line of the front matter begins with `//`"),
        ("// ---\nMATCH", "MATCH", "between two"),
        ("{type: int, default: 90", "{type: number, default: 90", "unknown type `number`"),
        ('{type: arn, doc: "The role."}\n// key', "{type: arn}\n// key", "`doc` is missing"),
        ("min: 1", "least: 1", "unknown part `least`"),
    ],
)
def test_a_file_whose_front_matter_is_off_is_refused(old: str, new: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(QueryError) as caught:
        parse(GOOD.replace(old, new), "roles", "hygiene")
    assert caught.value.message.startswith("queries/hygiene/roles.cypher:")
    assert says in caught.value.message


def test_every_family_has_queries_and_they_come_in_its_order() -> None:
    assert list(by_family(catalogue().values())) == list(FAMILIES.values())


def test_an_unknown_name_says_what_could_be_meant() -> None:
    with pytest.raises(UnknownNameError) as caught:
        find("delegation_chain")
    assert caught.value.message == "unknown query `delegation_chain`"
    assert caught.value.help.startswith("did you mean `delegation_chains`")
    with pytest.raises(UnknownNameError) as caught:
        find("qqqq")
    assert caught.value.help == "`rolepath query` lists them all"


@pytest.mark.parametrize(
    ("name", "params", "says", "help_says"),
    [
        ("reachable_roles", {}, "parameter `principal` is missing: Who starts.", "-p principal="),
        ("reachable_roles", {"pricipal": "x"}, "unknown parameter `pricipal`", "`principal`"),
        ("reachable_roles", {"principal": "x", "max_hops": "7"}, "from 1 to 6", "Longest"),
        ("reachable_roles", {"principal": "x", "max_hops": "many"}, "not a whole number", ""),
        ("reachable_roles", {"principal": "x", "max_hops": True}, "not a whole number", ""),
        ("reachable_roles", {"principal": "x", "outright": "maybe"}, "not true or false", ""),
        ("reachable_roles", {"principal": " "}, "is not a value", ""),
        ("reachable_roles", {"principal": 7}, "is not text", ""),
        ("administrators", {"account": "12"}, "an account id of twelve digits", ""),
        ("trusted_by_everyone", {"account": "1"}, "unknown parameter", "takes no parameters"),
    ],
)
def test_parameters_are_checked(
    name: str, params: dict[str, Any], says: str, help_says: str
) -> None:
    store = Recorder([])
    with pytest.raises(QueryError) as caught:
        run(store, name, params)
    assert caught.value.message.startswith(f"{name}: ")
    assert says in caught.value.message
    assert help_says in caught.value.help
    assert store.asked == []


def test_text_is_read_as_the_type_of_its_parameter() -> None:
    store = Recorder([])
    given = {"principal": " arn:x ", "max_hops": "2", "outright": "yes"}
    run(store, "reachable_roles", given, limit=7)
    assert store.asked[0][1] == {
        "principal": "arn:x",
        "max_hops": 2,
        "outright": True,
        ROW_LIMIT: 8,
    }


def test_what_is_not_given_has_its_default() -> None:
    store = Recorder([])
    run(store, "unused_roles")
    assert store.asked[0][1] == {"days": 90, "account": "", "managed": False, ROW_LIMIT: 1001}


def test_one_row_too_many_says_that_there_are_more() -> None:
    rows = [{"key": str(n), "edges": 1, "roles": 1, "cross_account": 0} for n in range(4)]
    assert run(Recorder(rows), "what_access_needs", limit=4).truncated is False
    cut = run(Recorder(rows), "what_access_needs", limit=3)
    assert (len(cut.rows), cut.truncated) == (3, True)


def test_a_query_may_have_a_limit_of_its_own() -> None:
    store = Recorder([])
    run(store, "longest_chains")
    run(store, "longest_chains", limit=500)
    assert [params[ROW_LIMIT] for _, params in store.asked] == [26, 501]


@pytest.mark.parametrize("limit", [0, -1, 100_001, True, "5"])
def test_a_limit_has_a_range(limit: Any) -> None:
    with pytest.raises(QueryError, match="limit"):
        run(Recorder([]), "accounts", limit=limit)
