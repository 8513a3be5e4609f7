// Where tabs are wider than the screen, the open one is in sight.
function show(tabs) {
  const open = tabs.querySelector("[aria-current]");
  if (open === null || tabs.scrollWidth <= tabs.clientWidth) return;
  const gap = open.getBoundingClientRect().left - tabs.getBoundingClientRect().left;
  tabs.scrollLeft += gap - (tabs.clientWidth - open.offsetWidth) / 2;
}

document.querySelectorAll(".tabs").forEach(show);
