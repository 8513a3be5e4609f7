// The keyboard. A page says data-key="g p" on a link, button or field; modules register what has no element.
// Single keys can be switched off in the profile (WCAG 2.1.4): then only keys with Ctrl or Cmd work.
import { openDialog } from "./dialogs.js";
import { say } from "./words.js";

const SEQUENCE_MS = 1200;
const registered = [];
let pending = "";
let pendingTimer;

export function registerKey({ keys, label, group = "anywhere", run }) {
  registered.push({ keys, label, group, run });
}

const isTyping = (element) =>
  element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])");

function pressed(event) {
  const name = event.key === " " ? "Space" : event.key;
  return event.ctrlKey || event.metaKey ? `Ctrl ${name.toUpperCase()}` : name;
}

// Every key in force on this page: of elements in view, then of modules.
function inForce() {
  const elements = [...document.querySelectorAll("[data-key]")].map((element) => ({
    keys: element.dataset.key,
    label: element.dataset.keyLabel || element.title || element.textContent.trim(),
    group: element.dataset.keyGroup || "anywhere",
    run: () => (isTyping(element) && !("opensPalette" in element.dataset) ? element.focus() : element.click()),
  }));
  return [...elements, ...registered];
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = pressed(event);
  const isSingle = !key.startsWith("Ctrl ");
  const dialog = document.querySelector("dialog[open]");
  if (isSingle && (!("shortcuts" in document.body.dataset) || isTyping(event.target) || dialog)) return;
  const typed = pending ? `${pending} ${key}` : key;
  const all = inForce();
  const match = all.find((entry) => entry.keys === typed) ?? all.find((entry) => entry.keys === key);
  clearPending();
  if (match) {
    if (match.run(event) !== false) event.preventDefault();
  } else if (all.some((entry) => entry.keys.startsWith(`${typed} `))) {
    pending = typed;
    pendingTimer = setTimeout(clearPending, SEQUENCE_MS);
  }
});

function clearPending() {
  clearTimeout(pendingTimer);
  pending = "";
}

// The help dialog is made from the same list, so that it can't lie.
function fillHelp(list) {
  const groups = Map.groupBy ? Map.groupBy(inForce(), (entry) => entry.group) : groupBy(inForce());
  list.replaceChildren(...[...groups].map(([name, entries]) => section(name, entries)));
}

function groupBy(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}

function section(name, entries) {
  const box = document.createElement("section");
  const heading = document.createElement("h3");
  heading.textContent = say(name);
  const list = document.createElement("dl");
  list.append(...entries.map(line));
  box.append(heading, list);
  return box;
}

function line({ keys, label }) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  term.textContent = label;
  for (const key of keys.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    value.append(cap, " ");
  }
  row.append(term, value);
  return row;
}

const help = document.getElementById("keys-dialog");
if (help) {
  new MutationObserver(() => help.open && fillHelp(document.getElementById("keys-list"))).observe(help, {
    attributeFilter: ["open"],
  });
}

export function showKeys() {
  openDialog(help);
}
