"""Everything of a user lies in one folder, and `ROLEPATH_HOME` moves it."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """``ROLEPATH_HOME``, by default the platform's user data folder; not made by asking."""
    given = os.environ.get("ROLEPATH_HOME")
    return Path(given) if given else platformdirs.user_data_path("rolepath", appauthor=False)
