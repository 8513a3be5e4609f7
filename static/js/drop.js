// A file may be dropped anywhere on a [data-drop-file] label; its input takes it and the form is sent.
for (const zone of document.querySelectorAll("[data-drop-file]")) {
  const input = zone.querySelector("input[type=file]");
  const lift = (event) => {
    event.preventDefault();
    zone.classList.toggle("is-over", event.type === "dragover");
  };
  zone.addEventListener("dragover", lift);
  zone.addEventListener("dragleave", lift);
  zone.addEventListener("drop", (event) => {
    lift(event);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.form.requestSubmit();
  });
}
