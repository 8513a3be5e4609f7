// The board: drag by pointer, walk by arrows, move by menu. A move shows at once and goes back if the server refuses.
import { AFTER_REQUEST, RESPONSE_ERROR, SEND_ERROR, TIMEOUT } from "./events.js";
import { registerKey } from "./keys.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const START_PX = 6;
const HOLD_MS = 220;
const EDGE_PX = 48;
const board = document.querySelector("[data-board]");
let drag = null;

const cards = (column) => [...column.querySelectorAll("[data-card]:not(.is-dragged)")];
const columnOf = (element) => element.closest("[data-column]");

function begin(card, event) {
  const box = card.getBoundingClientRect();
  const slot = document.createElement("li");
  slot.className = "board__slot";
  slot.style.height = `${box.height}px`;
  drag = { card, slot, home: { parent: card.parentNode, next: card.nextSibling }, dx: event.clientX - box.left, dy: event.clientY - box.top };
  card.after(slot);
  card.style.width = `${box.width}px`;
  card.classList.add("is-dragged");
  bar()?.removeAttribute("hidden");
  follow(event);
}

const bar = () => document.querySelector("[data-board-bar]");

function follow(event) {
  const { card, slot, dx, dy } = drag;
  card.style.left = `${event.clientX - dx}px`;
  card.style.top = `${event.clientY - dy}px`;
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const target = under?.closest("[data-drop]") ?? (under && columnOf(under));
  mark(target);
  if (target?.matches("[data-column]")) placeSlot(target, slot, event.clientY);
  if (event.clientX > innerWidth - EDGE_PX) board.scrollLeft += 12;
  else if (event.clientX < board.getBoundingClientRect().left + EDGE_PX) board.scrollLeft -= 12;
}

function mark(target) {
  document.querySelector(".is-target")?.classList.remove("is-target");
  target?.classList.add("is-target");
  drag.target = target;
}

function placeSlot(column, slot, y) {
  const before = cards(column).find((card) => {
    const box = card.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const list = column.querySelector("[data-cards]");
  if (before) before.before(slot);
  else list.append(slot);
}

function drop() {
  const { card, slot, home, target } = drag;
  rest(card);
  if (target?.matches("[data-drop]")) {
    slot.remove();
    htmx.ajax("GET", target.dataset.drop.replace("0", card.dataset.card), { source: target, target: "#dialog-content", swap: "innerHTML" });
  } else if (target) {
    slot.replaceWith(card);
    send(card, home);
  } else {
    slot.remove();
  }
  drag = null;
}

function rest(card) {
  card.classList.remove("is-dragged");
  for (const name of ["left", "top", "width"]) card.style.removeProperty(name);
  document.querySelector(".is-target")?.classList.remove("is-target");
  bar()?.setAttribute("hidden", "");
}

function cancel() {
  if (!drag) return;
  drag.slot.remove();
  rest(drag.card);
  drag = null;
}

// Posts the new place: stage, the card that now follows, and the version the user saw.
function send(card, home) {
  const next = card.nextElementSibling?.dataset.card ?? "";
  const values = { stage: columnOf(card).dataset.column, before: next, version: card.dataset.version ?? "" };
  const back = () => {
    home.parent.insertBefore(card, home.next?.isConnected ? home.next : null);
    toast({ text: say("moveFailed"), level: "error" });
  };
  // One message, and it says where the card is now.
  const hush = (event) => event.stopPropagation();
  const names = [RESPONSE_ERROR, SEND_ERROR, TIMEOUT];
  for (const name of names) card.addEventListener(name, hush);
  const end = (event) => {
    if (event.target !== card) return;
    card.removeEventListener(AFTER_REQUEST, end);
    setTimeout(() => names.forEach((name) => card.removeEventListener(name, hush)));
    const { status } = event.detail.xhr;
    if (status === 0 || status >= 400) back(); // 409 too: somebody else moved it meanwhile
  };
  card.addEventListener(AFTER_REQUEST, end);
  htmx.ajax("POST", card.dataset.moveUrl, { source: card, swap: "none", values }).catch(() => {});
}

function press(event) {
  const card = event.target.closest("[data-card]");
  if (!card || event.button !== 0 || event.target.closest("button, [popover]")) return;
  const start = { x: event.clientX, y: event.clientY, at: performance.now() };
  const isTouch = event.pointerType === "touch";
  let isReady = !isTouch; // a finger that moves at once scrolls; one that rests lifts the card
  const timer = isTouch ? setTimeout(() => (isReady = true), HOLD_MS) : 0;
  const move = (later) => {
    if (drag) return follow(later);
    if (Math.hypot(later.clientX - start.x, later.clientY - start.y) < START_PX) return undefined;
    return isReady ? begin(card, later) : end();
  };
  const stopTouch = (touch) => drag && touch.preventDefault();
  const end = () => {
    clearTimeout(timer);
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", lost);
    document.removeEventListener("touchmove", stopTouch);
  };
  const up = () => {
    end();
    if (!drag) return;
    drop();
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 50);
  };
  const lost = () => {
    end();
    cancel();
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", lost);
  document.addEventListener("touchmove", stopTouch, { passive: false });
}

// The click that follows a drop must not open the deal.
function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function walk(event) {
  const card = document.activeElement.closest?.("[data-card]");
  if (!card || drag) return;
  const columns = [...board.querySelectorAll("[data-column]")];
  const column = columns.indexOf(columnOf(card));
  const row = cards(columns[column]).indexOf(card);
  const isRtl = document.dir === "rtl";
  const side = (step) => {
    for (let at = column + step; columns[at]; at += step) {
      const there = cards(columns[at]);
      if (there.length) return there[Math.min(row, there.length - 1)];
    }
    return null;
  };
  const next = {
    ArrowDown: () => cards(columns[column])[row + 1],
    ArrowUp: () => cards(columns[column])[row - 1],
    ArrowRight: () => side(isRtl ? -1 : 1),
    ArrowLeft: () => side(isRtl ? 1 : -1),
  }[event.key];
  if (!next || event.target !== card) return;
  event.preventDefault();
  next()?.focus();
}

if (board) {
  board.addEventListener("pointerdown", press);
  board.addEventListener("dragstart", (event) => event.preventDefault());
  board.addEventListener("keydown", walk);
  document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
  registerKey({
    keys: "m",
    label: say("moveCard"),
    group: "board",
    run: () => document.activeElement.closest?.("[data-card]")?.querySelector("[data-card-menu]")?.click(),
  });
  registerKey({ keys: "↑ ↓ ← →", label: say("walkCards"), group: "board", run: () => false });
}
