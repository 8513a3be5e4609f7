// Record pages: Escape leaves an editor, and the head's buttons go to the field that they name.
import { isPlainClick, onClick } from "./events.js";

document.addEventListener("keydown", (event) => {
  const editor = event.target.closest?.("[data-editor]");
  if (event.key !== "Escape" || !editor) return;
  event.preventDefault();
  editor.querySelector("[data-editor-cancel]").click();
});

onClick("a[data-focus]", (link, event) => {
  const field = document.getElementById(link.dataset.focus);
  if (!field || !isPlainClick(event)) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus();
});
