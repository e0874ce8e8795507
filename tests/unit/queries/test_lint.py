"""Every query of the catalogue keeps the rules of its dialect, and the lint holds each rule."""

import pytest

from queries.catalogue import catalogue, parse
from queries.lint import problems

HEAD = """\
// ---
// title: Roles
// question: Which roles are there?
// grain: one row per role
// params:
//   role: {type: arn, doc: "The role."}
// columns:
//   role: {type: arn, doc: "The role."}
// key: [role]
// ---
"""
ANCHOR = "MATCH (r:Role {arn: $role})\n"
END = "RETURN r.arn AS role\nORDER BY role\n"


def said(body: str) -> list[str]:
    query = parse(HEAD + body, "roles", "hygiene")
    return [p.removeprefix("queries/hygiene/roles.cypher: ") for p in problems(query)]


@pytest.mark.parametrize("name", catalogue())
def test_the_catalogue_keeps_the_rules(name: str) -> None:
    assert problems(catalogue()[name]) == []


@pytest.mark.parametrize(
    "body",
    [
        ANCHOR + END,
        ANCHOR + "MATCH path = (r)-[:CAN_ASSUME*1..6]->(x:Role)\n" + END,
        ANCHOR + "MATCH path = (r)-[:CAN_ASSUME*..3]->(x:Role|User)\n" + END,
        ANCHOR + "MATCH path = (r)-[:CAN_ASSUME*2]->(x:Role&!ServiceRole)\n" + END,
        ANCHOR + "MATCH ((x)-[e:CAN_ASSUME]->(y) WHERE y.is_admin){1,5}\n" + END,
        ANCHOR + "MATCH (g:Role)\nWHERE r <> g\n"
        "MATCH path = allShortestPaths((r)-[:CAN_ASSUME*..6]->(g))\nWITH r, path AS way\n" + END,
        ANCHOR + "WITH r, (r.reaches + 1) * (2 + 3) AS product\n" + END,
        ANCHOR + "CALL (r) { MATCH (x)-[b:BLOCKS_DELETION_OF]->(r) RETURN b.call AS call }\n" + END,
        ANCHOR + "WITH r, {hops: 1, roles: [r]} AS level\nWHERE level.hops = 1\n" + END,
        ANCHOR + "WHERE r.name STARTS WITH 'a' AND r.id = 1\n" + END,
    ],
)
def test_what_both_stores_run_alike_is_let_through(body: str) -> None:
    assert said(body) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (ANCHOR + "MATCH (r)-[:CAN_ASSUME*]->(x)\n" + END, "has an upper bound: `*1..6`"),
        (ANCHOR + "MATCH (r)-[:CAN_ASSUME*2..]->(x)\n" + END, "has an upper bound: `*1..6`"),
        (ANCHOR + "MATCH (r)-[e:CAN_ASSUME*1..9]->(x)\n" + END, "ends at 6 hops or before"),
        (ANCHOR + "MATCH ((x)-[:CAN_ASSUME]->(y))+ (z)\n" + END, "upper bound: `{1,6}`"),
        (ANCHOR + "MATCH ((x)-[:CAN_ASSUME]->(y)){2,} (z)\n" + END, "upper bound: `{1,6}`"),
        (
            ANCHOR + "MATCH p = shortestPath((r)-[:CAN_ASSUME*..6]->(x {is_admin: true}))\n" + END,
            "takes no filter",
        ),
        (
            ANCHOR + "MATCH p = shortestPath((r)-[:CAN_ASSUME*..6]->(x))\nWHERE x.is_admin\n" + END,
            "takes no WHERE",
        ),
        (
            ANCHOR + "MATCH p = shortestPath((r)-[:CAN_ASSUME*..6]->(x)), (y:Role)\n" + END,
            "stands alone",
        ),
        (
            ANCHOR + "WITH r, length(shortestPath((r)-[:CAN_ASSUME*..6]->(r))) AS n\n" + END,
            "stands in a MATCH",
        ),
        (ANCHOR + "MATCH p = ANY SHORTEST (r)-[:CAN_ASSUME]->{1,6}(x)\n" + END, "`SHORTEST`"),
        ("MATCH (x:User)-[:CAN_ASSUME]->(r:Role {arn: $role})\n" + END, "matched alone first"),
        ("MATCH (r:Role {arn: $role})-[:CAN_ASSUME]->(x:Role)\n" + END, "matched alone first"),
        (ANCHOR + "WITH r, r.name\n" + END, "`WITH r . name` has no name: add AS"),
        (ANCHOR + "WITH r, r.name AS by\n" + END, "`by` is no name"),
        (ANCHOR + "CALL { MATCH (x:Role) RETURN x }\n" + END, "names what it takes"),
        (ANCHOR + "CALL db.labels()\n" + END, "names what it takes"),
        (ANCHOR + "/* why */\n" + END, "begins with `//`"),
        (ANCHOR + "SET r.name = $role\n" + END, "`SET`: a query only reads"),
        (ANCHOR + "DETACH DELETE r\n" + END, "`DETACH`: a query only reads"),
        ("LOAD CSV FROM $role AS line\n" + ANCHOR + END, "`LOAD`: a query only reads"),
        (ANCHOR + "WHERE exists(r.name)\n" + END, "`exists(…)` is gone"),
        (ANCHOR + "WHERE id(r) = 1\n" + END, "`id()` is no key"),
        (ANCHOR + "WHERE elementId(r) = 'x'\n" + END, "`elementId()` is no key"),
        (ANCHOR + "WHERE apoc.x(r)\n" + END, "no APOC"),
        ("EXPLAIN " + ANCHOR + END, "`EXPLAIN`"),
        (ANCHOR + END + ";", "without `;`"),
        (ANCHOR + "WHERE r.account = '111111111111'\n" + END, "a value is a parameter"),
        (ANCHOR + 'WHERE r.arn STARTS WITH "arn:aws"\n' + END, "a value is a parameter"),
        (ANCHOR + "WHERE r.account = $account\n" + END, "`account` is not declared"),
        ("MATCH (r:Role)\n" + END, "`role` is not used"),
        (ANCHOR + "RETURN r.arn AS arn\nORDER BY arn\n", "returns arn; the front matter has role"),
        (ANCHOR + "RETURN r.arn AS role\n", "there is no ORDER BY"),
        (ANCHOR + "RETURN r.arn AS role\nORDER BY r.name\n", "the order is not total"),
        (ANCHOR + END + "LIMIT 5\n", "`LIMIT` is added when the query is run"),
        (ANCHOR + "MATCH (x:Rolle)\n" + END, "no label `Rolle`"),
        (ANCHOR + "WHERE r:Rolle\n" + END, "no label `Rolle`"),
        (ANCHOR + "MATCH (r)-[:MAY_ASSUME]->(x)\n" + END, "no edge `MAY_ASSUME`"),
        (ANCHOR + "WHERE r.colour = 1\n" + END, "no property `colour`"),
        (ANCHOR + "MATCH (x:Role {colour: $role})\n" + END, "no property `colour`"),
        (ANCHOR + "MATCH (`r 2`:Role)\n" + END, "needs no backticks"),
    ],
)
def test_what_one_store_would_get_wrong_is_refused(body: str, problem: str) -> None:
    assert any(problem in one for one in said(body)), said(body)


@pytest.mark.parametrize("body", ["", "MATCH", "RETURN", "RETURN (", ") ] }", "MATCH (r:", "*"])
def test_a_broken_statement_is_named_and_does_not_break_the_lint(body: str) -> None:
    assert said(body) != []
