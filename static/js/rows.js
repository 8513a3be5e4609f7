// Lists: walk rows with j and k, pick them with x, pick a range with Shift, and say how many are picked.
import { onClick } from "./events.js";
import { registerKey } from "./keys.js";
import { say } from "./words.js";

const rows = () => [...document.querySelectorAll("[data-rows] > tr, [data-rows] > li")].filter((row) => row.offsetParent);
export const current = () => rows().find((row) => row.classList.contains("is-current"));
const boxes = (sheet) => [...sheet.querySelectorAll("[name=ids]")];
let lastPicked = null;

function walk(step) {
  const all = rows();
  if (!all.length) return false;
  const here = all.indexOf(current() ?? document.activeElement.closest?.("tr, li"));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, here + step))];
  current()?.classList.remove("is-current");
  next.classList.add("is-current");
  (next.querySelector("a[href], button") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
  document.dispatchEvent(new CustomEvent("row-current", { detail: next }));
  return true;
}

function pick() {
  const box = current()?.querySelector("[name=ids]");
  if (!box) return false;
  box.click();
  return true;
}

function count(sheet) {
  const picked = boxes(sheet).filter((box) => box.checked).length;
  for (const output of sheet.querySelectorAll("[data-selected-count]")) output.textContent = say("selected", picked);
  const all = sheet.querySelector("[data-select-all]");
  if (!all) return;
  all.checked = picked > 0 && picked === boxes(sheet).length;
  all.indeterminate = picked > 0 && !all.checked;
}

onClick("[name=ids]", (box, event) => {
  const sheet = box.closest(".sheet");
  const all = boxes(sheet);
  if (event.shiftKey && lastPicked && all.includes(lastPicked)) {
    const [from, to] = [all.indexOf(lastPicked), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  lastPicked = box;
  count(sheet);
});

onClick("[data-select-all]", (box) => {
  const sheet = box.closest(".sheet");
  for (const other of boxes(sheet)) other.checked = box.checked;
  count(sheet);
});

onClick("[data-select-none]", (button) => {
  const sheet = button.closest(".sheet");
  for (const box of boxes(sheet)) box.checked = false;
  count(sheet);
});

if (document.querySelector("[data-rows]")) {
  registerKey({ keys: "j", label: say("nextRow"), group: "lists", run: () => walk(1) });
  registerKey({ keys: "k", label: say("previousRow"), group: "lists", run: () => walk(-1) });
  if (document.querySelector("[name=ids]")) {
    registerKey({ keys: "x", label: say("selectRow"), group: "lists", run: pick });
  }
}
