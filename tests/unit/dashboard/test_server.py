"""The server puts its policy on every answer; of a failure a reader learns the id alone."""

import asyncio
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from app.dashboard import launch, server

Headers = list[tuple[bytes, bytes]]


def answered(headers: Headers, kind: str = "http") -> Headers:
    """The headers of an answer that an application gave with these."""
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(server.StrictHeaders(application)({"type": kind}, receive, send))
    assert sent[1]["body"] == b"x"
    found: Headers = sent[0]["headers"]
    return found


def test_every_answer_has_the_policy_once_and_keeps_its_own_headers() -> None:
    found = answered([(b"Content-Security-Policy", b"default-src *"), (b"etag", b"1")])
    assert [value for name, value in found if name.lower() == b"content-security-policy"] == [
        server.POLICY.encode()
    ]
    assert (b"etag", b"1") in found
    assert dict(found)[b"x-frame-options"] == b"DENY"


def test_a_socket_is_passed_on_as_it_is() -> None:
    assert answered([(b"a", b"b")], kind="websocket") == [(b"a", b"b")]


def test_the_policy_names_no_other_host_and_allows_no_inline_script() -> None:
    rules = dict(part.split(" ", 1) for part in server.POLICY.split("; "))
    assert rules["default-src"] == "'self'"
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"].split()
    assert rules["object-src"] == rules["frame-ancestors"] == "'none'"
    sources = {source for rule in rules.values() for source in rule.split()}
    sources -= {source for source in sources if source.startswith("'sha256-")}
    assert not {source for source in sources if "." in source or "*" in source or "//" in source}


def test_the_script_of_the_index_page_is_allowed_by_its_hash_alone() -> None:
    page = (Path(st.__file__).parent / "static" / "index.html").read_text("utf-8")
    hashes = server.inline_scripts(page)
    assert hashes
    rules = dict(part.split(" ", 1) for part in server.POLICY.split("; "))
    assert set(hashes) == {s for s in rules["script-src"].split() if s.startswith("'sha256-")}
    assert server.inline_scripts('<script type="module" src="./a.js"></script>') == []


def test_a_failure_is_logged_under_an_id_and_shown_as_the_id(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "error", shown.append)
    with caplog.at_level(logging.ERROR):
        assert server.failed(ValueError("arn:aws:iam::111111111111:role/secret"))
    number = re.search(r"failure ([0-9a-f]{8})", shown[0])
    assert number is not None
    assert "111111111111" not in shown[0]
    assert number[1] in caplog.text
    assert "role/secret" in caplog.text


def test_the_command_imports_nothing_of_the_folder_it_starts_in() -> None:
    command = launch.command(8600)
    assert command[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    assert Path(command[5]).name == "server.py"
    assert {"--server.port=8600", "--server.address=127.0.0.1"} <= set(command)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("browser.gatherUsageStats", "false"),
        ("client.showErrorLinks", "false"),
        ("client.showErrorDetails", "none"),
        ("client.toolbarMode", "minimal"),
        ("server.enableAgentApi", "false"),
        ("server.enableStaticServing", "false"),
        ("runner.magicEnabled", "false"),
    ],
)
def test_nothing_is_sent_anywhere_by_an_option(option: str, value: str) -> None:
    assert f"--{option}={value}" in launch.command(1)


def test_the_environment_says_what_to_answer_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLEPATH_DATA", "kept")
    found = launch.env(snapshot="folder", home=Path("home"))
    assert found["ROLEPATH_SNAPSHOT"] == "folder"
    assert found["ROLEPATH_HOME"] == "home"
    assert found["ROLEPATH_DATA"] == "kept"
    assert "ROLEPATH_STORE" not in found
