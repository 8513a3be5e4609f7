// Ctrl-K: one field that goes to a page, finds a record, or starts an action. Records come from the server's /search.
import { isPlainClick, onClick } from "./events.js";
import { openDialog } from "./dialogs.js";
import { registerKey } from "./keys.js";
import { say } from "./words.js";

const WAIT_MS = 120;
const palette = document.getElementById("palette");
const input = document.getElementById("palette-input");
const results = document.getElementById("palette-results");
const found = document.getElementById("palette-found");
const nothing = document.getElementById("palette-nothing");
let timer;
let asked = 0;

function open(text = "") {
  for (const menu of document.querySelectorAll(":popover-open")) menu.hidePopover();
  openDialog(palette);
  input.value = text;
  input.focus();
  update();
}

const options = () => [...results.querySelectorAll("[role=option]")].filter((option) => option.offsetParent);
const chosen = () => results.querySelector('[aria-selected="true"]');

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function update() {
  const text = input.value.trim();
  const isAction = text.startsWith(">");
  filterPages(isAction ? text.slice(1).trim() : text, isAction);
  clearTimeout(timer);
  if (isAction) {
    asked += 1;
    found.replaceChildren();
    settle();
  } else {
    timer = setTimeout(() => ask(text), text ? WAIT_MS : 0);
  }
}

// Pages and actions stand in the page already: they answer at once.
function filterPages(text, isAction) {
  const wanted = text.toLocaleLowerCase();
  for (const group of results.querySelectorAll("[data-palette-group]")) {
    const shown = [...group.querySelectorAll("[role=option]")].filter((option) => {
      const fits = option.querySelector(".palette__label").textContent.toLocaleLowerCase().includes(wanted);
      option.hidden = !fits || (isAction && group.dataset.paletteGroup !== "action");
      return !option.hidden;
    });
    group.hidden = shown.length === 0;
  }
  settle();
}

async function ask(text) {
  const number = ++asked;
  const url = `${palette.dataset.searchUrl}?${new URLSearchParams({ q: text })}`;
  let html = "";
  try {
    const headers = { "HX-Request": "true", "HX-Target": "palette-found", "HX-Current-URL": location.href };
    const response = await fetch(url, { headers });
    if (response.headers.has("HX-Redirect")) return location.assign(response.headers.get("HX-Redirect"));
    html = response.ok ? await response.text() : "";
  } catch {
    html = ""; // offline: pages and actions still work
  }
  if (number !== asked) return; // an answer to letters that are no longer there
  found.innerHTML = html;
  settle();
}

function settle() {
  const shown = options();
  nothing.hidden = shown.length > 0;
  if (!shown.includes(chosen())) choose(shown[0]);
}

function go(option, event) {
  if (!option) return;
  if (event.ctrlKey || event.metaKey) window.open(option.href, "_blank", "noopener");
  else option.click();
}

function move(step) {
  const shown = options();
  choose(shown.at((shown.indexOf(chosen()) + step) % shown.length));
}

if (palette) {
  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // the keys choose among the candidates of an input method
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") go(chosen(), event);
    else return;
    event.preventDefault();
  });
  results.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  onClick("#palette a:not([data-dialog])", (_link, event) => isPlainClick(event) && palette.close());
  registerKey({ keys: "Ctrl K", label: say("palette"), run: () => open() });
  for (const field of document.querySelectorAll("[data-opens-palette]")) {
    field.addEventListener("click", () => open(field.value));
    // Not on focus alone: who walks through the page by Tab passes by (WCAG 3.2.1), and typing opens it. What an input
    // method composes is taken when it is done; some browsers tell of the same letters once more then.
    const take = (event) => {
      if (event.isComposing || !field.value) return;
      open(field.value);
      field.value = "";
    };
    field.addEventListener("input", take);
    field.addEventListener("compositionend", take);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || event.isComposing) return;
      event.preventDefault();
      open(field.value);
    });
  }
}

