// One <dialog> that htmx fills. <a data-dialog href> opens its page in it; without scripts it is a plain link.
import { AFTER_SWAP, isPlainClick, onClick } from "./events.js";

const dialog = document.getElementById("dialog");
const content = document.getElementById("dialog-content");

export function openDialog(element) {
  if (element && !element.open) element.showModal();
}

function closeOpen(element) {
  element.close();
}

onClick("a[data-dialog]", (link, event) => {
  if (!dialog || !isPlainClick(event)) return;
  event.preventDefault();
  for (const open of document.querySelectorAll("dialog[open]")) closeOpen(open);
  for (const menu of document.querySelectorAll(":popover-open")) menu.hidePopover();
  htmx.ajax("GET", link.getAttribute("href"), { source: dialog, target: content, swap: "innerHTML" });
});

onClick("[data-opens]", (button) => {
  button.closest("[popover]")?.hidePopover();
  openDialog(document.getElementById(button.dataset.opens));
});

// A Cancel link goes back where the same form stands on a page of its own.
onClick("[data-dialog-close]", (button, event) => {
  const open = button.closest("dialog");
  if (!open) return;
  event.preventDefault();
  closeOpen(open);
});

// A click on the scrim closes: the dialog itself is the target only outside its content box.
document.addEventListener("pointerdown", (event) => {
  const element = event.target;
  if (!(element instanceof HTMLDialogElement)) return;
  const box = element.getBoundingClientRect();
  const isInside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!isInside) closeOpen(element);
});

document.addEventListener(AFTER_SWAP, (event) => {
  if (event.detail.target !== content) return;
  openDialog(dialog);
  const first = content.querySelector("[data-form-errors], [autofocus], input:not([type=hidden]), select, textarea");
  first?.focus();
});

document.addEventListener("dialog-open", () => openDialog(dialog));
document.addEventListener("dialog-close", () => dialog?.open && closeOpen(dialog));
dialog?.addEventListener("close", () => content.replaceChildren());
