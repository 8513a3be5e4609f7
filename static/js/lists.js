// Columns of a list are moved up and down in their dialog; without scripts they keep their order.
import { onClick } from "./events.js";

onClick("[data-sortable] [data-move]", (button) => {
  const line = button.closest("li");
  const other = button.dataset.move === "up" ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "up") other.before(line);
  else other.after(line);
  button.focus();
});
