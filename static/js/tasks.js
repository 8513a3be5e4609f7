// Tasks by keyboard: e opens the current one, s puts it off by a day; a new one leaves the line ready for the next.
import { AFTER_SETTLE } from "./events.js";
import { registerKey } from "./keys.js";
import { say } from "./words.js";

const current = () => document.querySelector(".task.is-current") ?? document.activeElement.closest?.(".task");

function press(selector) {
  const element = current()?.querySelector(selector);
  if (!element) return false;
  element.click();
  return true;
}

registerKey({ keys: "e", label: say("openTask"), group: "lists", run: () => press(".task__title a") });
registerKey({ keys: "s", label: say("snoozeTask"), group: "lists", run: () => press("[data-snooze]") });

document.addEventListener(AFTER_SETTLE, (event) => {
  if (event.detail.elt.id === "task-quick-add") document.getElementById("quick-text").focus();
});
