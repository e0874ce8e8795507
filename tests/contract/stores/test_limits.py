"""No statement runs for ever."""

import time

import pytest

from graph.stores import bolt, bulk
from iam.errors import QueryError
from tests.contract.stores.graphs import small
from tests.support.servers import Servers


def test_a_statement_ends_in_time(stores: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bolt, "CONSOLE_SECONDS", 2.0)
    monkeypatch.setattr(bulk, "STATEMENT_SECONDS", 2.0)
    store = stores.open("hurried")
    store.load(small())
    started = time.monotonic()
    with pytest.raises(QueryError, match="not done after 2 s") as raised:
        store.console(
            "UNWIND range(1, 20000) AS a UNWIND range(1, 20000) AS b UNWIND range(1, 1000) AS c"
            " WITH a WHERE a % 7 = 1 RETURN count(*) AS n"
        )
    assert "LIMIT" in raised.value.help
    assert time.monotonic() - started < 20
    assert store.console("RETURN 1 AS one").rows == [{"one": 1}]
