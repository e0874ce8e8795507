"""Whoever cannot see, point or tell colours apart still gets the answers of the dashboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from app.demo import folder
from tests.support.dashboard import PATIENCE, Visit, browser, dashboard

pytestmark = pytest.mark.browser

PRIYA = "arn:aws:iam::222222222222:user/priya"
JENKINS = "arn:aws:iam::444444444444:role/jenkins-agent"
PAGES = {
    "/": "Overview",
    f"/paths?from={PRIYA}&to=admin": "Path explorer",
    f"/deletion?entity={JENKINS}": "Can it be deleted?",
    f"/deletion?entity={JENKINS}&view=Table": "Can it be deleted?",
    "/query?q=ways_to_admin": "Ask the graph",
    "/query?mode=cypher": "Ask the graph",
    "/data": "How fresh and complete is the data?",
}

# Every element of the page, those inside the components' shadow trees too.
EVERYTHING = """
const all = [];
const walk = root => { for (const node of root.querySelectorAll('*')) {
  all.push(node); if (node.shadowRoot) walk(node.shadowRoot); } };
walk(document);
const visible = node => { const box = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && +style.opacity > 0; };
"""

NAMELESS = f"""() => {{ {EVERYTHING}
  const words = node => (node.getAttribute('aria-label') || node.getAttribute('title') ||
    node.textContent || node.getAttribute('alt') || '').trim();
  const named = node => words(node) ||
    (node.getAttribute('aria-labelledby') || '').split(' ').some(id => {{
      const label = node.getRootNode().getElementById(id); return label && words(label); }}) ||
    (node.labels && [...node.labels].some(words));
  const roles = ['button', 'link', 'combobox', 'textbox', 'tab', 'checkbox', 'switch', 'option'];
  return all.filter(node => visible(node) && (
      node.matches('button, a[href], input, textarea, select') ||
      roles.includes(node.getAttribute('role'))) && !named(node))
    .map(node => node.outerHTML.slice(0, 200)); }}"""

PALE = f"""() => {{ {EVERYTHING}
  const parse = text => {{ const found = text.match(/[\\d.]+/g);
    return found ? found.map(Number) : [0, 0, 0, 0]; }};
  const over = (top, under) => {{ const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a)); }};
  const light = ([r, g, b]) => {{ const [x, y, z] = [r, g, b].map(v => {{ v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }});
    return 0.2126 * x + 0.7152 * y + 0.0722 * z; }};
  const parent = node => node.parentElement || (node.getRootNode().host || null);
  const behind = node => {{ const layers = [];
    for (let n = node; n; n = parent(n)) layers.push(parse(getComputedStyle(n).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]); }};
  const found = new Set();
  for (const node of all) {{
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !visible(node) || node.closest('svg, canvas, [disabled], [aria-hidden=true]'))
      continue;
    const style = getComputedStyle(node), back = behind(node);
    const text = over(parse(style.color), back);
    const [hi, lo] = [light(text), light(back)].sort((a, b) => b - a);
    const ratio = (hi + 0.05) / (lo + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5))
      found.add(`${{ratio.toFixed(2)}} ${{style.color}} ${{node.textContent.trim().slice(0, 40)}}`);
  }}
  return [...found]; }}"""


@pytest.fixture(scope="module")
def chrome(chromium: Path) -> Iterator[Browser]:
    """One browser for the module."""
    with browser(chromium) as made:
        yield made


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard of the demo's snapshot folder."""
    env = {"ROLEPATH_HOME": str(tmp_path_factory.mktemp("access"))}
    with dashboard("--snapshot", str(folder()), env=env) as base:
        yield base


Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def opened(chrome: Browser, address: str) -> Iterator[Open]:
    """Open a page of the dashboard; a theme and a width keep one profile and its files."""
    contexts: dict[tuple[str, int], BrowserContext] = {}

    def visit(path: str, scheme: Literal["light", "dark"] = "light", width: int = 1280) -> Visit:
        context = contexts.get((scheme, width))
        if context is None:
            size: ViewportSize = {"width": width, "height": 1000}
            context = chrome.new_context(viewport=size, color_scheme=scheme)
            contexts[scheme, width] = context
        for page in context.pages:
            page.close()
        found = Visit(context.new_page(), address)
        found.open(quote(path, safe="/?&=:"), PAGES[path])
        found.settled()
        return found

    yield visit
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", list(PAGES))
def test_controls_have_names_and_text_can_be_read(opened: Open, path: str, scheme: str) -> None:
    visit = opened(path, scheme)
    assert visit.page.evaluate(NAMELESS) == []
    assert visit.page.evaluate(PALE) == []


def test_the_checks_see_what_is_wrong(chrome: Browser) -> None:
    """The control: a nameless button and pale text are found, inside a shadow tree too."""
    page = chrome.new_page()
    page.set_content(
        "<div id=host></div><button style='width:20px;height:20px'></button>"
        "<p style='color:#aaa'>pale</p><p style='color:#555'>fine</p>"
    )
    page.evaluate(
        "document.getElementById('host').attachShadow({mode: 'open'}).innerHTML ="
        ' \'<input style="width:20px"><b style="color:#bbb">inner</b>\''
    )
    assert len(page.evaluate(NAMELESS)) == 2
    assert sorted(line.split(" ")[-1] for line in page.evaluate(PALE)) == ["inner", "pale"]
    page.close()


@pytest.mark.parametrize("path", list(PAGES))
def test_nothing_is_cut_off_on_a_narrow_window(opened: Open, path: str) -> None:
    visit = opened(path, width=800)
    wider = visit.page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]');"
        " return m.scrollWidth - m.clientWidth; }"
    )
    assert wider <= 1


def test_the_graph_is_reached_and_read_by_the_keyboard(opened: Open) -> None:
    visit = opened(f"/paths?from={PRIYA}&to=admin")
    start = visit.page.get_by_role("button", name="priya, user").first
    expect(start).to_be_visible(timeout=PATIENCE)
    start.focus()
    name = "(n => (n.shadowRoot ? n.shadowRoot.activeElement : n).getAttribute('aria-label'))"
    assert "priya" in visit.page.evaluate(f"{name}(document.activeElement)")
    visit.page.keyboard.press("ArrowRight")
    assert "priya" not in visit.page.evaluate(f"{name}(document.activeElement)").split(",")[0]
