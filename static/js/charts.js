// The words of a chart's column under the pointer. Everything they say is also in the chart's table.
const tooltip = document.getElementById("tooltip");
const GAP = 12;

function show(event) {
  const mark = event.target.closest?.("[data-tip]");
  if (!tooltip) return;
  tooltip.hidden = !mark;
  if (!mark) return;
  tooltip.textContent = mark.dataset.tip;
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  tooltip.style.left = `${Math.max(4, Math.min(event.clientX - width / 2, innerWidth - width - 4))}px`;
  tooltip.style.top = `${event.clientY - height - GAP < 0 ? event.clientY + GAP : event.clientY - height - GAP}px`;
}

document.addEventListener("pointermove", show, { passive: true });
document.addEventListener("scroll", () => tooltip && (tooltip.hidden = true), { passive: true, capture: true });
