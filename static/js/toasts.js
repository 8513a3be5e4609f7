// Short news at the edge: from the last page's messages and from HX-Trigger {"toast": {"text", "level", "undo_url"}}.
import { onClick } from "./events.js";
import { say } from "./words.js";

const STAY_MS = 7000;
const region = document.getElementById("toasts");
const template = document.getElementById("toast-template");

export function toast({ text, level = "success", undo_url: undoUrl = "" }) {
  const element = template.content.firstElementChild.cloneNode(true);
  element.classList.add(`toast--${level}`);
  for (const icon of element.querySelectorAll("[data-icon]")) icon.hidden = icon.dataset.icon !== level;
  element.querySelector(".toast__text").textContent = text;
  if (undoUrl) offerUndo(element, undoUrl);
  region.append(element);
  stay(element, level);
}

function offerUndo(element, url) {
  const button = element.querySelector("[data-toast-undo]");
  button.hidden = false;
  button.addEventListener("click", () => {
    element.remove();
    htmx.ajax("POST", url, { source: document.body, swap: "none" });
  });
}

// Errors stay until they are closed; the rest goes after a while, but never from under a hand or the focus.
function stay(element, level) {
  if (level === "error") return;
  let timer;
  const start = () => (timer = setTimeout(() => element.remove(), STAY_MS));
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, start);
  start();
}

onClick("[data-toast-close]", (button) => button.closest("[data-toast]").remove());

onClick("[data-copy]", async (button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast({ text: say("copied") });
});

document.addEventListener("toast", (event) => toast(event.detail));
for (const element of region?.querySelectorAll("[data-toast]") ?? []) {
  stay(element, element.classList.contains("toast--error") ? "error" : "");
}
