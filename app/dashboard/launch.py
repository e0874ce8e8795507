"""How the dashboard's server is started: one command and one environment, for whoever starts it."""

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

SERVER = Path(__file__).resolve().parent / "server.py"
_ROOT = SERVER.parents[2]

OPTIONS: Mapping[str, str] = {
    # No usage statistics, and no box that offers to send an error's text to somebody.
    "browser.gatherUsageStats": "false",
    "client.showErrorLinks": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "runner.magicEnabled": "false",
    "runner.fastReruns": "true",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "server.enableAgentApi": "false",
    "server.websocketPingInterval": "20",
    "logger.hideWelcomeMessage": "true",
    "theme.showWidgetBorder": "true",
    "theme.baseRadius": "8px",
    "theme.light.primaryColor": "#3b5bdb",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f6f7fb",
    "theme.light.textColor": "#101828",
    "theme.light.borderColor": "#d5d9e2",
    "theme.light.linkColor": "#3b5bdb",
    "theme.light.codeTextColor": "#0f5132",
    "theme.light.grayTextColor": "#475467",
    "theme.light.greenTextColor": "#05603a",
    "theme.light.redTextColor": "#b42318",
    "theme.light.orangeTextColor": "#8a3b06",
    "theme.light.blueTextColor": "#1849a9",
    "theme.light.violetTextColor": "#5925dc",
    "theme.dark.primaryColor": "#8da2fb",
    "theme.dark.backgroundColor": "#0e1117",
    "theme.dark.secondaryBackgroundColor": "#171c27",
    "theme.dark.textColor": "#eef1f6",
    "theme.dark.borderColor": "#323a49",
    "theme.dark.linkColor": "#a5b4fc",
    "theme.dark.codeTextColor": "#7ee0b5",
}
"""Options of Streamlit, as ``section.name`` and the text of the value."""


def command(port: int, address: str = "127.0.0.1") -> list[str]:
    """The command that serves the dashboard; start it with ``env()``.

    Nothing of the folder it is started in is imported (``-P``), whatever packages lie there.
    """
    options = {**OPTIONS, "server.port": str(port), "server.address": address}
    return [
        *(sys.executable, "-P", "-m", "streamlit", "run", str(SERVER)),
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def env(
    *, store: str = "", data: str = "", home: str | Path = "", snapshot: str | Path = ""
) -> dict[str, str]:
    """The environment of the server: this one's, with what to answer from.

    Args:
        store: A store's URL; empty leaves what is there.
        data: Name of the data set.
        home: The folder of all data sets.
        snapshot: A snapshot's folder or id, to answer from without a store.
    """
    chosen = {
        "ROLEPATH_STORE": store,
        "ROLEPATH_DATA": data,
        "ROLEPATH_HOME": str(home),
        "ROLEPATH_SNAPSHOT": str(snapshot),
    }
    made = {**os.environ, **{name: value for name, value in chosen.items() if value}}
    if Path(sysconfig.get_path("purelib")) != _ROOT:  # a checkout: -P would lose it
        known = made.get("PYTHONPATH", "")
        made["PYTHONPATH"] = f"{_ROOT}{os.pathsep}{known}" if known else str(_ROOT)
    return made
