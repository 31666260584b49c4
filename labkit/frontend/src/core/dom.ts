// Elements; text enters the page as text nodes only.
import { t } from "./words";

type Props = Readonly<Record<string, string | number | boolean>>;

/** Creates an element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props))
    if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  element.append(...children);
  return element;
}

/** Adds a listener until the signal aborts. */
export function on<K extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  kind: K,
  act: (event: HTMLElementEventMap[K]) => void,
  signal: AbortSignal,
): void {
  element.addEventListener(kind, act, { signal, passive: false });
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Whether a key was pressed without Ctrl, Alt or Meta, so that a view may handle it. */
export const plain = (event: KeyboardEvent): boolean => !event.ctrlKey && !event.metaKey && !event.altKey;

/** The direction of an arrow key: down and right. */
export const arrow = (event: KeyboardEvent): readonly [number, number] | undefined =>
  plain(event) ? ARROWS[event.key] : undefined;

/** Whether the page is dark, by the colour of its text; works in JupyterLab, Notebook and VS Code. */
export function isDark(element: Element): boolean {
  const [r = 0, g = 0, b = 0] = (getComputedStyle(element).color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.3 * r + 0.6 * g + 0.1 * b > 128;
}

/** A function that schedules `work` for the next frame, at most once. */
export function onceAFrame(work: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      work();
    });
  };
}

/** Scrolls `box` until `inner` is visible, `edge` pixels from its border; `scrollIntoView` would scroll the notebook too. */
export function reveal(box: HTMLElement, inner: Element, edge = 0): void {
  const [at, view] = [inner.getBoundingClientRect(), box.getBoundingClientRect()];
  const [above, below] = [at.top - view.top - edge, at.bottom - view.bottom + edge];
  if (above < 0) box.scrollTop += above;
  else if (below > 0) box.scrollTop += below;
}

/** Copies text; rejects if the browser does not allow it. */
export async function copy(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way on a page served by http
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error(t("The browser does not allow it."));
}
