"""A resource pattern matches per ARN segment; a star that ends a segment may run over colons.

Source:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from iam.match import glob
from iam.match.glob import ONE, STAR


def is_short(pat: str) -> bool:
    """Whether an ARN pattern has fewer than six parts and no lone or trailing star (A-40)."""
    return pat != STAR and pat.count(":") < 5 and not pat.endswith(STAR)


def matches(pat: str, arn: str) -> bool:
    """Whether a resource pattern matches an ARN (A-38 to A-43); case sensitive (A-41).

    Missing parts of a short ARN are completed with a star, as AWS does in identity policies and
    boundaries (A-40); callers that must not complete ask ``is_short`` first.

    Example:
        >>> role = "arn:aws:iam::111111111111:role/team/DevX"
        >>> matches(glob.pattern("arn:aws:iam::111111111111:role/*"), role)
        True
        >>> matches(glob.pattern("arn:aws:iam::111111111111:role/Dev*"), role)
        False
        >>> matches(glob.pattern("arn:aws:iam::*"), role)
        True
    """
    if pat in (STAR, arn):
        return True
    parts = pat.split(":", 5)
    have = arn.split(":", 5)
    short = list(parts)
    if len(have) != 6:
        return glob.matches(pat, arn)
    parts = parts + [STAR] * (6 - len(parts))
    if all(glob.matches(p, h) for p, h in zip(parts, have, strict=True)):
        return True
    # only a star that ends one of the first five segments can cross a colon.
    return any(p.endswith(STAR) for p in short[:5]) and (_cross(parts, arn) or _cross(short, arn))


def _cross(parts: list[str], arn: str) -> bool:
    """Walk all positions at once, so that many stars cost no more than pattern × text."""
    tokens: list[tuple[str, bool]] = []  # (character, may cross a colon)
    for number, part in enumerate(parts):
        for place, char in enumerate(part):
            crosses = number == 5 or (char == STAR and place == len(part) - 1)
            tokens.append((char, crosses))
        if number < len(parts) - 1:
            tokens.append((":", False))
    states = {0}
    states = _skip(states, tokens)
    for char in arn:
        after: set[int] = set()
        for state in states:
            if state == len(tokens):
                continue
            token, crosses = tokens[state]
            if token == STAR:
                if crosses or char != ":":
                    after.add(state)
            elif token == ONE:
                if crosses or char != ":":
                    after.add(state + 1)
            elif token == char:
                after.add(state + 1)
        states = _skip(after, tokens)
        if not states:
            return False
    return len(tokens) in states


def _skip(states: set[int], tokens: list[tuple[str, bool]]) -> set[int]:
    found = set(states)
    for state in states:
        at = state
        while at < len(tokens) and tokens[at][0] == STAR:
            at += 1
            found.add(at)
    return found
