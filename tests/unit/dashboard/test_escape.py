"""Whatever AWS text holds, Markdown shows it and obeys none of it."""

import re

import pytest

from app.dashboard.parts.escape import code, esc_md, middle_cut, one_line

HOSTILE = [
    "![x](https://evil.example/pixel.png)",
    "[click](https://evil.example)",
    "<img src=x onerror=alert(1)>",
    "https://evil.example/a",
    "www.evil.example",
    "ana@evil.example",
    ":material/delete: :smile: :red[x]",
    "$\\frac{1}{2}$ and `code`",
    "# heading\n\n- item\n> quote",
    "| a | b |\n| - | - |",
    "&lt;b&gt;",
    "a\u202egnp.exe",
    "---",
]


def shown(markdown: str) -> str:
    """What a reader sees of escaped Markdown: the escapes and the joiners gone."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u2060", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_every_mark_is_escaped(text: str) -> None:
    unescaped = re.sub(r"\\[!-/:-@\[-`{-~]", "", esc_md(text))
    assert not re.search(r"[!-/:-@\[-`{-~]", unescaped)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_reader_sees_the_very_text_on_one_line(text: str) -> None:
    assert shown(esc_md(text)) == one_line(text)
    assert "\n" not in esc_md(text)


@pytest.mark.parametrize("text", ["https://a", "www.a.example", "ana@a.example", ":smile:"])
def test_what_streamlit_would_turn_into_a_link_or_an_icon_is_parted(text: str) -> None:
    assert "\u2060" in esc_md(text)


def test_direction_characters_cannot_turn_a_name_round() -> None:
    assert "\u202e" not in one_line("a\u202eb")
    assert "\u202e" not in esc_md("a\u202eb")
    assert "\u202e" not in code("a\u202eb")


@pytest.mark.parametrize("text", ["a`b", "``", "`", " x ", "", "a``` b"])
def test_code_is_closed_by_its_own_fence_only(text: str) -> None:
    made = code(text)
    fence = re.match("`+", made)
    assert fence is not None
    assert made.endswith(fence[0])
    inner = made[len(fence[0]) : -len(fence[0])]
    assert all(len(run) != len(fence[0]) for run in re.findall("`+", inner))


def test_a_name_keeps_both_ends() -> None:
    assert middle_cut("short", 20) == "short"
    cut = middle_cut("OrganizationAccountAccessRole", 12)
    assert len(cut) == 12
    assert (cut[:5], cut[-5:]) == ("Organ", "sRole")
