"""Wildcard patterns match in linear time, and text that a variable brought in stays literal.

A *pattern* is text in which ``*`` and ``?`` were replaced by two private characters, so that a
star that came out of a tag value is still a star (A-46).

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from functools import lru_cache

STAR = "\ue000"
ONE = "\ue001"
_TABLE = str.maketrans({"*": STAR, "?": ONE})


def pattern(text: str) -> str:
    """Turn policy text into a pattern.

    Example:
        >>> matches(pattern("role/dev-*"), "role/dev-1")
        True
        >>> matches("role/dev-*", "role/dev-1")
        False
    """
    return text.translate(_TABLE)


def is_literal(pat: str) -> bool:
    """Whether a pattern has no wildcard at all."""
    return STAR not in pat and ONE not in pat


def show(pat: str) -> str:
    """The pattern as a policy author would write it."""
    return pat.replace(STAR, "*").replace(ONE, "?")


@lru_cache(maxsize=65536)
def _pieces(pat: str) -> tuple[str, ...]:
    return tuple(pat.split(STAR))


def matches(pat: str, text: str) -> bool:
    """Whether the whole text fits the pattern; ``*`` is any run, ``?`` exactly one character."""
    if STAR not in pat:
        return _same(pat, text)
    pieces = _pieces(pat)
    first, last = pieces[0], pieces[-1]
    if len(text) < len(first) + len(last):
        return False
    if not _same(first, text[: len(first)]):
        return False
    end = len(text) - len(last)
    if not _same(last, text[end:]):
        return False
    at = len(first)
    # INVARIANT: taking the leftmost place for each middle piece never loses a match.
    for piece in pieces[1:-1]:
        at = _find(piece, text, at, end)
        if at < 0:
            return False
    return True


def _same(piece: str, text: str) -> bool:
    if len(piece) != len(text):
        return False
    if ONE not in piece:
        return piece == text
    return all(a in (ONE, b) for a, b in zip(piece, text, strict=True))


def _find(piece: str, text: str, start: int, end: int) -> int:
    """End of the leftmost place of a piece in ``text[start:end]``; -1 when there is none."""
    if ONE not in piece:
        at = text.find(piece, start, end)
        return at + len(piece) if at >= 0 else -1
    for at in range(start, end - len(piece) + 1):
        if _same(piece, text[at : at + len(piece)]):
            return at + len(piece)
    return -1


def overlaps(a: str, b: str) -> bool:
    """Whether some text may fit both patterns; True where it cannot be excluded cheaply."""
    if is_literal(a):
        return matches(b, a)
    if is_literal(b):
        return matches(a, b)
    head_a, head_b = _pieces(a)[0], _pieces(b)[0]
    tail_a, tail_b = _pieces(a)[-1], _pieces(b)[-1]
    if ONE in head_a + head_b + tail_a + tail_b:
        return True
    heads = head_a.startswith(head_b) or head_b.startswith(head_a)
    tails = tail_a.endswith(tail_b) or tail_b.endswith(tail_a)
    return heads and tails
