// What htmx does not do alone: errors in words, panels that offer to try again, polls that rest in hidden tabs.
import { BEFORE_REQUEST, RESPONSE_ERROR, SEND_ERROR, TIMEOUT } from "./events.js";
import { toast } from "./toasts.js";
import { say } from "./words.js";

const WORDS = { 403: "forbidden", 404: "gone", 410: "gone", 413: "tooLarge", 429: "tooMuch" };

document.addEventListener(RESPONSE_ERROR, (event) => {
  const { xhr, elt } = event.detail;
  if (elt.matches("[data-panel]")) return offerRetry(elt);
  const isStale = xhr.status === 403 && xhr.getResponseHeader("X-Reason") === "csrf";
  toast({ text: say(isStale ? "stale" : (WORDS[xhr.status] ?? "failed")), level: "error" });
});

for (const name of [SEND_ERROR, TIMEOUT]) {
  document.addEventListener(name, (event) => {
    const { elt } = event.detail;
    if (elt.matches("[data-panel]")) offerRetry(elt);
    else if (!elt.matches("[data-poll]")) toast({ text: say("offline"), level: "error" });
  });
}

function offerRetry(panel) {
  const box = document.createElement("div");
  box.className = "card card__body row";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small";
  button.textContent = say("retry");
  button.addEventListener("click", () => htmx.trigger(panel, "retry"));
  const words = document.createElement("span");
  words.className = "grow muted";
  words.textContent = `${panel.dataset.panel}: ${say("panelFailed")}`;
  box.append(words, button);
  panel.replaceChildren(box);
}

// A hidden tab asks for nothing; it asks once when it is seen again.
document.addEventListener(BEFORE_REQUEST, (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-poll]")) htmx.trigger(element, "seen");
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.submit();
  if (event.target.closest("[data-ask-on-change]")) askOn(event.target.form);
});

// A form on a page of its own whose further fields depend on what was chosen just now.
function askOn(form) {
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "ask", value: "1" }));
  form.submit();
}
