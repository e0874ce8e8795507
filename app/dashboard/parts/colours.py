"""Colours are few and mean something; kind is always shape, colour and word together.

Each entry has a value for the light and one for the dark theme: a light hue would be too weak on
a dark card. A unit test computes the contrast of each against the card behind it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hue:
    """One colour in both themes, as ``#rrggbb``."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of principal is drawn, and the word beside it."""

    shape: str
    hue: Hue
    word: str


BACKGROUND = Hue("#ffffff", "#0e1117")
CARD = Hue("#f6f7fb", "#171c27")
TEXT = Hue("#101828", "#eef1f6")
MUTED = Hue("#596273", "#a3acba")
BORDER = Hue("#d5d9e2", "#323a49")
PRIMARY = Hue("#3b5bdb", "#8da2fb")
LINE = Hue("#7b8494", "#8b95a5")

_BLUE = Hue("#1f6fd1", "#6ea8fe")
_SLATE = Hue("#64748b", "#94a3b8")
_GREEN = Hue("#00875f", "#3dbe94")
_PINK = Hue("#a8477f", "#e08cbc")
_ORANGE = Hue("#c2410c", "#fb8a4c")

KINDS: dict[str, Look] = {
    "user": Look("person", _BLUE, "user"),
    "role": Look("square", _SLATE, "role"),
    "service_role": Look("hexagon", _GREEN, "service role"),
    "service_linked_role": Look("cut", _GREEN, "service-linked role"),
    "service": Look("hexagon", _GREEN, "service"),
    "federated": Look("flat", _PINK, "federated"),
    "account": Look("diamond", _SLATE, "account"),
    "external": Look("diamond", _ORANGE, "third party"),
    "everyone": Look("diamond", _ORANGE, "everyone"),
    "thing": Look("square", _SLATE, "resource"),
}

SEVERITIES: dict[str, Look] = {
    "critical": Look("octagon", Hue("#b42318", "#f97066"), "critical"),
    "high": Look("triangle", Hue("#b54708", "#fdb022"), "high"),
    "medium": Look("diamond", Hue("#7a5c00", "#eac54f"), "medium"),
    "low": Look("dot", Hue("#475467", "#98a2b3"), "low"),
    "ok": Look("tick", Hue("#067647", "#47cd89"), "ok"),
}

BADGE = Hue("#c2410c", "#c2410c")
"""Behind a white word such as ADMIN or DELETE, alike in both themes."""

BADGE_TEXT = "#ffffff"

BREAKS = _ORANGE


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours after WCAG 2.1, from 1 to 21.

    Example:
        >>> round(contrast("#000000", "#ffffff"))
        21

    Source:
        https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
    """
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
