// What scripts say, translated by the server (crm/context.py, script_words).
const element = document.getElementById("words");
const words = element ? JSON.parse(element.textContent) : {};

export function say(key, ...values) {
  return values.reduce((text, value) => text.replace("%s", value), words[key] ?? key);
}
