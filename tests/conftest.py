"""Tests say what they need, are skipped aloud without it, and never touch the reader's own data.

A test that needs something a machine may lack carries a marker: ``neo4j`` or ``browser``. Without
it the test is skipped with the reason; under ``ROLEPATH_REQUIRE=neo4j,browser`` (CI) such a skip,
and one that a test or a fixture decides for itself, is a failure.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import platformdirs
import pytest

from tests.support import needs
from tests.support.command import Command, installed_command
from tests.support.servers import neo4j_shared, server, stores

__all__ = ["neo4j_shared", "server", "stores"]  # fixtures, for every test

REPOSITORY = Path(__file__).resolve().parent.parent

_temporary = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_decoy = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give the whole run a home of its own, and put a decoy where the reader's home would be."""
    unknown = needs.required() - set(needs.NEEDS)
    if unknown:
        raise pytest.UsageError(f"ROLEPATH_REQUIRE: unknown need `{', '.join(sorted(unknown))}`")
    temporary = tempfile.TemporaryDirectory(prefix="rolepath-tests-", ignore_cleanup_errors=True)
    config.stash[_temporary] = temporary
    root = Path(temporary.name)
    for name in [name for name in os.environ if name.startswith(("ROLEPATH_", "AWS_"))]:
        if name not in {"ROLEPATH_REQUIRE", "ROLEPATH_TEST_NEO4J"}:
            del os.environ[name]
    os.environ["ROLEPATH_HOME"] = str(root / "home")
    os.environ["XDG_DATA_HOME"] = str(root / "decoy")
    # Embedded servers that commands start go soon after the test.
    os.environ["ROLEPATH_STORE_IDLE"] = "20"
    # No test reaches AWS by the credentials or the metadata service of the machine it runs on.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = str(root / "no-aws-config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(root / "no-aws-credentials")
    config.stash[_decoy] = platformdirs.user_data_path("rolepath")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's own home."""
    temporary = config.stash.get(_temporary, None)
    if temporary is not None:
        temporary.cleanup()


def pytest_report_header() -> list[str]:
    """Say first what this machine lacks."""
    lacks = [f"{need}: {reason}" for need in needs.NEEDS if (reason := needs.lacking(need))]
    required = ", ".join(sorted(needs.required())) or "nothing"
    return [f"required here: {required}", *(f"lacking here: {lack}" for lack in lacks)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test aloud when the machine lacks what its markers name."""
    for need in needs.NEEDS:
        if item.get_closest_marker(need) and (reason := needs.lacking(need)):
            pytest.skip(f"{need}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test that had to run here into a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        for need in sorted(needs.required()):
            if item.get_closest_marker(need) or need in reason.lower():
                report.outcome = "failed"
                report.longrepr = f"ROLEPATH_REQUIRE={need}, yet the test was skipped: {reason}"
                break
    return report


@pytest.fixture(autouse=True)
def default_home_stays_untouched(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that writes to the folder where a reader's own data would be."""
    decoy = request.config.stash[_decoy]
    yield
    if decoy.exists():
        written = sorted(path.relative_to(decoy).as_posix() for path in decoy.rglob("*"))
        shutil.rmtree(decoy)  # so that the next test is not blamed
        pytest.fail(f"the test wrote to the default home: {', '.join(written) or 'the folder'}")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def rolepath_command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The installed ``rolepath`` command, from a wheel of exactly this checkout."""
    return installed_command(REPOSITORY, tmp_path_factory)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The machine's Chromium, for a test that carries the ``browser`` marker."""
    path = needs.chromium()
    if path is None:
        pytest.skip(f"browser: {needs.lacking('browser')}")
    return path
