// A text field that finds records: options come from the server while one types; arrows, Enter and Esc as in any combobox.
const WAIT_MS = 150;
const GAP = 4;
let timer;
let asked = 0;

const parts = (picker) => ({
  field: picker.querySelector("[role=combobox]"),
  value: picker.querySelector("input[type=hidden]"),
  list: picker.querySelector("[role=listbox]"),
});
const options = (list) => [...list.querySelectorAll("[role=option]")];
const pickerOf = (element) => element.closest?.("[data-picker]");
const isOpen = (list) => list.matches(":popover-open");

async function ask(picker) {
  const { field, list } = parts(picker);
  const number = ++asked;
  const url = `${picker.dataset.url}?${new URLSearchParams({ q: field.value.trim() })}`;
  let html = "";
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" } });
    if (response.ok) html = await response.text();
  } catch {
    return; // no connection: the field still takes an exact name
  }
  if (number !== asked || document.activeElement !== field) return;
  list.innerHTML = html; // our own template, every value in it escaped
  options(list).forEach((option, at) => (option.id = `${list.id}_${at}`));
  show(field, list);
  choose(picker, field.value.trim() ? options(list)[0] : null);
}

function show(field, list) {
  if (!isOpen(list)) list.showPopover();
  const at = field.getBoundingClientRect();
  list.style.width = `${at.width}px`;
  list.style.left = `${at.left}px`;
  const isBelow = at.bottom + GAP + list.offsetHeight < innerHeight || at.top < list.offsetHeight;
  list.style.top = `${isBelow ? at.bottom + GAP : at.top - GAP - list.offsetHeight}px`;
  list.classList.add("is-placed");
  field.setAttribute("aria-expanded", "true");
}

function hide(picker) {
  const { field, list } = parts(picker);
  clearTimeout(timer);
  asked += 1;
  if (isOpen(list)) list.hidePopover();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(picker, option) {
  const { field, list } = parts(picker);
  for (const other of options(list)) other.setAttribute("aria-selected", String(other === option));
  if (!option) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(picker, option) {
  const { field, value } = parts(picker);
  field.value = option.dataset.text;
  value.value = option.dataset.pk;
  hide(picker);
  value.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  const picker = pickerOf(event.target);
  if (!picker || event.target.type === "hidden") return;
  parts(picker).value.value = "";
  clearTimeout(timer);
  timer = setTimeout(() => ask(picker), WAIT_MS);
});

document.addEventListener("click", (event) => {
  const picker = pickerOf(event.target);
  const option = event.target.closest?.("[role=option]");
  if (picker && option) take(picker, option);
  else if (picker && event.target === parts(picker).field && !event.target.value) ask(picker);
});

document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.("[data-picker] [role=listbox]")) event.preventDefault(); // keeps the focus in the field
});

document.addEventListener("focusout", (event) => {
  const picker = pickerOf(event.target);
  if (picker) hide(picker);
});

document.addEventListener(
  "keydown",
  (event) => {
    const picker = pickerOf(event.target);
    if (!picker) return;
    const { list } = parts(picker);
    const all = options(list);
    const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" && !isOpen(list)) ask(picker);
    else if (!isOpen(list)) return;
    else if (event.key === "ArrowDown") choose(picker, all[Math.min(here + 1, all.length - 1)]);
    else if (event.key === "ArrowUp") choose(picker, all[Math.max(here - 1, 0)]);
    else if (event.key === "Enter" && all[here]) take(picker, all[here]);
    else if (event.key === "Escape") hide(picker);
    else return;
    event.preventDefault();
    event.stopPropagation(); // Esc closes the list, not the dialog around it
  },
  true,
);
