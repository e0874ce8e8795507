"""Every colour that carries meaning can be told from the card behind it, in both themes."""

import pytest

from app.dashboard.launch import OPTIONS
from app.dashboard.parts import colours
from app.dashboard.parts.svg import SHAPES

GRAPHIC, TEXT = 3.0, 4.5
"""Least contrast of graphics and of text, WCAG 2.1 AA (1.4.11 and 1.4.3)."""


@pytest.mark.parametrize("kind", colours.KINDS)
def test_a_kind_has_a_shape_a_word_and_a_colour_that_is_seen(kind: str) -> None:
    look = colours.KINDS[kind]
    assert look.word
    assert look.shape in SHAPES
    for theme in ("light", "dark"):
        hue, card = getattr(look.hue, theme), getattr(colours.CARD, theme)
        assert colours.contrast(hue, card) >= GRAPHIC


@pytest.mark.parametrize("name", colours.SEVERITIES)
def test_a_severity_can_be_read_as_text(name: str) -> None:
    hue = colours.SEVERITIES[name].hue
    for theme in ("light", "dark"):
        assert colours.contrast(getattr(hue, theme), getattr(colours.BACKGROUND, theme)) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_on_cards_and_badges_can_be_read(theme: str) -> None:
    card = getattr(colours.CARD, theme)
    for hue in (colours.TEXT, colours.MUTED):
        assert colours.contrast(getattr(hue, theme), card) >= TEXT
    assert colours.contrast(colours.BADGE_TEXT, getattr(colours.BADGE, theme)) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_gives_links_and_text_enough_contrast(theme: str) -> None:
    paper = OPTIONS[f"theme.{theme}.backgroundColor"]
    for name in ("textColor", "linkColor", "primaryColor"):
        assert colours.contrast(OPTIONS[f"theme.{theme}.{name}"], paper) >= TEXT


def test_contrast_is_that_of_wcag() -> None:
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert colours.contrast("#ffffff", "#777777") == colours.contrast("#777777", "#ffffff")
