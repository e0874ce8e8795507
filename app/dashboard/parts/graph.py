"""Answers become a drawing: cards, arrows, chips and a legend, ready for screen and file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.dashboard.parts import layout
from app.dashboard.parts.colours import KINDS
from app.dashboard.parts.escape import middle_cut
from app.dashboard.parts.principals import Directory, Principal
from app.dashboard.parts.sentences import condition_names, counted

MOST_CARDS = 80
"""More cards than this are not readable: they are grouped."""

MOST_PATHS = 5
"""As many of the best paths are drawn together."""

_TITLE_SIZE, _SUB_SIZE, _CHIP_SIZE = 13.0, 11.0, 11.0


@dataclass(frozen=True, slots=True)
class Card:
    """One principal, or a stack of several (``stack`` holds their keys)."""

    id: str
    title: str
    sub: str
    kind: str
    tip: str
    account: str = ""
    badge: str = ""
    dim: bool = False
    outlined: bool = False
    stack: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One arrow; ``style`` is ``plain``, ``conditional``, ``breaks`` or ``keeps``."""

    id: str
    source: str
    target: str
    chip: str = ""
    style: str = "plain"
    bold: bool = False
    dim: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A placed picture and the words around it; ``note`` says what was grouped or left out."""

    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    placement: layout.Placement
    headers: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""
    alt: str = ""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the component draws; every word in it is shown as text."""
        boxes, routes = self.placement.boxes, self.placement.routes
        return {
            "width": round(self.placement.width, 1),
            "height": round(self.placement.height, 1),
            "alt": self.alt,
            "cards": [
                {
                    "id": card.id,
                    "x": round(boxes[card.id].x, 1),
                    "y": round(boxes[card.id].y, 1),
                    "w": boxes[card.id].width,
                    "h": boxes[card.id].height,
                    "column": boxes[card.id].column,
                    "title": fitted(card.title, title_room(card), _TITLE_SIZE),
                    "sub": fitted(card.sub, sub_room(card), _SUB_SIZE),
                    "kind": card.kind,
                    "shape": KINDS[card.kind].shape,
                    "word": KINDS[card.kind].word,
                    "tip": card.tip,
                    "badge": card.badge,
                    "badgeWidth": badge_width(card.badge),
                    "dim": card.dim,
                    "outlined": card.outlined,
                    "stack": len(card.stack),
                }
                for card in self.cards
            ],
            "links": [
                {
                    "id": link.id,
                    "source": link.source,
                    "target": link.target,
                    "d": routes[link.id].d,
                    "chip": link.chip,
                    "chipAt": routes[link.id].chip,
                    "chipWidth": chip_width(link.chip),
                    "style": link.style,
                    "bold": link.bold,
                    "dim": link.dim,
                    "says": link.says,
                }
                for link in self.links
                if link.id in routes
            ],
            "headers": [
                {"x": round(x, 1), "text": text}
                for x, text in zip(self.placement.columns, self.headers, strict=False)
                if text
            ],
            "legend": [
                {"mark": mark, "word": word, "shape": KINDS[mark].shape if mark in KINDS else ""}
                for mark, word in self.legend
            ],
        }


def text_width(text: str, size: float) -> float:
    """Rough width of text in a sans face, in pixels; a little too wide rather than too narrow."""
    units = 0.0
    for char in text:
        if char in "iljtfI.,:;'|!()[]/ ":
            units += 0.31
        elif char in "mwMW@%":
            units += 0.88
        elif char.isupper() or ord(char) > 0x2E80:
            units += 0.68 if ord(char) < 0x2E80 else 1.0
        else:
            units += 0.54
    return units * size


def fitted(text: str, room: float, size: float) -> str:
    """The text cut in its middle until it fits the room."""
    if text_width(text, size) <= room:
        return text
    most = len(text)
    while most > 5 and text_width(middle_cut(text, most), size) > room:
        most -= 1
    return middle_cut(text, most)


def title_room(card: Card) -> float:
    """Pixels a card's title may take."""
    return layout.CARD_WIDTH - 50


def sub_room(card: Card) -> float:
    """Pixels a card's second line may take beside its badge."""
    return layout.CARD_WIDTH - 50 - (badge_width(card.badge) + 4 if card.badge else 0)


def badge_width(badge: str) -> float:
    """Width of a card's badge; 0 without one."""
    return round(text_width(badge, 9.5) + 14, 1) if badge else 0.0


def chip_width(chip: str) -> float:
    """Width of an arrow's chip; 0 without one."""
    return round(text_width(chip, _CHIP_SIZE) + 18, 1) if chip else 0.0


def legend_of(cards: Iterable[Card], links: Iterable[Link]) -> tuple[tuple[str, str], ...]:
    """Only what the picture shows, in the order of the colour table."""
    shown = {card.kind for card in cards}
    found = [(kind, look.word) for kind, look in KINDS.items() if kind in shown]
    links = list(links)
    styles = {link.style for link in links}
    if any(link.bold for link in links):
        found.append(("bold", "selected path"))
    for style, word in (
        ("conditional", "needs a condition"),
        ("breaks", "breaks"),
        ("keeps", "keeps working"),
    ):
        if style in styles:
            found.append((style, word))
    return tuple(found)


def draw(
    cards: Sequence[Card],
    links: Sequence[Link],
    *,
    columns: Mapping[str, int] | None = None,
    headers: Callable[[int], str] | None = None,
    note: str = "",
    alt: str = "",
) -> Drawing:
    """Place the cards and arrows; ``headers`` gives the word above each of the columns."""
    placement = layout.place(
        [card.id for card in cards],
        [layout.Edge(e.id, e.source, e.target, chip_width(e.chip)) for e in links],
        columns=columns,
        headers=headers is not None,
    )
    count = len(placement.columns)
    words = tuple(headers(i) for i in range(count)) if headers is not None else ()
    kept = tuple(link for link in links if link.id in placement.routes)
    members = {card.id: card.stack for card in cards if card.stack}
    return Drawing(tuple(cards), kept, placement, words, legend_of(cards, kept), note, alt, members)


def card_of(principal: Principal, **changes: Any) -> Card:
    """The card of one principal."""
    badge = "ADMIN" if principal.admin else ""
    tip = f"{KINDS[principal.kind].word} {principal.key}"
    card = Card(
        principal.key,
        principal.name,
        principal.place,
        principal.kind,
        tip,
        principal.account,
        badge,
    )
    return replace(card, **changes)


def hop_id(hop: Mapping[str, Any]) -> str:
    """Identity of a hop in a link: its ends."""
    return f"{hop['from']}→{hop['to']}"


def paths_drawing(
    answer: Mapping[str, Any], selected: int, directory: Directory, *, only_selected: bool = False
) -> Drawing:
    """The union of the best paths, the selected one bold and its hops numbered.

    Args:
        answer: The ``paths`` answer.
        selected: Index of the selected path.
        directory: What is known of the principals.
        only_selected: Leave the other paths out.
    """
    paths = answer["paths"]
    if not paths:
        return draw([], [])
    chosen = paths[selected]
    others = [] if only_selected else [p for i, p in enumerate(paths) if i != selected]
    shown = [chosen, *others[: MOST_PATHS - 1]]
    number = {hop_id(hop): i for i, hop in enumerate(chosen["hops"], 1)}
    on_path = {key for hop in chosen["hops"] for key in (hop["from"], hop["to"])}
    hops: dict[str, list[Mapping[str, Any]]] = {}
    # The best path first, so that the drawing does not jump when another one is selected.
    for path in sorted(shown, key=paths.index):
        for hop in path["hops"]:
            same = hops.setdefault(hop_id(hop), [])
            if not any(seen["operation"] == hop["operation"] for seen in same):
                same.append(hop)
    keys = dict.fromkeys(key for same in hops.values() for key in (same[0]["from"], same[0]["to"]))
    cards = [card_of(directory.describe(key), dim=key not in on_path) for key in keys]
    links = []
    for identity, same in hops.items():
        open_ways = [hop for hop in same if hop["verdict"] == "allow"]
        hop = (open_ways or same)[0]
        words = [] if open_ways else condition_names(hop["requirements"])
        step = number.get(identity)
        chip = " · ".join(
            part
            for part in (
                str(step) if step else "",
                technique_word(hop),
                ", ".join(words[:2]) + (" …" if len(words) > 2 else ""),
            )
            if part
        )
        a, b = directory.describe(hop["from"]), directory.describe(hop["to"])
        links.append(
            Link(
                identity,
                hop["from"],
                hop["to"],
                chip,
                "plain" if open_ways else "conditional",
                bold=step is not None,
                dim=step is None,
                says=f"{f'hop {step}, ' if step else ''}{a.name} to {b.name}, {hop['operation']}, "
                + (f"needs {', '.join(words)}" if words else "no condition"),
            )
        )
    left = len(paths) - len(shown)
    note = "" if only_selected or left <= 0 else f"The best {len(shown)} of {len(paths)} are drawn."
    start, goal = directory.describe(answer["from"]), directory.describe(answer["to"])
    last = max(1, len(cards) - 1)

    drawing = draw(
        cards,
        links,
        headers=lambda _: "",
        note=note,
        alt=f"{counted(len(shown), 'path')} from {start.name} to {goal.name}, "
        f"{counted(len(cards), 'principal')}",
    )
    last = len(drawing.placement.columns) - 1
    words_above = tuple(
        "START" if i == 0 else "TARGET" if i == last else "" for i in range(last + 1)
    )
    return replace(drawing, headers=words_above)


def technique_word(hop: Mapping[str, Any]) -> str:
    """A word for a hop that is not a plain ``AssumeRole``; empty for one that is."""
    if hop.get("technique"):
        return str(hop["technique"])
    operation = str(hop.get("operation", ""))
    return {
        "AssumeRole": "",
        "AssumeRoleWithSAML": "SAML",
        "AssumeRoleWithWebIdentity": "OIDC",
        "sso": "Identity Center",
    }.get(operation, operation)


def grouped(
    cards: Sequence[Card],
    links: Sequence[Link],
    columns: Mapping[str, int],
    *,
    opened: frozenset[str] = frozenset(),
    most: int = MOST_CARDS,
    above: int = 2,
    keep: frozenset[str] = frozenset(),
) -> tuple[list[Card], list[Link], dict[str, int], str]:
    """Stack cards of one column and account, when there are more of them than ``above``.

    When even the stacks are too many, a whole column becomes one stack.

    Args:
        cards: Cards to be drawn.
        links: Arrows between them.
        columns: Column of each card.
        opened: Ids of stacks to leave open.
        most: Cards that may be drawn.
        above: Cards of one column and account that stay single.
        keep: Ids that are never stacked.

    Returns:
        Cards, arrows, columns, and a sentence that says what was done (empty: nothing).
    """
    by_account = {c.id: f"{columns[c.id]}/{c.kind}/{c.account}" for c in cards if c.id not in keep}
    placed = _stack(cards, links, columns, by_account, above, opened)
    if len(placed[0]) > most:
        by_column = {c.id: f"{columns[c.id]}/*" for c in cards if c.id not in keep}
        placed = _stack(cards, links, columns, by_column, above, opened)
    drawn = len(placed[0])
    if drawn == len(cards):
        return *placed, ""
    how = "column" if any(card.id.endswith("/*") for card in placed[0]) else "account and kind"
    return *placed, f"Grouped by {how}: {drawn} cards instead of {len(cards)}. Click one to open."


def _stack(
    cards: Sequence[Card],
    links: Sequence[Link],
    columns: Mapping[str, int],
    group_of: Mapping[str, str],
    above: int,
    opened: frozenset[str],
) -> tuple[list[Card], list[Link], dict[str, int]]:
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(group_of.get(card.id, card.id), []).append(card)
    into: dict[str, str] = {}
    new_cards: list[Card] = []
    new_columns: dict[str, int] = {}
    for name, members in groups.items():
        if len(members) <= above or name in opened:
            for card in members:
                into[card.id] = card.id
                new_cards.append(card)
                new_columns[card.id] = columns[card.id]
            continue
        new_cards.append(_stacked(name, members))
        new_columns[name] = columns[members[0].id]
        into.update(dict.fromkeys((card.id for card in members), name))
    merged: dict[tuple[str, str, str], list[Link]] = {}
    for link in links:
        if link.source in into and link.target in into:
            ends = (into[link.source], into[link.target], link.style)
            merged.setdefault(ends, []).append(link)
    new_links = [
        same[0]
        if (source, target) == (same[0].source, same[0].target)
        else replace(
            same[0],
            id=f"{source}→{target}/{style}",
            source=source,
            target=target,
            chip=str(len(same)) if len(same) > 1 else same[0].chip,
            says=f"{counted(len(same), 'arrow')} together",
        )
        for (source, target, style), same in merged.items()
    ]
    return new_cards, new_links, new_columns


def _stacked(name: str, members: Sequence[Card]) -> Card:
    kinds = {card.kind for card in members}
    word = KINDS[members[0].kind].word if len(kinds) == 1 else "principal"
    admins = sum(card.badge == "ADMIN" for card in members)
    accounts = {card.sub for card in members}
    plural = {"third party": "third parties"}.get(word, f"{word}s")
    return Card(
        name,
        f"{len(members)} {plural}",
        members[0].sub if len(accounts) == 1 else f"{len(accounts)} places",
        members[0].kind if len(kinds) == 1 else "role",
        "\n".join(card.title for card in members[:20])
        + (f"\nand {len(members) - 20} more" if len(members) > 20 else ""),
        members[0].account if len(accounts) == 1 else "",
        f"{admins} ADMIN" if admins else "",
        dim=all(card.dim for card in members),
        stack=tuple(card.id for card in members),
    )
