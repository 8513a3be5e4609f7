// Menus are popovers; here they are placed at their button and walked with the arrow keys.
const GAP = 4;
const EDGE = 8;

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches(".menu")) return;
  const button = buttonOf(menu);
  button?.setAttribute("aria-expanded", String(event.newState === "open"));
  if (event.newState !== "open") return;
  if (button) place(menu, button);
  entries(menu)[0]?.focus({ preventScroll: true });
}, true);

export function buttonOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

// Under the button, its edges in line with the button's, above it where there is no room, and never off the screen.
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const isAtEnd = at.left + at.width / 2 > innerWidth / 2;
  const left = isAtEnd ? at.right - width : at.left;
  const below = at.bottom + GAP;
  const top = below + height > innerHeight - EDGE && at.top - GAP - height > EDGE ? at.top - GAP - height : below;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  menu.style.top = `${Math.max(EDGE, top)}px`;
  menu.classList.add("is-placed");
}

const entries = (menu) => [...menu.querySelectorAll(".menu__item:not(:disabled)")].filter((item) => item.offsetParent);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu) return;
  const items = entries(menu);
  const here = items.indexOf(document.activeElement);
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
});
