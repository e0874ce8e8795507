"""A drawing becomes one SVG file that needs nothing else: the picture of the screen, on paper."""

from xml.sax.saxutils import escape, quoteattr

from app.dashboard.parts import graph as drawings
from app.dashboard.parts.colours import (
    BADGE,
    BADGE_TEXT,
    BORDER,
    BREAKS,
    CARD,
    KINDS,
    LINE,
    MUTED,
    PRIMARY,
    TEXT,
    Hue,
)
from app.dashboard.parts.layout import CARD_HEIGHT, CARD_WIDTH

SHAPES = {
    "person": "M0 -8a4 4 0 1 0 .01 0zM-8 8a8 6.5 0 0 1 16 0z",
    "square": "M-7 -7h14v14h-14z",
    "hexagon": "M0 -8.5l7.4 4.2v8.6l-7.4 4.2l-7.4 -4.2v-8.6z",
    "cut": "M-7.5 -7.5h9l6 6v9h-9l-6 -6z",
    "flat": "M-4.6 -7.6h9.2l4.6 7.6l-4.6 7.6h-9.2l-4.6 -7.6z",
    "diamond": "M0 -9l9 9l-9 9l-9 -9z",
}
"""The icon of each shape around (0, 0); the component draws the same ones."""

_FONT = "'Source Sans 3','Source Sans Pro','Segoe UI',Helvetica,Arial,sans-serif"
_LEGEND = 44.0


def svg(drawing: drawings.Drawing, *, title: str = "", dark: bool = False) -> str:
    """The drawing as the text of an SVG file.

    Args:
        drawing: What to draw.
        title: Name of the picture for screen readers; the drawing's own words when left out.
        dark: Colours of the dark theme.
    """
    pen = _Pen(dark)
    data = drawing.to_json()
    width = max(data["width"], 420.0)
    height = data["height"] + _LEGEND
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" font-family="{_FONT}">',
        f"<title>{_text(title or drawing.alt)}</title>",
        f'<rect width="100%" height="100%" fill="{pen.hue(Hue("#ffffff", "#0e1117"))}"/>',
        pen.markers(),
    ]
    for header in data["headers"]:
        out.append(
            f'<text x="{header["x"]:g}" y="30" font-size="10.5" font-weight="700" '
            f'letter-spacing="1" text-anchor="middle" fill="{pen.hue(MUTED)}">'
            f"{_text(header['text'])}</text>"
        )
    links = sorted(data["links"], key=lambda link: bool(link["bold"]))
    out += [pen.line(link) for link in links]
    out += [pen.card(card) for card in data["cards"]]
    out += [pen.chip(link) for link in links if link["chip"] and link["chipAt"]]
    out.append(pen.legend(data["legend"], height - 18))
    out.append("</svg>")
    return "\n".join(part for part in out if part) + "\n"


def _text(text: str) -> str:
    """Text that an XML reader accepts: escaped, without control characters."""
    kept = "".join(c for c in text if c in "\t\n" or (ord(c) >= 0x20 and ord(c) not in _NO_XML))
    return escape(kept)


_NO_XML = frozenset({0xFFFE, 0xFFFF, *range(0xD800, 0xE000)})


class _Pen:
    """Draws in the colours of one theme."""

    def __init__(self, dark: bool) -> None:
        self._dark = dark

    def hue(self, hue: Hue) -> str:
        return hue.dark if self._dark else hue.light

    def _stroke(self, link: dict[str, object]) -> tuple[str, str]:
        """Name of the arrow head and colour of a line."""
        if link["style"] == "breaks":
            return "breaks", self.hue(BREAKS)
        if link["bold"]:
            return "bold", self.hue(PRIMARY)
        faint = Hue("#b4bac6", "#4d5666")
        return "plain", self.hue(faint if link["dim"] else LINE)

    def markers(self) -> str:
        heads = {"plain": LINE, "bold": PRIMARY, "breaks": BREAKS}
        return (
            "<defs>"
            + "".join(
                f'<marker id="head-{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" '
                f'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
                f'<path d="M0 0L10 5L0 10z" fill="{self.hue(hue)}"/></marker>'
                for name, hue in heads.items()
            )
            + "</defs>"
        )

    def line(self, link: dict[str, object]) -> str:
        head, colour = self._stroke(link)
        dash = {"conditional": ' stroke-dasharray="6 4"', "breaks": ' stroke-dasharray="2 4"'}
        width = 2.6 if link["bold"] else 1.4
        return (
            f'<path d="{link["d"]}" fill="none" stroke="{colour}" stroke-width="{width}"'
            f'{dash.get(str(link["style"]), "")} marker-end="url(#head-{head})"/>'
        )

    def chip(self, link: dict[str, object]) -> str:
        at, width = link["chipAt"], link["chipWidth"]
        assert isinstance(at, tuple)  # noqa: S101 - asked for by the type checker only
        assert isinstance(width, float)  # noqa: S101
        _, colour = self._stroke(link)
        x, y = at
        text = self.hue(MUTED if link["dim"] else TEXT)
        return (
            f'<rect x="{x - width / 2:.1f}" y="{y - 10:.1f}" width="{width:g}" height="20" rx="10" '
            f'fill="{self.hue(Hue("#ffffff", "#0e1117"))}" stroke="{colour}"/>'
            f'<text x="{x:.1f}" y="{y + 3.8:.1f}" font-size="11" text-anchor="middle" '
            f'fill="{text}">{_text(str(link["chip"]))}</text>'
        )

    def card(self, card: dict[str, object]) -> str:
        look = KINDS[str(card["kind"])]
        w, h = CARD_WIDTH, CARD_HEIGHT
        colour = self.hue(look.hue)
        faded = ' opacity="0.5"' if card["dim"] else ""
        edge = BADGE.light if card["outlined"] else self.hue(BORDER)
        face, title = self.hue(CARD), self.hue(MUTED if card["dim"] else TEXT)
        under = "".join(
            f'<rect x="{d}" y="{d}" width="{w:g}" height="{h:g}" rx="7" fill="{face}" '
            f'stroke="{self.hue(BORDER)}"/>'
            for d in ((7, 3.5) if card["stack"] else ())
        )
        badge = ""
        if card["badge"]:
            wide = float(str(card["badgeWidth"]))
            x = w - wide - 6
            badge = (
                f'<rect x="{x:g}" y="{h - 21:g}" width="{wide:g}" height="15" rx="7.5" '
                f'fill="{BADGE.light}"/><text x="{x + wide / 2:g}" y="{h - 10:g}" font-size="9.5" '
                f'font-weight="700" text-anchor="middle" fill="{BADGE_TEXT}">'
                f"{_text(str(card['badge']))}</text>"
            )
        tip = quoteattr(str(card["word"]))
        return (
            f'<g transform="translate({card["x"]} {card["y"]})" aria-label={tip}>'
            f"<title>{_text(str(card['tip']))}</title>{under}"
            f'<rect width="{w:g}" height="{h:g}" rx="7" fill="{face}" stroke="{edge}" '
            f'stroke-width="{2.4 if card["outlined"] else 1.2}"/>'
            f'<path d="M8 0h-1a7 7 0 0 0 -7 7v{h - 14:g}a7 7 0 0 0 7 7h1z" fill="{colour}"{faded}/>'
            f'<path d="{SHAPES[look.shape]}" transform="translate(25 {h / 2:g})" fill="{colour}"'
            f"{faded}/>"
            f'<text x="42" y="{h / 2 - 4:g}" font-size="13" font-weight="600" fill="{title}">'
            f"{_text(str(card['title']))}</text>"
            f'<text x="42" y="{h / 2 + 13:g}" font-size="11" fill="{self.hue(MUTED)}">'
            f"{_text(str(card['sub']))}</text>{badge}</g>"
        )

    def legend(self, entries: list[dict[str, str]], y: float) -> str:
        out, x = [], 36.0
        for entry in entries:
            mark = entry["mark"]
            if entry["shape"]:
                out.append(
                    f'<path d="{SHAPES[entry["shape"]]}" transform="translate({x:g} {y - 4:g})" '
                    f'fill="{self.hue(KINDS[mark].hue)}"/>'
                )
            else:
                sample: dict[str, object] = {
                    "style": mark,
                    "bold": mark == "bold",
                    "dim": False,
                    "d": f"M{x - 14:g} {y - 4:g}h28",
                }
                out.append(self.line(sample))
            out.append(
                f'<text x="{x + 20:g}" y="{y:g}" font-size="12" fill="{self.hue(MUTED)}">'
                f"{_text(entry['word'])}</text>"
            )
            x += 56 + drawings.text_width(entry["word"], 12)
        return "".join(out)
