// The names of htmx's events in one place: htmx 4 renames them.
export const BEFORE_REQUEST = "htmx:beforeRequest";
export const AFTER_REQUEST = "htmx:afterRequest";
export const AFTER_SWAP = "htmx:afterSwap";
export const AFTER_SETTLE = "htmx:afterSettle";
export const RESPONSE_ERROR = "htmx:responseError";
export const SEND_ERROR = "htmx:sendError";
export const TIMEOUT = "htmx:timeout";

// Runs `handle(element, event)` for clicks on what matches, now and later.
export function onClick(selector, handle) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.(selector);
    if (element) handle(element, event);
  });
}

export const isPlainClick = (event) =>
  event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
