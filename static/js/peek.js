// Space shows the current row's record in a panel beside the list; j and k walk on with it, Space or Esc puts it away.
import { onClick } from "./events.js";
import { registerKey } from "./keys.js";
import { current } from "./rows.js";
import { say } from "./words.js";

const panel = document.getElementById("peek");
const isOpen = () => panel.matches(":popover-open");

function show(row) {
  const pk = row?.querySelector("[name=ids]")?.value;
  if (!pk) return false;
  const url = row.closest("[data-peek]").dataset.peek.replace("/0/", `/${pk}/`);
  htmx.ajax("GET", url, { source: panel, target: panel, swap: "innerHTML" }).then(() => {
    if (panel.firstElementChild && !isOpen()) panel.showPopover();
  });
  return true;
}

function hide() {
  panel.hidePopover();
  panel.replaceChildren();
}

function toggle() {
  const focused = document.activeElement;
  if (focused?.matches("button, summary, [type=checkbox]")) return false; // Space presses those
  if (isOpen()) return hide();
  return show(current() ?? focused?.closest("[data-peek] > tr"));
}

if (panel) {
  registerKey({ keys: "Space", label: say("peek"), group: "lists", run: toggle });
  document.addEventListener("row-current", (event) => isOpen() && show(event.detail));
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && hide());
  onClick("#peek [data-dialog-close]", hide);
}
