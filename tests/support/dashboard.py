"""A dashboard's server, and a Chromium that reaches this machine alone and notes what it did."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE = 60_000
"""Milliseconds; a busy machine compiles and sends the pages slowly."""

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


@contextmanager
def dashboard(*arguments: str, env: Mapping[str, str]) -> Iterator[str]:
    """``rolepath serve`` on a free port; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), *arguments]
    child = subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == f"http://127.0.0.1:{port}"
        yield f"http://127.0.0.1:{port}"
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()


@dataclass
class Visit:
    """One page of a browser, with every request, every answer's policy and every complaint."""

    page: Page
    base: str
    hosts: set[str] = field(default_factory=set)
    policies: list[str | None] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen before the first request."""
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "response",
            lambda answer: (
                self.policies.append(answer.headers.get("content-security-policy"))
                if answer.url.startswith(self.base)
                else None
            ),
        )
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"}:
            self.hosts.add(parts.netloc)

    def open(self, path: str, title: str) -> None:
        """Open a page of the dashboard and wait for its heading."""
        self.page.goto(self.base + path)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=PATIENCE)

    def sees(self, text: str) -> None:
        """Wait until the words stand on the page, with or without the joiners of ``esc_md``."""
        pattern = "\u2060?".join(re.escape(char) for char in text)
        expect(self.page.get_by_text(re.compile(pattern)).first).to_be_visible(timeout=PATIENCE)

    def settled(self) -> None:
        """Wait until the run is over and nothing is a placeholder any more.

        Not by a function in the page: the policy lets nobody make code of text.
        """
        done = self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        expect(done).to_have_count(1, timeout=PATIENCE)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)

    def is_clean(self) -> None:
        """No foreign host was asked, every answer has the policy, nothing broke."""
        assert self.hosts == {urlsplit(self.base).netloc}
        assert self.policies
        assert all(policy and "default-src 'self'" in policy for policy in self.policies)
        # Opened at a deep address, Streamlit first looks for its base path there: two 404s.
        left = [c for c in self.complaints if "404 (Not Found)" not in c]
        assert left == []
        assert self.page.get_by_text("did not expect").count() == 0


@contextmanager
def browser(chromium: Path) -> Iterator[Browser]:
    """A headless Chromium for which every other machine does not exist."""
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=str(chromium), args=list(OPTIONS))
        yield made
        made.close()
