// The shadow root of a view.
import { h } from "./dom";

/** Shows a view in `host` until the signal aborts; page styles do not reach it, nor its styles the page. */
export function attachView(
  host: HTMLElement,
  section: HTMLElement,
  css: string,
  signal: AbortSignal,
): ShadowRoot {
  const root = host.attachShadow({ mode: "open" });
  section.setAttribute("role", "group"); // no landmark: a page of views would have a landmark for each
  root.append(h("style", {}, css), section);
  host.setAttribute("data-lm-suppress-shortcuts", "true"); // otherwise JupyterLab handles the keys first
  signal.addEventListener("abort", () => root.replaceChildren());
  return root;
}
