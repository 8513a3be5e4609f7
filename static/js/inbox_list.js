// The list of conversations: a chosen topic shows at once, and the list holds still while rows are ticked.
import { BEFORE_REQUEST } from "./events.js";

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener(BEFORE_REQUEST, (event) => {
  const { elt } = event.detail;
  if (elt.id === "inbox-rows" && elt.querySelector(".conversation__tick :checked")) event.preventDefault();
});
