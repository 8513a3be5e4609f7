// An open conversation: the newest message in view, fresh ones without a jump, the composer's keys, and its draft.
import { AFTER_SWAP } from "./events.js";
import { registerKey } from "./keys.js";
import { say } from "./words.js";

const NEAR = 80; // px from the end that still count as "at the end"
const PAUSE_MS = 1500; // without a key, before the draft is kept
const composer = document.getElementById("composer");
const pane = document.querySelector("[data-messages]");
let isAtEnd = true;

function showNewest() {
  pane.scrollTop = pane.scrollHeight;
}

pane.addEventListener("scroll", () => {
  isAtEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR;
});
pane.addEventListener(AFTER_SWAP, () => isAtEnd && showNewest());

// The textarea that one writes in, as an answer or as a note.
function write(kind) {
  composer.querySelector(`#kind-${kind}`).click();
  composer.querySelector("textarea").focus();
}

function send() {
  if (!composer.contains(document.activeElement)) return false;
  const button = [...composer.querySelectorAll("[data-send]")].find((each) => each.offsetParent && !each.disabled);
  if (button) composer.requestSubmit(button);
  return true;
}

let isDirty = false;
let timer;

async function keep() {
  clearTimeout(timer);
  if (!isDirty) return;
  isDirty = false;
  const answer = await fetch(composer.dataset.draft, { method: "POST", body: new FormData(composer) }).catch(() => null);
  if (answer?.ok) composer.querySelector("[data-draft-state]").textContent = await answer.text();
  else isDirty = true;
}

function watchDraft() {
  composer.addEventListener("input", () => {
    isDirty = true;
    composer.querySelector("[data-draft-state]").textContent = "";
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  });
  composer.addEventListener("submit", () => {
    isDirty = false;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => isDirty && navigator.sendBeacon(composer.dataset.draft, new FormData(composer)));
}

showNewest();
if (composer) {
  watchDraft();
  registerKey({ keys: "r", label: say("writeAnswer"), group: "inbox", run: () => write("answer") });
  registerKey({ keys: "n", label: say("writeNote"), group: "inbox", run: () => write("note") });
  registerKey({ keys: "Ctrl ENTER", label: say("sendIt"), group: "inbox", run: send });
}
