"""An answer becomes a picture that can be read: the selected path bold, many cards grouped."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from app.dashboard.parts import graph
from app.dashboard.parts.principals import Directory
from app.dashboard.parts.svg import svg

A, B = "111111111111", "222222222222"
SVG = "{http://www.w3.org/2000/svg}"
MFA = [[{"key": "aws:MultiFactorAuthPresent", "kind": "CALLER_AUTH"}]]


def role(name: str, account: str = A) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def hop(source: str, target: str, requirements: Any = ()) -> dict[str, Any]:
    return {
        "from": source,
        "to": target,
        "operation": "AssumeRole",
        "verdict": "conditional" if requirements else "allow",
        "requirements": list(requirements),
    }


def answer(*chains: list[dict[str, Any]]) -> dict[str, Any]:
    paths = [{"hops": hops, "requirements": []} for hops in chains]
    return {"from": chains[0][0]["from"], "to": chains[0][-1]["to"], "paths": paths}


TWO = answer(
    [hop(role("a"), role("b")), hop(role("b"), role("d"))],
    [hop(role("a"), role("c"), MFA), hop(role("c"), role("d"))],
)


def test_the_selected_path_is_bold_and_numbered_and_the_rest_is_dim() -> None:
    made = graph.paths_drawing(TWO, 1, Directory())
    bold = {link.source: link.chip for link in made.links if link.bold}
    assert bold == {role("a"): "1 · MFA", role("c"): "2"}
    assert {card.title for card in made.cards if card.dim} == {"b"}
    assert {link.target for link in made.links if link.style == "conditional"} == {role("c")}
    assert made.headers[0] == "START"
    assert made.headers[-1] == "TARGET"


def test_another_selection_keeps_every_card_in_its_place() -> None:
    first = graph.paths_drawing(TWO, 0, Directory()).placement.boxes
    second = graph.paths_drawing(TWO, 1, Directory()).placement.boxes
    assert {key: (b.column, b.y) for key, b in first.items()} == {
        key: (b.column, b.y) for key, b in second.items()
    }


def test_only_the_selected_path_may_be_drawn() -> None:
    made = graph.paths_drawing(TWO, 0, Directory(), only_selected=True)
    assert [card.title for card in made.cards] == ["a", "b", "d"]


def test_more_paths_than_are_readable_are_left_out_in_words() -> None:
    chains = [[hop(role("a"), role(f"m{i}")), hop(role(f"m{i}"), role("z"))] for i in range(9)]
    made = graph.paths_drawing(answer(*chains), 8, Directory())
    assert made.note == "The best 5 of 9 are drawn."
    assert role("m8") in {card.id for card in made.cards}


def test_no_path_is_an_empty_picture() -> None:
    assert graph.paths_drawing({"paths": []}, 0, Directory()).cards == ()


def many(count: int) -> tuple[list[graph.Card], list[graph.Link], dict[str, int]]:
    known = Directory(admins=frozenset({role("n0")}))
    centre = graph.card_of(known.describe(role("centre")))
    cards = [
        centre,
        *(graph.card_of(known.describe(role(f"n{i}", (A, B)[i % 2]))) for i in range(count)),
    ]
    links = [graph.Link(f"l{i}", card.id, centre.id) for i, card in enumerate(cards[1:])]
    columns = {card.id: 0 for card in cards} | {centre.id: 1}
    return cards, links, columns


def test_five_hundred_neighbours_become_a_few_stacks() -> None:
    cards, links, columns = many(500)
    drawn, arrows, places, note = graph.grouped(cards, links, columns)
    assert {card.title for card in drawn} == {"centre", "250 roles"}
    assert sorted(len(card.stack) for card in drawn) == [0, 250, 250]
    assert {link.chip for link in arrows} == {"250"}
    assert "1 ADMIN" in {card.badge for card in drawn}
    assert set(places) == {card.id for card in drawn}
    assert note == "Grouped by account and kind: 3 cards instead of 501. Click one to open."


def test_a_stack_opens_and_what_must_stay_is_not_stacked() -> None:
    cards, links, columns = many(10)
    stack = next(card for card in graph.grouped(cards, links, columns)[0] if card.stack)
    opened = graph.grouped(cards, links, columns, opened=frozenset({stack.id}))[0]
    assert len(opened) == 1 + 5 + 1
    kept = graph.grouped(cards, links, columns, keep=frozenset({cards[1].id}))[0]
    assert cards[1].id in {card.id for card in kept}


def test_few_neighbours_stay_as_they_are() -> None:
    cards, links, columns = many(4)
    drawn, arrows, _, note = graph.grouped(cards, links, columns)
    assert (len(drawn), len(arrows), note) == (5, 4, "")


@pytest.mark.parametrize("dark", [False, True])
def test_the_file_is_one_picture_that_needs_nothing_else(dark: bool) -> None:
    text = svg(graph.paths_drawing(TWO, 0, Directory()), dark=dark)
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    title = root.find(f"{SVG}title")
    assert title is not None
    assert title.text == "2 paths from a to d, 4 principals"
    words = {node.text for node in root.iter(f"{SVG}text")}
    assert {"a", "b", "c", "d", "START", "TARGET", "MFA", "selected path"} <= words
    assert not re.search(r"(?:href|src|url)\s*[=(]\s*['\"]?(?!#)", text)
    assert ("#0e1117" in text) is dark


def test_hostile_names_stay_text_in_the_file() -> None:
    bad = role("<script>alert(1)</script>")
    text = svg(graph.paths_drawing(answer([hop(bad, role("x\x00\x0b"))]), 0, Directory()))
    root = ET.fromstring(text)
    assert not list(root.iter(f"{SVG}script"))
    assert "<script" not in text


def test_a_long_name_fits_its_card_with_both_ends() -> None:
    name = "AWSReservedSSO_OrganizationAdministratorAccess_0123456789abcdef"
    card = graph.paths_drawing(answer([hop(role(name), role("b"))]), 0, Directory()).to_json()[
        "cards"
    ][0]
    assert card["title"].startswith("AWSReser")
    assert card["title"].endswith("cdef")
    assert "…" in card["title"]
    assert name in card["tip"]
