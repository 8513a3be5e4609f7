// Folds the rail to its icons; a cookie keeps it so, because the server draws the page that way from the start.
import { onClick } from "./events.js";

const YEAR_S = 365 * 24 * 3600;

export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
}

onClick("[data-fold-rail]", (button) => {
  const root = document.documentElement;
  const isFolded = root.dataset.rail !== "folded";
  if (isFolded) root.dataset.rail = "folded";
  else delete root.dataset.rail;
  button.setAttribute("aria-expanded", String(!isFolded));
  remember("rail", isFolded ? "folded" : "open");
});
