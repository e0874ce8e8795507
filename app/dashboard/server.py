"""The server lets a page load nothing that it did not serve itself."""

import base64
import hashlib
import logging
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)


def inline_scripts(page: str) -> list[str]:
    """The hashes by which a policy allows the scripts that stand in a page, and no other.

    Example:
        >>> inline_scripts("<script>x</script><script src='y'></script>")
        ["'sha256-LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE='"]
    """
    texts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


_INDEX = Path(st.__file__).with_name("static") / "index.html"
POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit's own page has a script in it; its hash lets that one run.
        " ".join(
            ("script-src 'self' 'wasm-unsafe-eval'", *inline_scripts(_INDEX.read_text("utf-8")))
        ),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy of every response."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


class StrictHeaders:
    """ASGI middleware that puts the policy on every HTTP response."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass the call on; the start of a response gets our headers in place of its own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = {name for name, _ in HEADERS}

        async def with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        await self._app(scope, receive, with_headers)


def failed(error: Exception) -> bool:
    """Log an unexpected failure under an id, and show only the id."""
    number = secrets.token_hex(4)
    logger.error("failure %s", number, exc_info=error)
    st.error(
        f"Something went wrong that rolepath did not expect (failure {number}). "
        "The server's log has the details under this number."
    )
    return True


app = st.App(
    Path(__file__).with_name("main.py"),
    middleware=[Middleware(StrictHeaders)],
    on_script_error=failed,
)
