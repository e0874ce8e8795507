// Draws a placed graph of cards and arrows as SVG, with mouse and keyboard, and reports clicks.
// Every word of it comes from AWS and is set as text. Layout, routes and sizes come from Python.

const NS = "http://www.w3.org/2000/svg";
const FOCUSABLE = 200;
const LEGEND_ROOM = 46;
const pictures = new WeakMap();

function el(name, attributes = {}, parent = null, text = null) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== "") node.setAttribute(key, value);
  }
  if (text !== null) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function html(name, className, parent, text = null) {
  const node = document.createElement(name);
  node.className = className;
  if (text !== null) node.textContent = text;
  parent.appendChild(node);
  return node;
}

const SHAPES = {
  person: "M0 -8a4 4 0 1 0 .01 0zM-8 8a8 6.5 0 0 1 16 0z",
  square: "M-7 -7h14v14h-14z",
  hexagon: "M0 -8.5l7.4 4.2v8.6l-7.4 4.2l-7.4 -4.2v-8.6z",
  cut: "M-7.5 -7.5h9l6 6v9h-9l-6 -6z",
  flat: "M-4.6 -7.6h9.2l4.6 7.6l-4.6 7.6h-9.2l-4.6 -7.6z",
  diamond: "M0 -9l9 9l-9 9l-9 -9z",
};

function icon(shape, kind, x, y, parent) {
  el("path", { d: SHAPES[shape], class: `icon k-${kind}`, transform: `translate(${x} ${y})` }, parent);
}

function arrowHeads(svg, uid) {
  const defs = el("defs", {}, svg);
  for (const style of ["plain", "bold", "breaks"]) {
    const marker = el("marker", {
      id: `${uid}-${style}`, viewBox: "0 0 10 10", refX: 9, refY: 5,
      markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto",
    }, defs);
    el("path", { d: "M0 0L10 5L0 10z", class: `head ${style}` }, marker);
  }
}

function drawCard(card, parent, index) {
  const names = ["card", `k-${card.kind}`];
  if (card.dim) names.push("dim");
  if (card.outlined) names.push("outlined");
  const group = el("g", {
    class: names.join(" "), transform: `translate(${card.x} ${card.y})`, role: "button",
    tabindex: index < FOCUSABLE ? 0 : -1, "data-id": card.id,
    "aria-label": `${card.title}, ${card.word}, ${card.sub}${card.badge ? `, ${card.badge}` : ""}`,
  }, parent);
  el("title", {}, group, card.tip);
  if (card.stack) {
    el("rect", { x: 7, y: 7, width: card.w, height: card.h, rx: 7, class: "under" }, group);
    el("rect", { x: 3.5, y: 3.5, width: card.w, height: card.h, rx: 7, class: "under" }, group);
  }
  el("rect", { width: card.w, height: card.h, rx: 7, class: "face" }, group);
  el("path", { d: `M8 0h-1a7 7 0 0 0 -7 7v${card.h - 14}a7 7 0 0 0 7 7h1z`, class: "stripe" }, group);
  icon(card.shape, card.kind, 25, card.h / 2, group);
  el("text", { x: 42, y: card.h / 2 - 4, class: "title" }, group, card.title);
  el("text", { x: 42, y: card.h / 2 + 13, class: "sub" }, group, card.sub);
  if (card.badge) {
    const x = card.w - card.badgeWidth - 6, y = card.h - 21;
    el("rect", { x, y, width: card.badgeWidth, height: 15, rx: 7.5, class: "badge" }, group);
    el("text", { x: x + card.badgeWidth / 2, y: y + 11, class: "badge-text" }, group, card.badge);
  }
  return group;
}

function drawLink(link, parent, chips, uid, index) {
  const names = ["link", link.style];
  if (link.bold) names.push("bold");
  if (link.dim) names.push("dim");
  const group = el("g", { class: names.join(" "), "data-id": link.id }, parent);
  const head = link.style === "breaks" ? "breaks" : link.bold ? "bold" : "plain";
  el("path", { d: link.d, class: "hit" }, group);
  el("path", { d: link.d, class: "line", "marker-end": `url(#${uid}-${head})` }, group);
  el("title", {}, group, link.says);
  // The chip stands above every line, so it is a sibling of the line that it belongs to.
  const chip = el("g", {
    class: `${names.join(" ")} chip`, "data-id": link.id, role: "button",
    tabindex: index < FOCUSABLE && link.chip ? 0 : -1, "aria-label": link.says || link.chip,
  }, chips);
  if (!link.chip) chip.setAttribute("aria-hidden", "true");
  if (link.chip && link.chipAt) {
    const [x, y] = link.chipAt;
    el("rect", { x: x - link.chipWidth / 2, y: y - 10, width: link.chipWidth, height: 20, rx: 10 }, chip);
    el("text", { x, y: y + 3.8 }, chip, link.chip);
    el("title", {}, chip, link.says);
  }
  return [group, chip];
}

function drawLegend(legend, parent) {
  const list = html("div", "legend", parent);
  for (const entry of legend) {
    const item = html("span", "entry", list);
    const svg = el("svg", { width: 26, height: 20, viewBox: "-13 -10 26 20", "aria-hidden": "true" }, item);
    if (entry.shape) icon(entry.shape, entry.mark, 0, 0, svg);
    else {
      const group = el("g", { class: `link ${entry.mark}` }, svg);
      el("line", { x1: -13, x2: 13, class: "line" }, group);
    }
    html("span", "", item, entry.word);
  }
}

function wire(picture, host) {
  const { svg, world, data } = picture;
  const view = picture.view;
  const show = () => world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
  const zoom = (factor, cx, cy) => {
    const k = Math.min(3, Math.max(0.1, view.k * factor));
    view.x = cx - ((cx - view.x) * k) / view.k;
    view.y = cy - ((cy - view.y) * k) / view.k;
    view.k = k;
    view.touched = true;
    show();
  };
  const fit = () => {
    const w = svg.clientWidth, h = svg.clientHeight - LEGEND_ROOM;
    if (w <= 0 || h <= 0) return;
    view.k = Math.min(w / data.width, h / data.height, 1.15);
    view.x = (w - data.width * view.k) / 2;
    view.y = (h - data.height * view.k) / 2;
    view.touched = false;
    show();
  };
  const centre = (factor) => zoom(factor, svg.clientWidth / 2, svg.clientHeight / 2);
  const tell = (node) => {
    const id = node.getAttribute("data-id");
    const kind = node.classList.contains("card") ? "card" : "link";
    picture.send("clicked", { kind, id });
  };

  const buttons = html("div", "buttons", host);
  for (const [sign, label, act] of [
    ["+", "Zoom in", () => centre(1.25)], ["−", "Zoom out", () => centre(0.8)], ["⤢", "Fit", fit],
  ]) {
    const button = html("button", "", buttons, sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.title = label;
    button.addEventListener("click", act);
  }

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0) drag = { x: event.clientX, y: event.clientY, moved: false };
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) svg.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, moved: true };
    view.x += dx;
    view.y += dy;
    view.touched = true;
    show();
  });
  const drop = () => setTimeout(() => { drag = null; }, 0);
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);
  svg.addEventListener("click", (event) => {
    const node = event.target.closest("[data-id]");
    if (node && !(drag && drag.moved)) tell(node);
  });

  const step = (card, key) => {
    if (key === "ArrowRight" || key === "ArrowLeft") {
      const right = key === "ArrowRight";
      const near = data.links
        .filter((link) => (right ? link.source : link.target) === card.id)
        .sort((a, b) => Number(b.bold) - Number(a.bold))[0];
      return near && (right ? near.target : near.source);
    }
    const column = data.cards.filter((c) => c.column === card.column).sort((a, b) => a.y - b.y);
    const next = column[column.indexOf(card) + (key === "ArrowDown" ? 1 : -1)];
    return next && next.id;
  };
  svg.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-id]");
    if (event.key === "Enter" || event.key === " ") {
      if (node) tell(node);
    } else if (event.key.startsWith("Arrow")) {
      const card = node && data.cards.find((c) => c.id === node.getAttribute("data-id"));
      const next = card && picture.nodes.get(step(card, event.key));
      if (next) next.focus();
    } else if (event.key === "f" || event.key === "F") fit();
    else if (event.key === "+" || event.key === "=") centre(1.25);
    else if (event.key === "-") centre(0.8);
    else if (event.key === "Escape") { if (node) node.blur(); } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  picture.watch = new ResizeObserver(() => { if (!view.touched) fit(); });
  picture.watch.observe(svg);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const signature = JSON.stringify(data);
  const old = pictures.get(parentElement);
  if (old && old.signature === signature && old.host.isConnected) {
    old.send = setTriggerValue; // an unrelated rerun keeps the drawing, its zoom and its focus
    return;
  }
  const focused = old && old.host.getRootNode().activeElement;
  const keep = focused && focused.getAttribute("data-id");
  if (old) {
    old.watch.disconnect();
    old.host.remove();
  }
  const host = document.createElement("div");
  host.className = "picture";
  host.style.height = `${data.show}px`;
  parentElement.appendChild(host);
  const uid = `h${Math.random().toString(36).slice(2)}`;
  const svg = el("svg", { class: "canvas", role: "group", "aria-label": data.alt }, host);
  arrowHeads(svg, uid);
  const world = el("g", {}, svg);
  const picture = {
    signature, host, svg, world, data, nodes: new Map(), send: setTriggerValue,
    view: { k: 1, x: 0, y: 0, touched: false },
  };
  const same = old && JSON.stringify(old.data.cards.map((c) => [c.id, c.x, c.y]))
    === JSON.stringify(data.cards.map((c) => [c.id, c.x, c.y]));
  if (same) Object.assign(picture.view, old.view);
  const lines = el("g", {}, world);
  const cards = el("g", {}, world);
  const chips = el("g", {}, world);
  for (const header of data.headers) {
    el("text", { x: header.x, y: 30, class: "header" }, world, header.text);
  }
  const order = [...data.links].sort((a, b) => Number(a.bold) - Number(b.bold));
  order.forEach((link, i) => drawLink(link, lines, chips, uid, i));
  data.cards.forEach((card, i) => picture.nodes.set(card.id, drawCard(card, cards, i)));
  drawLegend(data.legend, host);
  pictures.set(parentElement, picture);
  wire(picture, host);
  if (same && picture.view.touched) {
    const { k, x, y } = picture.view;
    world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
  }
  if (keep) {
    const again = [...svg.querySelectorAll("[data-id][tabindex='0']")];
    const node = again.find((n) => n.getAttribute("data-id") === keep);
    if (node) node.focus({ preventScroll: true });
  }
  return () => {
    picture.watch.disconnect();
    host.remove();
    if (pictures.get(parentElement) === picture) pictures.delete(parentElement);
  };
}
