// The picture of a hierarchy (CON-6): a tree of cards, with links in the colour of who pays, for any day, and before and
// after a change. The cards are links and tree items; arrows go through them.
import { select } from "d3-selection";
import { zoom as zooming, zoomIdentity } from "d3-zoom";
import { bestColumns, boxOf, CARD, layOut, STEP } from "./layout.js";

const SMALLEST = 0.55; // how small the text of far cards is still read
const FAR = 0.8; // cards that are smaller than this say less, in larger letters
const TINY = 0.3; // cards that are smaller than this are nothing but the colour of who pays
const AROUND = 200; // pixels around the view in which cards are there already
const MARGIN = { across: 56, down: 40 };
const MOST_AT_ONCE = 300; // of more cards than that, those in view are there
const COLOURS = 8;
const NOBODY = "";

export default async function hierarchy(element) {
  const picture = new Picture(element);
  if (element.dataset.picture) {
    picture.show(JSON.parse(element.dataset.picture));
    return;
  }
  await picture.ask(element.dataset.from);
  document.addEventListener("day", (event) => {
    event.preventDefault();
    picture.turnTo(event.detail);
  });
}

class Picture {
  constructor(element) {
    this.element = element;
    this.view = element.querySelector(".picture-view");
    this.stage = element.querySelector(".picture-stage");
    this.cards = element.querySelector(".picture-nodes");
    this.subject = element.dataset.subject;
    this.hint = element.querySelector(".picture-told").textContent;
    this.places = new Map();
    this.columns = 1;
    this.closed = null; // ids whose children are hidden; null until the first picture is there
    this.state = "after";
    this.focused = null;
    this.zoom = zooming()
      .scaleExtent([0.02, 2])
      .filter((event) => !event.button && (event.type !== "wheel" || event.ctrlKey || event.metaKey))
      .on("start end", ({ type }) => this.stage.classList.toggle("is-moving", type === "start"))
      .on("zoom", ({ transform }) => {
        this.stage.style.transform = `translate(${transform.x}px, ${transform.y}px) scale(${transform.k})`;
        this.stage.classList.toggle("is-far", transform.k < FAR);
        this.stage.classList.toggle("is-tiny", transform.k < TINY);
        if (this.places.size > MOST_AT_ONCE && this.leaves(transform)) {
          cancelAnimationFrame(this.nextFrame);
          this.nextFrame = requestAnimationFrame(() => this.paint());
        }
      });
    select(this.view).call(this.zoom).on("dblclick.zoom", null);
    this.view.addEventListener("wheel", (event) => this.pan(event), { passive: false });
    this.cards.addEventListener("click", (event) => this.clicked(event));
    this.cards.addEventListener("keydown", (event) => this.typed(event));
    for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
      this.cards.addEventListener(on, (event) => this.light(event.target.closest("[role=treeitem]")?.dataset.id));
      this.cards.addEventListener(off, () => this.light(null));
    }
    element.querySelector(".picture-tools").addEventListener("click", (event) => this.tool(event.target.closest("button")));
    new ResizeObserver(() => this.places.size && this.view.clientWidth !== this.width && this.arrange()).observe(element);
    this.legendOf(element.querySelector(".picture-legend"));
  }

  /** Asks for a picture and draws it. */
  async ask(address) {
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: this.asked.signal });
      if (!answer.ok) {
        throw new Error(`the server answered ${answer.status}`);
      }
      this.show(await answer.json());
    } catch (failed) {
      if (failed.name !== "AbortError") {
        document.querySelector("#unanswered")?.removeAttribute("hidden");
      }
    }
  }

  /** Another day; the address of the page keeps it. */
  turnTo(day) {
    const page = new URL(location.href);
    page.searchParams.set("on", day);
    history.replaceState(history.state, "", page);
    for (const link of document.querySelectorAll("a[data-keeps-day]")) {
      const to = new URL(link.href);
      to.searchParams.set("on", day);
      link.href = to;
    }
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      const address = new URL(this.element.dataset.from, location.href);
      address.searchParams.set("on", day);
      this.ask(address);
    }, 80);
  }

  show(answer) {
    const isFirst = this.closed === null;
    this.states = answer.before ? answer : { after: answer };
    this.changed = answer.before ? changedNodes(answer) : new Set();
    this.payerColours = colours(Object.values(this.states));
    this.below = grouped(this.data.nodes);
    if (isFirst) {
      this.closed = this.closedAtFirst();
      this.arrange();
    } else {
      this.draw();
    }
  }

  get data() {
    return this.states[this.state];
  }

  /** Level by level as many as can be read at once; always the way to the one that was asked for. */
  closedAtFirst() {
    const parents = new Map(this.data.nodes.map((node) => [node.id, node.parent]));
    const open = new Set();
    for (let id = parents.get(this.subject); id; id = parents.get(id)) {
      open.add(id);
    }
    const inner = [...this.below.keys()].filter((id) => id);
    const without = (also) => new Set(inner.filter((id) => !open.has(id) && !also.has(id)));
    let level = this.below.get(null);
    let closed = without(new Set(level.map((node) => node.id)));
    while (level.length) {
      level.forEach((node) => open.add(node.id));
      level = level.flatMap((node) => this.below.get(node.id) ?? []);
      const further = without(new Set(level.map((node) => node.id)));
      if (bestColumns(this.below, further, this.room()).scale < SMALLEST) {
        break;
      }
      closed = further;
    }
    return closed;
  }

  /** What the view can be at most, without its margins. */
  room() {
    const tall = Math.max(300, innerHeight - this.view.getBoundingClientRect().top - scrollY - 60);
    return { width: this.view.clientWidth - MARGIN.across, height: tall - MARGIN.down };
  }

  /** In as many columns as make it the largest, all of it or what is around the one that was asked for. */
  arrange(isWhole = false) {
    this.columns = bestColumns(this.below, this.closed, this.room()).columns;
    this.draw();
    this.fit(isWhole);
  }

  draw() {
    const { nodes } = this.data;
    this.byId = new Map(nodes.map((node) => [node.id, node]));
    this.below = grouped(nodes);
    this.places = layOut(this.below, this.closed, this.columns);
    this.order = [...this.places.keys()].sort((one, other) => this.places.get(one).y - this.places.get(other).y || this.places.get(one).x - this.places.get(other).x);
    this.focused = [this.focused, this.subject].find((id) => this.places.has(id)) ?? this.order[0];
    this.paint();
    this.drawLegend();
    const size = this.element.querySelector(".picture-size");
    const word = (count) => `${count.toLocaleString()} ${this.subject.startsWith("acc") ? "account" : "customer"}${count === 1 ? "" : "s"}`;
    const part = this.data.size > nodes.length ? `the first ${nodes.length.toLocaleString()} of ${word(this.data.size)}` : word(nodes.length);
    size.textContent = this.places.size < nodes.length ? `${part}, ${this.places.size.toLocaleString()} open` : part;
  }

  /** The cards and links that are in view; all of them where there are few. */
  paint() {
    const isSeen = this.places.size > MOST_AT_ONCE ? this.seen() : () => true;
    const card = ({ x, y }) => isSeen(x, y, x + CARD.width, y + CARD.height);
    const shown = this.order.filter((id) => id === this.focused || card(this.places.get(id)));
    const hadFocus = this.cards.contains(document.activeElement);
    select(this.cards)
      .selectAll("a")
      .data(shown.map((id) => this.places.get(id)), (place) => place.of.id)
      .join((enter) => enter.append(() => blank.cloneNode(true)))
      .order()
      .each((place, at, all) => this.fill(all[at], place));
    this.drawLinks((from, to) =>
      isSeen(Math.min(from.x, to.x), Math.min(from.y, to.y), Math.max(from.x, to.x) + CARD.width, Math.max(from.y, to.y) + CARD.height),
    );
    if (this.lit) {
      this.mark(this.lit.lit, this.lit.isLit);
    }
    if (hadFocus) {
      this.card(this.focused)?.focus({ preventScroll: true });
    }
  }

  /** Whether a part of the picture is in view, or almost. */
  seen() {
    const { k, x, y } = this.view.__zoom;
    this.painted = { k, x, y };
    const [left, top] = [(-x - AROUND) / k, (-y - AROUND) / k];
    const [right, bottom] = [(this.view.clientWidth + AROUND - x) / k, (this.view.clientHeight + AROUND - y) / k];
    return (x0, y0, x1, y1) => x1 > left && x0 < right && y1 > top && y0 < bottom;
  }

  /** Whether what was painted last may not be all that is seen by now. */
  leaves({ k, x, y }) {
    const { k: scale, x: left, y: top } = this.painted ?? {};
    return k !== scale || Math.max(Math.abs(x - left), Math.abs(y - top)) > AROUND / 2;
  }

  /** One card with what it says now. */
  fill(card, place) {
    const { of: node, level } = place;
    const children = this.below.get(node.id)?.length ?? 0;
    const isClosed = this.closed.has(node.id);
    const [first] = node.payers[0];
    card.dataset.id = node.id;
    card.href = this.data.opens.replace(this.data.nobody, node.id);
    card.tabIndex = node.id === this.focused ? 0 : -1;
    card.style.transform = `translate(${place.x}px, ${place.y}px)`;
    card.className = `node payer-${this.colourOf(first, node)}${node.id === this.subject ? " is-subject" : ""}${this.changed.has(node.id) ? " is-changed" : ""}`;
    card.setAttribute("aria-level", level);
    if (node.id === this.subject) {
      card.setAttribute("aria-current", "true");
    }
    if (children) {
      card.setAttribute("aria-expanded", String(!isClosed));
    } else {
      card.removeAttribute("aria-expanded");
    }
    card.querySelector(".node-name").textContent = node.name;
    const badge = card.querySelector(".status-badge");
    badge.textContent = node.status;
    badge.className = `status-badge is-${node.colour}`;
    card.querySelector(".node-number").textContent = node.number;
    card.querySelector(".node-balance").textContent = node.balance;
    card.querySelector(".node-payer").textContent = this.paid(node, true);
    const toggle = card.querySelector(".node-toggle");
    toggle.hidden = !children;
    toggle.textContent = isClosed ? `+${this.countBelow(node.id)}` : "–";
  }

  drawLinks(isSeen) {
    const branches = [...this.places.values()]
      .filter((to) => to.of.parent)
      .map((to) => ({ id: to.of.id, from: this.places.get(to.of.parent), to }))
      .filter(({ from, to }) => isSeen(from, to));
    const payments = [...this.places.values()].flatMap(({ of: node }) =>
      node.payers
        .filter(([payer]) => payer !== node.id && this.places.has(payer) && isSeen(this.places.get(node.id), this.places.get(payer)))
        .map(([payer, subscriptions], at) => ({
          id: `${node.id}>${payer}`,
          node,
          payer,
          subscriptions,
          at,
          colour: this.colourOf(payer, node),
          path: payment(this.places.get(node.id), this.places.get(payer), at),
        })),
    );
    const other = this.states[this.state === "after" ? "before" : "after"];
    const parentsThere = other && new Map(other.nodes.map((node) => [node.id, node.parent]));
    const paymentsThere = other && new Set(other.nodes.flatMap((node) => node.payers.map(([payer]) => `${node.id}>${payer}`)));
    const mark = this.state === "after" ? "is-new" : "is-gone";
    const svg = select(this.element.querySelector(".picture-links"));
    svg
      .selectAll("path.branch")
      .data(branches, (link) => link.id)
      .join((enter) => enter.insert("path", ".payment"))
      .attr("class", (link) => `branch ${other && parentsThere.get(link.id) !== link.to.of.parent ? mark : ""}`)
      .attr("d", (link) => elbow(link.from, link.to));
    svg
      .selectAll("path.payment")
      .data(payments, (link) => link.id)
      .join("path")
      .attr("class", (link) => `payment payer-${link.colour} ${other && !paymentsThere.has(link.id) ? mark : ""}`)
      .attr("data-node", (link) => link.node.id)
      .attr("data-payer", (link) => link.payer)
      .attr("d", (link) => link.path);
    const box = boxOf(this.places);
    svg.attr("width", box.width + 200).attr("height", box.height + 40);
  }

  /** Who pays for how many others, the most first; those outside the tree too. */
  drawLegend() {
    const others = new Map();
    for (const node of this.data.nodes) {
      for (const [payer] of node.payers) {
        if (payer !== node.id) {
          others.set(payer ?? NOBODY, (others.get(payer ?? NOBODY) ?? 0) + 1);
        }
      }
    }
    const lines = [...others].sort((one, other) => other[1] - one[1]);
    const itself = this.data.nodes.filter((node) => node.payers[0][0] === node.id).length;
    select(this.element.querySelector(".picture-legend"))
      .selectAll("li.line")
      .data(lines, ([payer]) => payer)
      .join((enter) => enter.append("li").attr("class", "line").call((line) => line.append("button").attr("type", "button").attr("aria-pressed", "false")))
      .each((line, at, all) => {
        const [payer, count] = line;
        const button = all[at].firstChild;
        const known = this.data.payers[payer];
        button.dataset.payer = payer;
        button.className = `payer-${this.payerColours.get(payer) ?? "none"}`;
        const name = known ? `${known.name} (${known.number})` : "Another one";
        button.textContent = `${name} pays for ${count.toLocaleString()}${payer && !this.byId.has(payer) ? " · outside this tree" : ""}`;
      });
    select(this.element.querySelector(".picture-legend"))
      .selectAll("li.itself")
      .data(itself ? [itself] : [])
      .join((enter) => enter.append("li").attr("class", "itself").call((line) => line.append("span").attr("class", "payer-none")))
      .select("span")
      .text((count) => `${count.toLocaleString()} pay${count === 1 ? "s" : ""} for ${count === 1 ? "itself" : "themselves"}`);
  }

  legendOf(legend) {
    const payerAt = (event) => event.target.closest("button")?.dataset.payer;
    for (const on of ["mouseover", "focusin"]) {
      legend.addEventListener(on, (event) => payerAt(event) !== undefined && this.lightPayer(payerAt(event)));
    }
    for (const off of ["mouseout", "focusout"]) {
      legend.addEventListener(off, () => this.lightPayer(this.held ?? null));
    }
    legend.addEventListener("click", (event) => {
      const payer = payerAt(event);
      if (payer !== undefined) {
        this.held = this.held === payer ? null : payer;
        legend.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.payer === this.held)));
        this.lightPayer(this.held);
      }
    });
  }

  /** Everything that a payer pays for stands out. */
  lightPayer(payer) {
    const paid = new Set(this.data.nodes.filter((node) => node.payers.some(([each]) => (each ?? NOBODY) === payer)).map((node) => node.id));
    this.mark(payer === null ? null : paid.add(payer), (path) => path.dataset.payer === payer);
  }

  /** What is between a node and who pays for it, or whom it pays for, stands out, and is told. */
  light(id) {
    const node = id && this.byId.get(id);
    this.element.querySelector(".picture-told").textContent = node ? this.told(node) : this.hint;
    if (!node) {
      this.lightPayer(this.held ?? null);
      return;
    }
    const related = new Set([id, ...node.payers.map(([payer]) => payer)]);
    for (const other of this.data.nodes) {
      if (other.payers.some(([payer]) => payer === id)) {
        related.add(other.id);
      }
    }
    this.mark(related.size > 1 ? related : null, (path) => path.dataset.node === id || path.dataset.payer === id);
  }

  mark(lit, isLit) {
    this.lit = { lit, isLit };
    this.element.classList.toggle("is-lit", lit !== null);
    for (const card of this.cards.children) {
      card.classList.toggle("is-dim", lit !== null && !lit.has(card.dataset.id));
    }
    for (const path of this.element.querySelectorAll(".payment")) {
      path.classList.toggle("is-dim", lit !== null && !isLit(path));
    }
  }

  clicked(event) {
    const toggle = event.target.closest(".node-toggle");
    if (toggle) {
      event.preventDefault();
      this.toggle(toggle.closest("a").dataset.id);
    }
  }

  toggle(id) {
    this.closed.has(id) ? this.closed.delete(id) : this.closed.add(id);
    this.focused = id;
    this.keepInPlace(id, () => this.draw());
  }

  /** Arrows as in every tree: up and down through what is open, right opens or goes in, left closes or goes out. */
  typed(event) {
    const id = event.target.dataset?.id;
    const { order } = this;
    const children = this.below.get(id) ?? [];
    const isOpen = children.length > 0 && !this.closed.has(id);
    const steps = {
      ArrowDown: () => order[order.indexOf(id) + 1],
      ArrowUp: () => order[order.indexOf(id) - 1],
      Home: () => order[0],
      End: () => order.at(-1),
      ArrowRight: () => (isOpen ? children[0].id : children.length && this.toggle(id)),
      ArrowLeft: () => (isOpen ? this.toggle(id) : this.byId.get(id).parent),
    };
    if (!steps[event.key] || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const next = steps[event.key]();
    if (this.places.has(next)) {
      this.focused = next;
      this.bringIntoView(next);
      this.paint();
    }
  }

  tool(button) {
    if (!button) {
      return;
    }
    const { do: what, state } = button.dataset;
    if (state) {
      this.state = state;
      for (const each of this.element.querySelectorAll("[data-state]")) {
        each.classList.toggle("active", each === button);
        each.setAttribute("aria-pressed", String(each === button));
      }
      this.arrange();
    } else if (what === "expand" || what === "collapse") {
      const roots = new Set(this.data.nodes.filter((node) => !node.parent).map((node) => node.id));
      this.lit = null;
      this.closed = what === "expand" ? new Set() : new Set([...this.below.keys()].filter((id) => id && !roots.has(id)));
      this.arrange();
    } else if (what === "fit") {
      this.arrange(true);
    } else {
      select(this.view).call(this.zoom.scaleBy, what === "in" ? 1.3 : 1 / 1.3);
    }
  }

  /** All of it where that can be read or `isWhole`; else what is around the one that was asked for. The view is as high as
   * it needs. */
  fit(isWhole = false) {
    const { width, height } = boxOf(this.places);
    const room = this.room();
    this.width = this.view.clientWidth;
    const whole = Math.min(1, room.width / width, room.height / height);
    const scale = isWhole ? whole : Math.max(whole, SMALLEST);
    this.view.style.height = `${Math.max(180, Math.min(height * scale, room.height) + MARGIN.down)}px`;
    const asked = this.places.get(this.subject) ?? this.places.values().next().value;
    const along = (total, has, margin, at, size) =>
      total * scale <= has - margin ? (has - total * scale) / 2 : Math.min(margin / 2, Math.max(has - total * scale - margin / 2, has / 2 - (at + size / 2) * scale));
    const x = along(width, this.width, MARGIN.across, asked.x, CARD.width);
    const y = along(height, this.view.clientHeight, MARGIN.down, asked.y, CARD.height);
    select(this.view).call(this.zoom.transform, zoomIdentity.translate(x, y).scale(scale));
    if (this.places.size > MOST_AT_ONCE) {
      this.paint();
    }
  }

  /** The wheel moves the picture as long as it can be moved, then the page. */
  pan(event) {
    if (event.ctrlKey || event.metaKey) {
      return;
    }
    const { k, x, y } = this.view.__zoom;
    const { width, height } = boxOf(this.places);
    const within = (at, by, size, room) => (by > 0 ? at - by < 40 : at - by > room - size * k - 40);
    const moves = event.deltaY
      ? within(y, -event.deltaY, height, this.view.clientHeight)
      : within(x, -event.deltaX, width, this.view.clientWidth);
    if (moves) {
      event.preventDefault();
      select(this.view).call(this.zoom.transform, zoomIdentity.translate(x - event.deltaX, y - event.deltaY).scale(k));
    }
  }

  keepInPlace(id, change) {
    const before = this.places.get(id);
    change();
    const after = this.places.get(id);
    select(this.view).call(this.zoom.translateBy, before.x - after.x, before.y - after.y);
  }

  bringIntoView(id) {
    const { x, y } = this.places.get(id);
    const { k, x: left, y: top } = this.view.__zoom;
    const short = (at, size, room) => Math.max(0, 24 - at) - Math.max(0, at + size - (room - 24));
    const byX = short(x * k + left, CARD.width * k, this.view.clientWidth);
    const byY = short(y * k + top, CARD.height * k, this.view.clientHeight);
    select(this.view).call(this.zoom.translateBy, byX / k, byY / k);
  }

  card(id) {
    return this.cards.querySelector(`[data-id="${id}"]`);
  }

  countBelow(id) {
    return (this.below.get(id) ?? []).reduce((sum, child) => sum + 1 + this.countBelow(child.id), 0);
  }

  colourOf(payer, node) {
    return payer === node.id && !this.payerColours.has(payer) ? "none" : (this.payerColours.get(payer ?? NOBODY) ?? "none");
  }

  nameOf(payer, isShort) {
    const known = this.data.payers[payer];
    return known ? (isShort ? known.number : `${known.name} (${known.number})`) : "another one";
  }

  /** Who pays for a node, in words. */
  paid(node, isShort = false) {
    const total = node.payers.reduce((sum, [, subscriptions]) => sum + subscriptions, 0);
    const parts = node.payers.map(([payer, subscriptions]) => {
      const name = payer === node.id ? "itself" : this.nameOf(payer, isShort);
      return node.payers.length > 1 && subscriptions ? `${name} ${subscriptions} of ${total}` : name;
    });
    return node.payers.length === 1 && node.payers[0][0] === node.id ? "Pays for itself" : `Paid by ${parts.join(", ")}`;
  }

  told(node) {
    return `${node.name} (${node.number}), ${node.status}, balance ${node.balance}. ${this.paid(node)}.`;
  }
}

const blank = document.createElement("a");
blank.setAttribute("role", "treeitem");
blank.draggable = false;
blank.innerHTML =
  '<span class="node-head"><span class="node-name"></span><span class="status-badge"></span></span>' +
  '<span class="node-line"><span class="node-number"></span><span class="node-balance"></span></span>' +
  '<span class="node-payer"></span><span class="node-toggle" aria-hidden="true"></span>';

function grouped(nodes) {
  const below = new Map();
  for (const node of nodes) {
    below.has(node.parent) ? below.get(node.parent).push(node) : below.set(node.parent, [node]);
  }
  return below;
}

/** Who pays for the most gets the first colour, the same in both states. */
function colours(states) {
  const counts = new Map();
  for (const { nodes } of states) {
    for (const node of nodes) {
      for (const [payer] of node.payers) {
        if (payer !== node.id) {
          counts.set(payer ?? NOBODY, (counts.get(payer ?? NOBODY) ?? 0) + 1);
        }
      }
    }
  }
  const inOrder = [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
  return new Map(inOrder.map(([payer], at) => [payer, at % COLOURS]));
}

/** Nodes with another parent or another payer than before. */
function changedNodes({ before, after }) {
  const says = (node) => JSON.stringify([node.parent, node.payers]);
  const then = new Map(before.nodes.map((node) => [node.id, says(node)]));
  return new Set(after.nodes.filter((node) => then.get(node.id) !== says(node)).map((node) => node.id));
}

/** From a card to one that belongs to it; in a grid above the line that it stands in. */
function elbow(from, to) {
  const start = [from.x + CARD.width, from.y + CARD.height / 2];
  const trunk = to.x - to.column * STEP.beside - 24;
  if (to.column === 0) {
    return `M${start[0]},${start[1]}H${trunk}V${to.y + CARD.height / 2}H${to.x}`;
  }
  return `M${start[0]},${start[1]}H${trunk}V${to.y - (STEP.down - CARD.height) / 2}H${to.x + CARD.width / 2}V${to.y}`;
}

/** From who is paid for to who pays: to the left along the branches, or around the right side. */
function payment(from, to, at) {
  const down = 14 + (at % 4) * 6;
  if (to.x < from.x) {
    const start = [from.x, from.y + CARD.height / 2 + down];
    const end = [to.x + CARD.width, to.y + CARD.height / 2 + (from.y > to.y ? 10 : -10)];
    const bend = Math.max(40, (start[0] - end[0]) / 2);
    return `M${start[0]},${start[1]}C${start[0] - bend},${start[1]} ${end[0] + bend},${end[1]} ${end[0]},${end[1]}`;
  }
  const start = [from.x + CARD.width, from.y + CARD.height / 2 - down];
  const end = [to.x + CARD.width, to.y + CARD.height / 2 + (from.y > to.y ? 14 : -14)];
  const bulge = Math.max(start[0], end[0]) + 46 + Math.min(80, Math.abs(start[1] - end[1]) / 8);
  return `M${start[0]},${start[1]}C${bulge},${start[1]} ${bulge},${end[1]} ${end[0]},${end[1]}`;
}
