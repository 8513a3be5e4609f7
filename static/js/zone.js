// Offers the zone of this browser where somebody has to choose one and has not yet.
const select = document.querySelector("[data-guess-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select?.value === "UTC" && [...select.options].some((option) => option.value === zone)) select.value = zone;
