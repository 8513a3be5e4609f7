// Light or dark at a click. The profile keeps it for good; signed out, a cookie does.
import { onClick } from "./events.js";
import { remember } from "./rail.js";

onClick("[data-switch-theme]", (button) => {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  const { themeUrl } = button.dataset;
  if (themeUrl) htmx.ajax("POST", themeUrl, { source: button, swap: "none", values: { theme: root.dataset.theme } });
  else remember("theme", root.dataset.theme);
});
