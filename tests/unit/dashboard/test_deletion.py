"""A rehearsal in words and in a picture says what the answer says."""

from pathlib import Path
from typing import Any

from app.answers import Answers
from app.dashboard.parts import deletion
from app.dashboard.parts.principals import Directory
from app.demo import folder
from ingest.snapshot import read_one

ROLE = "arn:aws:iam::111111111111:role/ci"
ANA, BEN = (f"arn:aws:iam::111111111111:user/{name}" for name in ("ana", "ben"))
PROD = "arn:aws:iam::222222222222:role/prod"


def answer(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "entity": ROLE,
        "entity_kind": "role",
        "verdict": "BLOCKED",
        "hard": [
            {"kind": "inline_policy", "id": "one", "call": "iam:DeleteRolePolicy"},
            {"kind": "inline_policy", "id": "two", "call": "iam:DeleteRolePolicy"},
        ],
        "soft": [],
        "lost": [{"from": ANA, "to": PROD}, {"from": ANA, "to": f"{PROD}2"}],
        "kept": [{"from": BEN, "to": PROD, "path": [BEN, PROD], "verdict": "allow"}],
        "plan": [
            {
                "call": "aws iam delete-role-policy --role-name ci --policy-name one",
                "undo": "aws iam put-role-policy --role-name ci --policy-name one",
                "check": "aws iam list-role-policies --role-name ci",
            },
            {"call": "aws iam delete-role --role-name ci", "undo": "", "check": ""},
        ],
        "snapshot": "20260101T000000Z-abc123",
    }
    return {**made, **changes}


def test_blockers_of_a_kind_stand_together_with_their_number() -> None:
    found = deletion.groups(
        [{"kind": "workload"}, {"kind": "recent_use"}, {"kind": "workload"}], deletion.SOFT_WORDS
    )
    assert [(group.title, len(group.items)) for group in found] == [
        ("2 resources run with it", 2),
        ("1 recent use", 1),
    ]
    assert found[0].meaning
    assert found[1].meaning == ""


def test_a_kind_that_has_no_words_yet_is_still_shown() -> None:
    (group,) = deletion.groups([{"kind": "brand_new"}], deletion.HARD_WORDS)
    assert group.title == "1 brand new"


def test_checks_that_passed_are_those_that_found_nothing() -> None:
    passed = deletion.passed(answer())
    assert "in no instance profile" in passed
    assert "no inline policy" not in passed


def test_no_check_of_credentials_passes_beside_a_credential() -> None:
    accounts = Path(__file__).parents[2] / "accounts"
    told = Answers.of(read_one(accounts / "d_user_credentials")).blockers(
        "arn:aws:iam::111111111111:user/people/ana"
    )
    assert deletion.passed(told) == [
        "in no group",
        "no managed policy attached",
        "no inline policy",
    ]
    titles = [group.title for group in deletion.groups(told["hard"], deletion.HARD_WORDS)]
    assert "1 SSH key" in titles


def test_nothing_passed_where_nothing_was_read_or_aws_owns_it() -> None:
    assert deletion.passed(answer(verdict="UNKNOWN", hard=[])) == []
    assert deletion.passed(answer(verdict="PROTECTED")) == []


def test_the_step_of_a_blocker_is_the_one_with_its_call_and_its_id() -> None:
    told = answer()
    first, second = told["hard"]
    assert deletion.step_of(told, first) == told["plan"][0]
    assert deletion.step_of(told, second) is None


def test_a_step_that_no_shell_reads_belongs_to_no_blocker() -> None:
    told = answer(plan=[{"call": "ask 'the owner", "undo": "", "check": ""}])
    assert deletion.step_of(told, told["hard"][0]) is None


def test_the_picture_has_three_columns_and_dots_what_breaks() -> None:
    drawing = deletion.drawing(answer(), Directory(), frozenset())
    columns = {card.id: drawing.placement.boxes[card.id].column for card in drawing.cards}
    assert columns == {
        f"from:{ANA}": 0,
        f"from:{BEN}": 0,
        ROLE: 1,
        f"to:{PROD}": 2,
        f"to:{PROD}2": 2,
    }
    styles = {(link.source, link.target): (link.style, link.chip) for link in drawing.links}
    assert styles[f"from:{ANA}", ROLE] == ("breaks", "2 lost")
    assert styles[f"from:{BEN}", ROLE] == ("keeps", "")
    assert styles[ROLE, f"to:{PROD}"] == ("breaks", "1 lost")
    assert [text for text in drawing.headers if text] == [
        "WHO USES IT",
        "THIS ROLE",
        "WHAT IT REACHES",
    ]


def test_one_that_stands_on_both_sides_has_two_cards() -> None:
    drawing = deletion.drawing(
        answer(lost=[{"from": ANA, "to": PROD}, {"from": PROD, "to": ANA}], kept=[]),
        Directory(),
        frozenset(),
    )
    assert {card.id for card in drawing.cards} == {
        *(f"{end}:{key}" for end in ("from", "to") for key in (ANA, PROD)),
        ROLE,
    }


def test_many_who_lose_are_one_stack_that_opens() -> None:
    lost = [{"from": f"arn:aws:iam::111111111111:user/u{n}", "to": PROD} for n in range(500)]
    drawing = deletion.drawing(answer(lost=lost, kept=[]), Directory(), frozenset())
    assert len(drawing.cards) == 3
    (stack,) = drawing.members
    assert len(drawing.members[stack]) == 500
    assert "3 cards instead of 502" in drawing.note
    opened = deletion.drawing(answer(lost=lost[:9], kept=[]), Directory(), frozenset({stack}))
    assert len(opened.cards) == 11


def test_every_command_of_the_demo_reaches_its_blocker() -> None:
    told = Answers.of(read_one(folder())).blockers("production/storefront-server")
    steps = [deletion.step_of(told, blocker) for blocker in told["hard"]]
    assert None not in steps
    assert len({step["call"] for step in steps if step}) == len(told["hard"]) == 4
