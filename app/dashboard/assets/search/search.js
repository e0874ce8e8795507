// A combobox that asks the server while one types: two-line rows, keyboard, live count.
// Names come from AWS and are set as text.

const WAIT = 150;
const FEWEST = 2;
const boxes = new WeakMap();
let numbered = 0;

function html(name, className, parent, text = null) {
  const node = document.createElement(name);
  node.className = className;
  if (text !== null) node.textContent = text;
  parent.appendChild(node);
  return node;
}

// Marks each typed word where it occurs, by splitting text nodes, never by writing HTML.
function marked(parent, text, words) {
  const lower = text.toLowerCase();
  let at = 0;
  while (at < text.length) {
    let best = null;
    for (const word of words) {
      const found = lower.indexOf(word, at);
      if (found >= 0 && (!best || found < best.found)) best = { found, word };
    }
    if (!best) break;
    parent.appendChild(document.createTextNode(text.slice(at, best.found)));
    html("mark", "", parent, text.slice(best.found, best.found + best.word.length));
    at = best.found + best.word.length;
  }
  parent.appendChild(document.createTextNode(text.slice(at)));
}

function build(parentElement) {
  const uid = `c${(numbered += 1)}`;
  const host = html("div", "search", parentElement);
  const label = html("label", "label", host);
  label.htmlFor = `${uid}-input`;
  const field = html("div", "field", host);
  const input = html("input", "", field);
  Object.assign(input, { id: `${uid}-input`, type: "text", autocomplete: "off", spellcheck: false });
  for (const [key, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${uid}-list`,
  })) input.setAttribute(key, value);
  const clear = html("button", "clear", field, "×");
  clear.type = "button";
  const panel = html("div", "panel", host);
  panel.hidden = true;
  const list = html("div", "list", panel);
  list.id = `${uid}-list`;
  list.setAttribute("role", "listbox");
  const foot = html("div", "foot", panel);
  const live = html("div", "live", host);
  live.setAttribute("role", "status");
  return {
    uid, host, label, input, clear, panel, list, foot, live,
    rows: [], active: -1, timer: 0, asked: "", typed: false, data: null, send: null,
  };
}

function close(box) {
  box.panel.hidden = true;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
  box.active = -1;
}

function activate(box, index) {
  const options = box.list.children;
  if (!options.length) return;
  if (box.active >= 0 && options[box.active]) options[box.active].setAttribute("aria-selected", "false");
  box.active = (index + options.length) % options.length;
  const option = options[box.active];
  option.setAttribute("aria-selected", "true");
  box.input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function pick(box, arn) {
  clearTimeout(box.timer);
  box.typed = false;
  close(box);
  box.send("picked", arn);
}

function ask(box, text) {
  clearTimeout(box.timer);
  const wanted = text.trim();
  if (wanted.length < FEWEST) return close(box);
  box.timer = setTimeout(() => {
    box.asked = wanted;
    box.send("typed", wanted);
  }, WAIT);
}

function fill(box) {
  const { answer } = box.data;
  if (!box.typed || !answer || answer.text !== box.asked) return;
  const words = answer.text.toLowerCase().split(/\s+/).filter(Boolean);
  box.rows = answer.rows;
  box.list.replaceChildren();
  answer.rows.forEach((row, i) => {
    const option = html("div", `option k-${row.kind}`, box.list);
    option.id = `${box.uid}-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    html("span", "dot", option);
    const lines = html("span", "lines", option);
    marked(html("span", "name", lines), row.name, words);
    marked(html("span", "where", lines), row.where, words);
    option.title = row.arn;
    option.addEventListener("pointerdown", (event) => event.preventDefault());
    option.addEventListener("click", () => pick(box, row.arn));
  });
  const count = answer.total.toLocaleString("en");
  const said = answer.rows.length
    ? `${count} ${answer.total === 1 ? "match" : "matches"} · ↑↓ to move · Enter to choose`
    : `Nothing holds “${answer.text}”. Type a name, an account id, an account's name or a whole ARN.`;
  box.foot.textContent = said;
  box.live.textContent = said;
  box.panel.hidden = false;
  box.input.setAttribute("aria-expanded", "true");
  if (answer.rows.length) activate(box, 0);
}

function wire(box) {
  const { input, clear } = box;
  input.addEventListener("input", () => {
    box.typed = true;
    clear.hidden = !input.value;
    const text = input.value.trim();
    if (/^arn:[\w-]+:(iam|sts)::\d{12}:\S+$/.test(text) && !box.composed) return;
    ask(box, input.value);
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text").trim();
    if (/^arn:[\w-]+:\w+::\d{12}:\S+$/.test(text)) {
      event.preventDefault();
      input.value = text;
      pick(box, text);
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (box.panel.hidden) ask(box, input.value);
      else activate(box, box.active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      const row = box.panel.hidden ? null : box.rows[box.active];
      if (row) pick(box, row.arn);
      else if (input.value.trim().startsWith("arn:")) pick(box, input.value.trim());
    } else if (event.key === "Escape") close(box);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => setTimeout(() => {
    close(box);
    if (box.typed && box.data.value) input.value = box.data.value;
    box.typed = false;
  }, 150));
  clear.addEventListener("click", () => {
    input.value = "";
    clear.hidden = true;
    box.typed = false;
    pick(box, "");
    input.focus();
  });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let box = boxes.get(parentElement);
  if (!box || !box.host.isConnected) {
    box = build(parentElement);
    boxes.set(parentElement, box);
    wire(box);
    box.slash = (event) => {
      const at = event.composedPath()[0];
      const typing = at && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName || "") || at.isContentEditable);
      if (event.key === "/" && box.data.first && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        box.input.focus();
      }
    };
    document.addEventListener("keydown", box.slash);
  }
  box.data = data;
  box.send = setTriggerValue;
  box.label.textContent = data.label;
  box.input.placeholder = data.placeholder;
  box.clear.setAttribute("aria-label", `Clear ${data.label}`);
  if (!box.typed) {
    box.input.value = data.value;
    box.input.title = data.title;
    box.clear.hidden = !data.value;
  }
  fill(box);
  return () => {
    document.removeEventListener("keydown", box.slash);
    clearTimeout(box.timer);
    box.host.remove();
    boxes.delete(parentElement);
  };
}
