// The board: drag by pointer, walk by arrows, move by menu. A move shows at once and goes back if the server refuses.
import { AFTER_REQUEST, RESPONSE_ERROR, SEND_ERROR, TIMEOUT, onClick } from "./events.js";
import { registerKey } from "./keys.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const START_PX = 6;
const HOLD_MS = 220;
const EDGE_PX = 48;
const EDGE_STEP_PX = 14;
let drag = null;

const find = (selector) => document.querySelector(selector);
const cards = (column) => [...column.querySelectorAll(".deal-card:not(.is-dragged)")];
const columnOf = (element) => element?.closest("[data-column]");
const linkOf = (card) => card?.querySelector("a");
const idOf = (card) => card.id.replace("deal-", "");
const bar = () => find("[data-board-bar]");

function begin(card, event) {
  const box = card.getBoundingClientRect();
  const slot = document.createElement("li");
  slot.className = "board__slot";
  slot.style.height = `${box.height}px`;
  const home = { parent: card.parentNode, next: card.nextSibling };
  drag = { card, slot, home, dx: event.clientX - box.left, dy: event.clientY - box.top };
  card.after(slot);
  card.style.width = `${box.width}px`;
  card.classList.add("is-dragged");
  bar()?.removeAttribute("hidden");
  follow(event);
}

function follow(event) {
  const { card, slot, dx, dy } = drag;
  card.style.left = `${event.clientX - dx}px`;
  card.style.top = `${event.clientY - dy}px`;
  const under = document.elementFromPoint(event.clientX, event.clientY);
  const target = under?.closest("[data-drop]") ?? columnOf(under);
  mark(target);
  slot.hidden = Boolean(target?.matches("[data-drop]"));
  if (target?.matches("[data-column]")) placeSlot(target, slot, event.clientY);
  scrollAtEdges(event);
}

function mark(target) {
  find(".is-target")?.classList.remove("is-target");
  target?.classList.add("is-target");
  drag.target = target;
}

function placeSlot(column, slot, y) {
  const list = column.querySelector("[data-cards]");
  const before = cards(column).find((card) => {
    const box = card.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  list.insertBefore(slot, before ?? list.querySelector(".board__more"));
}

function scrollAtEdges(event) {
  const scroller = drag.card.closest(".board");
  if (event.clientX > innerWidth - EDGE_PX) scroller.scrollLeft += EDGE_STEP_PX;
  else if (event.clientX < scroller.getBoundingClientRect().left + EDGE_PX) scroller.scrollLeft -= EDGE_STEP_PX;
  const list = drag.target?.querySelector("[data-cards]");
  if (!list) return;
  const box = list.getBoundingClientRect();
  if (event.clientY > box.bottom - EDGE_PX) list.scrollTop += EDGE_STEP_PX;
  else if (event.clientY < box.top + EDGE_PX) list.scrollTop -= EDGE_STEP_PX;
}

function drop() {
  const { card, slot, home, target } = drag;
  drag = null;
  rest(card);
  if (target?.matches("[data-drop]")) {
    slot.remove();
    ask(card, target.dataset.drop);
  } else if (target && slot.parentNode) {
    slot.replaceWith(card);
    if (card.parentNode !== home.parent || card.nextSibling !== home.next) send(card, home);
  } else {
    slot.remove();
  }
}

function rest(card) {
  card.classList.remove("is-dragged");
  card.removeAttribute("style");
  find(".is-target")?.classList.remove("is-target");
  bar()?.setAttribute("hidden", "");
}

function cancel() {
  if (!drag) return;
  drag.slot.remove();
  rest(drag.card);
  drag = null;
}

// Won and Lost have a question first: it opens in the dialog.
function ask(card, url) {
  const address = `${url.replace("/0/", `/${idOf(card)}/`)}&version=${card.dataset.version}`;
  htmx.ajax("GET", address, { source: "#dialog", target: "#dialog-content", swap: "innerHTML" });
}

// Posts the new place: the stage, the neighbours, and the version that the user saw.
async function send(card, home) {
  const neighbour = (element) => (element?.matches(".deal-card") ? idOf(element) : "");
  const values = {
    stage: columnOf(card).dataset.column,
    before: neighbour(card.nextElementSibling),
    after: neighbour(card.previousElementSibling),
    version: card.dataset.version,
  };
  let isRefused = false;
  let isStale = false; // changed by somebody else: the server says so, and the board is fetched anew
  const refuse = (event) => {
    const status = event.detail.xhr?.status ?? 0;
    if (event.type === AFTER_REQUEST && status < 400) return;
    isRefused = true;
    isStale = status === 409;
    if (!isStale) event.stopPropagation(); // one message, and it says where the card is now
  };
  const names = [RESPONSE_ERROR, SEND_ERROR, TIMEOUT, AFTER_REQUEST];
  for (const name of names) card.addEventListener(name, refuse);
  card.classList.add("is-saving");
  await htmx.ajax("POST", moveUrl(card), { source: card, swap: "none", values }).catch(() => (isRefused = true));
  card.classList.remove("is-saving");
  for (const name of names) card.removeEventListener(name, refuse);
  if (isRefused && !isStale) putBack(card, home);
}

const moveUrl = (card) => card.dataset.moveUrl ?? card.querySelector("[data-card-menu]").getAttribute("href");

function putBack(card, home) {
  if (card.isConnected && home.parent.isConnected) {
    home.parent.insertBefore(card, home.next?.isConnected && home.next.parentNode === home.parent ? home.next : null);
  }
  toast({ text: say("moveFailed"), level: "error" });
}

function press(event) {
  const card = event.target.closest?.("[data-board] .deal-card");
  if (!card || event.button !== 0 || event.target.closest("[data-card-menu]")) return;
  const start = { x: event.clientX, y: event.clientY };
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
  const card = event.target.closest?.(".deal-card");
  if (!card || drag || event.target !== linkOf(card)) return;
  const columns = [...document.querySelectorAll("[data-column]")].filter((column) => column.offsetParent);
  const column = columns.indexOf(columnOf(card));
  const row = cards(columns[column]).indexOf(card);
  const side = (step) => {
    for (let at = column + step; columns[at]; at += step) {
      const there = cards(columns[at]);
      if (there.length) return there[Math.min(row, there.length - 1)];
    }
    return null;
  };
  const ahead = document.dir === "rtl" ? -1 : 1;
  const next = {
    ArrowDown: () => cards(columns[column])[row + 1],
    ArrowUp: () => cards(columns[column])[row - 1],
    ArrowRight: () => side(ahead),
    ArrowLeft: () => side(-ahead),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  linkOf(next())?.focus();
}

const focused = () => document.activeElement.closest?.(".deal-card");

document.addEventListener("pointerdown", press);
document.addEventListener("dragstart", (event) => event.target.closest?.(".deal-card") && event.preventDefault());
document.addEventListener("keydown", walk);
document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
// After a move from the menu the focus is where the card is.
document.addEventListener("card-moved", (event) => linkOf(find(`#deal-${event.detail.card}`))?.focus());
// On a phone one stage is seen at a time.
onClick("[data-stage]", (chip, event) => {
  event.preventDefault();
  for (const other of document.querySelectorAll("[data-stage]")) {
    other.classList.toggle("chip--on", other === chip);
    other.toggleAttribute("aria-current", other === chip);
  }
  for (const column of document.querySelectorAll("[data-column]")) {
    column.classList.toggle("is-picked", column.dataset.column === chip.dataset.stage);
  }
  history.replaceState(history.state, "", chip.href);
});
registerKey({
  keys: "m",
  label: say("moveCard"),
  group: "board",
  run: () => (focused() ? focused().querySelector("[data-card-menu]")?.click() : false),
});
registerKey({ keys: "↑ ↓ ← →", label: say("walkCards"), group: "board", run: () => false });
