// A view that draws itself again.
import { onLocale } from "./words";

/** Draws a view in a new element of `parent`, again after a change of the language, until the signal aborts. */
export function drawInLanguage(
  parent: Element,
  draw: (host: HTMLElement, signal: AbortSignal) => void,
  signal: AbortSignal,
): void {
  let host = parent.appendChild(document.createElement("div"));
  let drawing = new AbortController();
  draw(host, drawing.signal);
  onLocale(() => {
    drawing.abort();
    drawing = new AbortController();
    const next = document.createElement("div");
    host.replaceWith(next);
    host = next;
    draw(host, drawing.signal);
  }, signal);
  signal.addEventListener("abort", () => {
    drawing.abort();
    host.remove();
  });
}
