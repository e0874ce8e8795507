"""A report opened in a browser runs nothing, fetches nothing, and shows its own style."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, sync_playwright

from app.cli import cli
from app.demo import folder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=str(chromium),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", *quiet],
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "role.html"
    words = ["report", "role", "production/deploy", "--snapshot", str(folder())]
    result = CliRunner().invoke(cli, [*words, "--output", str(file)])
    assert result.exit_code == 0, result.output
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_shows_its_own_style_and_asks_nobody_for_anything(
    browser: Browser, report: Path, scheme: str, width: int
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
    )
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert said == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(14, 17, 23)"}[scheme]
    # Wide tables scroll by themselves; the page never does.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Who can enter it").click()
    assert page.url.endswith("#enter")
    context.close()


def test_what_gets_into_it_cannot_run(browser: Browser, report: Path) -> None:
    """Were the escaping to fail, the page's own policy still would not let a script run."""
    broken = report.with_name("broken.html")
    script = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    broken.write_text(
        report.read_text("utf-8").replace("<main>", f"<main>{script}"), encoding="utf-8"
    )
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(broken.as_uri())
    page.wait_for_timeout(300)
    assert page.title() == "Role deploy (666666666666)"
    assert any("Content Security Policy" in text for text in refused)
    page.close()
