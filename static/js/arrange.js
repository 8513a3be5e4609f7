// Arranging a dashboard: drag by the handle, or press the buttons. A change shows at once and goes back if it is refused.
import { AFTER_REQUEST, RESPONSE_ERROR, SEND_ERROR, TIMEOUT } from "./events.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const START_PX = 6;
const EDGE_PX = 64;
const EDGE_STEP_PX = 12;
const WIDEST = 4;
let drag = null;
let sending = Promise.resolve(); // one change after the other: each names the version that the one before made

const list = () => document.querySelector("[data-arrange]");
const tiles = () => [...document.querySelectorAll("[data-arrange] > [data-tile]")];
const isRtl = () => document.dir === "rtl";

// --- by the buttons -----------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  const tile = form.closest("[data-arrange] > [data-tile]");
  if (!tile) return;
  const button = event.submitter;
  event.preventDefault();
  if (button?.getAttribute("aria-disabled") === "true") return;
  if (form.matches("[data-move]")) step(tile, form, button);
  else if (form.matches("[data-resize]")) resize(tile, form, button);
  else if (form.matches("[data-remove]")) remove(tile, form);
});

function step(tile, form, button) {
  const home = tile.nextSibling;
  const others = tiles().filter((other) => other !== tile);
  const here = tiles().indexOf(tile);
  const place = { first: 0, earlier: here - 1, later: here + 1 }[button.value] ?? others.length;
  list().insertBefore(tile, others[place] ?? null);
  settle();
  button.focus();
  send(tile, form.action, { to: button.value }, () => list().insertBefore(tile, home?.isConnected ? home : null));
}

function resize(tile, form, button) {
  const before = Number(tile.dataset.width);
  const width = Math.max(1, Math.min(WIDEST, before + Number(button.dataset.step)));
  widen(tile, width);
  button.focus();
  send(tile, form.action, { width }, () => widen(tile, before));
}

function widen(tile, width) {
  tile.classList.remove(`board-tile--${tile.dataset.width}`);
  tile.classList.add(`board-tile--${width}`);
  tile.dataset.width = width;
  settle();
}

function remove(tile, form) {
  const home = tile.nextSibling;
  const near = tile.nextElementSibling ?? tile.previousElementSibling;
  const next = near?.querySelector("[data-remove] button") ?? document.querySelector(".page-head__actions a");
  tile.remove();
  settle();
  next?.focus();
  send(list(), form.action, {}, () => list().insertBefore(tile, home?.isConnected ? home : null));
}

// What can go no further says so; it keeps the focus, so that nobody loses their place.
function settle() {
  const all = tiles();
  all.forEach((tile, at) => {
    const width = Number(tile.dataset.width);
    const off = { first: at === 0, earlier: at === 0, later: at === all.length - 1 };
    for (const button of tile.querySelectorAll("[data-move] button")) dim(button, off[button.value]);
    for (const button of tile.querySelectorAll("[data-resize] button")) {
      dim(button, Number(button.dataset.step) < 0 ? width === 1 : width === WIDEST);
    }
  });
}

const dim = (button, isOff) => (isOff ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled"));

// --- to the server ------------------------------------------------------------------------------------------------

function send(source, url, values, putBack) {
  sending = sending.then(() => post(source, url, values, putBack));
}

async function post(source, url, values, putBack) {
  let isRefused = false;
  const refuse = (event) => {
    const status = event.detail.xhr?.status ?? 0;
    if (event.type === AFTER_REQUEST && status > 0 && status < 400) return;
    isRefused = true;
    event.stopPropagation(); // one message, and it says where the tile is now
  };
  const names = [RESPONSE_ERROR, SEND_ERROR, TIMEOUT, AFTER_REQUEST];
  for (const name of names) source.addEventListener(name, refuse);
  source.classList.add("is-saving");
  const sent = { ...values, version: list().dataset.version };
  await htmx.ajax("POST", url, { source, swap: "none", values: sent }).catch(() => (isRefused = true));
  source.classList.remove("is-saving");
  for (const name of names) source.removeEventListener(name, refuse);
  if (!isRefused) return;
  putBack();
  settle();
  toast({ text: say("tileFailed"), level: "error" });
}

document.addEventListener("tiles-arranged", (event) => {
  if (!list()) return;
  list().dataset.version = event.detail.version;
  const news = document.querySelector("[data-arrange-news]");
  if (news) news.textContent = event.detail.words;
});

// --- by the pointer -----------------------------------------------------------------------------------------------

function begin(tile, event) {
  const box = tile.getBoundingClientRect();
  const slot = document.createElement("li");
  slot.className = `board-tile__slot board-tile board-tile--${tile.dataset.width}`;
  slot.style.minHeight = `${Math.min(box.height, 220)}px`;
  drag = { tile, slot, home: tile.nextSibling, dx: event.clientX - box.left, dy: event.clientY - box.top };
  tile.after(slot);
  tile.style.width = `${box.width}px`;
  tile.classList.add("is-dragged");
  follow(event);
}

function follow(event) {
  const { tile, slot, dx, dy } = drag;
  tile.style.left = `${event.clientX - dx}px`;
  tile.style.top = `${event.clientY - dy}px`;
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-arrange] > [data-tile]");
  if (over) place(slot, over, event);
  if (event.clientY > innerHeight - EDGE_PX) scrollBy(0, EDGE_STEP_PX);
  else if (event.clientY < EDGE_PX) scrollBy(0, -EDGE_STEP_PX);
}

// In front of a tile in its first half, behind it in its second: along the line, or for a tile of full width, down.
function place(slot, over, event) {
  const box = over.getBoundingClientRect();
  const isLine = box.width < list().clientWidth - 8;
  const along = (event.clientX - box.left) / box.width;
  const share = isLine ? (isRtl() ? 1 - along : along) : (event.clientY - box.top) / box.height;
  if (share < 0.5) over.before(slot);
  else over.after(slot);
}

function drop() {
  const { tile, slot, home } = drag;
  rest();
  slot.replaceWith(tile);
  settle();
  if (tile.nextSibling === home) return;
  const id = (element) => (element?.matches("[data-tile]") ? element.dataset.tile : "");
  const values = { before: id(tile.nextElementSibling), after: id(tile.previousElementSibling) };
  const url = tile.querySelector("[data-move]").action;
  send(tile, url, values, () => list().insertBefore(tile, home?.isConnected ? home : null));
}

function cancel() {
  if (!drag) return;
  drag.slot.remove();
  rest();
}

function rest() {
  drag.tile.classList.remove("is-dragged");
  drag.tile.removeAttribute("style");
  drag = null;
}

document.addEventListener("pointerdown", (event) => {
  const tile = event.target.closest?.("[data-arrange] [data-handle]")?.closest("[data-tile]");
  if (!tile || event.button !== 0) return;
  event.preventDefault(); // no text is picked while the tile moves
  const start = { x: event.clientX, y: event.clientY };
  const move = (later) => {
    if (drag) follow(later);
    else if (Math.hypot(later.clientX - start.x, later.clientY - start.y) >= START_PX) begin(tile, later);
  };
  const end = (finish) => () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", lost);
    if (drag) finish();
  };
  const up = end(drop);
  const lost = end(cancel);
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", lost);
});
document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
