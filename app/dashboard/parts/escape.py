"""Text from AWS reaches a page through one helper, so that it is shown and never obeyed.

A name, description or tag may hold Markdown: an image there would make the reader's browser call
out, and a link would leave the page. ``esc_md`` is for text inside Markdown; ``st.text``,
``st.code``, ``st.dataframe`` and our own component need none.
"""

import re
import string

_PUNCTUATION = re.compile("([" + re.escape(string.punctuation) + "])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
# Streamlit turns these into links, icons and emoji after the escapes are gone.
_LATE = re.compile(r"(?<=[:/@])(?=\S)|(?<=www)(?=\.)", re.IGNORECASE)
_JOINER = "\u2060"


def esc_md(text: object) -> str:
    r"""Markdown that shows exactly this text, on one line.

    Every ASCII mark is escaped, control and direction characters become a space, and an invisible
    word joiner parts what would become a link or an icon once the escapes are gone.

    Example:
        >>> esc_md("a*b")
        'a\\*b'
        >>> "![" in esc_md("![x](https://host/)")
        False
    """
    return escaped(_LATE.sub(_JOINER, str(text)))


def escaped(text: str) -> str:
    r"""Text on one line whose every ASCII mark is escaped, and nothing is added.

    Example:
        >>> escaped("a*b")
        'a\\*b'
    """
    return _PUNCTUATION.sub(r"\\\1", _CONTROL.sub(" ", text))


def one_line(text: object) -> str:
    """The text without line breaks, control and direction characters, for plain-text places."""
    return _CONTROL.sub(" ", str(text))


def code(text: object) -> str:
    """The text as Markdown code, whatever backticks it holds.

    Example:
        >>> code("ci-deploy")
        '`ci-deploy`'
    """
    plain = _CONTROL.sub(" ", str(text))
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest or plain != plain.strip() else ""
    return f"{fence}{pad}{plain}{pad}{fence}" if plain else "` `"


def middle_cut(text: str, most: int) -> str:
    """The text with its middle left out: both ends of an IAM name carry its meaning.

    Example:
        >>> middle_cut("OrganizationAccountAccessRole", 20)
        'Organizati…ccessRole'
    """
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"
