"""Every view asks here; answers are kept per snapshot, so a new load never shows old ones."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.dashboard.parts import ledger
from app.dashboard.parts.principals import Directory
from iam.errors import StoreUnavailableError

if TYPE_CHECKING:
    from app.answers import Answers

_ENVIRONMENT = ("ROLEPATH_STORE", "ROLEPATH_DATA", "ROLEPATH_SNAPSHOT", "ROLEPATH_HOME")

Json = dict[str, Any]


def open_answers(store: str, data: str, snapshot: str) -> "Answers":
    """Open what the environment means; tests put their own in its place."""
    from app.answers import Answers

    return Answers.open(store_url=store or None, data=data or None, snapshot=snapshot or None)


def _close(answers: "Answers") -> None:
    answers.close()


@st.cache_resource(show_spinner=False, on_release=_close, max_entries=4)
def _opened(source: tuple[str, ...]) -> "Answers":
    store, data, snapshot, _ = source
    return open_answers(store, data, snapshot)


def _source() -> tuple[str, ...]:
    return tuple(os.environ.get(name, "") for name in _ENVIRONMENT)


def answers() -> "Answers":
    """The open answers of this process."""
    return _opened(_source())


def folder() -> str:
    """The path of the snapshot that is asked in place of a data set; empty where it is none."""
    asked = os.environ.get("ROLEPATH_SNAPSHOT", "")
    return asked if asked and Path(asked).exists() else ""


def info() -> Json:
    """What is answered from: data set, snapshot, time and counts; opened again if it went away."""
    try:
        return answers().info()
    except StoreUnavailableError:
        _opened.clear()
        return answers().info()


def identity() -> str:
    """Data set and snapshot, as a part of keys."""
    found = info()
    return f"{found['data']}/{found['snapshot']}/{found['taken_at']}"


@st.cache_data(show_spinner=False, max_entries=500, max_size="200MB")
def _asked(key: str, source: tuple[str, ...], what: str, question: Json, _answers: Any) -> Any:
    return getattr(_answers, what)(**question)


def ask(what: str, **question: Any) -> Any:
    """An answer by the name of its method, kept while the snapshot is current."""
    key = identity()
    return _asked(key, _source(), what, question, answers())


@st.cache_data(show_spinner=False, max_entries=8)
def _counts(source: tuple[str, ...], data: str, snapshot: str) -> dict[str, int]:
    with open_answers("", data, snapshot) as kept:
        model = kept.snapshot_model()
    return {
        "users": len(model.users),
        "roles": len(model.roles),
        "accounts": sum(account.collected for account in model.accounts.values()),
    }


def counts_of(snapshot: str) -> dict[str, int]:
    """Users, roles and accounts of another snapshot that is kept of the same data set."""
    return _counts(_source(), str(info()["data"]), snapshot)


def forget() -> None:
    """Drop what is kept; the next question is asked anew."""
    _asked.clear()
    _opened.clear()


@st.cache_resource(show_spinner=False, max_entries=4)
def _directory(key: str, source: tuple[str, ...], _answers: Any) -> Directory:
    model = _answers.snapshot_model()
    return Directory(
        accounts={a.id: a.name for a in model.accounts.values() if a.name},
        service_roles=frozenset(arn for arn, role in model.roles.items() if _serves(role)),
        admins=_admins(_answers),
        names={key: user.name for key, user in model.identity_center_users.items()},
    )


def _admins(answers_: Any) -> frozenset[str]:
    find: Callable[[], frozenset[str]] | None = getattr(answers_, "admins", None)
    return frozenset(find()) if find else frozenset()


def _serves(role: Any) -> bool:
    """Whether the trust document of a role names a service: what the card's shape tells."""
    document = role.trust.document if role.trust else None
    if not isinstance(document, Mapping):
        return False
    statements = document.get("Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal") if isinstance(statement, Mapping) else None
        if isinstance(principal, Mapping) and "Service" in principal:
            return True
    return False


@st.cache_resource(show_spinner=False, max_entries=4)
def _ledger(key: str, source: tuple[str, ...], _answers: Any) -> ledger.Book:
    model = _answers.snapshot_model()
    names = {account.id: account.name for account in model.accounts.values() if account.name}
    return ledger.book(model.coverage, _answers.coverage()["not_seen"], names)


def coverage_ledger() -> ledger.Book:
    """Every scope of the current snapshot, and what was not seen."""
    return _ledger(identity(), _source(), answers())


def snapshots() -> list[Json]:
    """What is kept in the home folder, with ``data id taken_at accounts current path``."""
    from ingest.home import DataSet, data_sets

    return [
        {
            "data": name,
            "id": info.id,
            "taken_at": f"{info.taken_at:%Y-%m-%dT%H:%M:%SZ}" if info.taken_at else "",
            "accounts": len(info.accounts),
            "current": info.is_current,
            "path": str(info.path),
        }
        for name in data_sets()
        for info in DataSet(name).infos()
    ]


def directory() -> Directory:
    """Names, kinds and accounts of the current snapshot."""
    return _directory(identity(), _source(), answers())
