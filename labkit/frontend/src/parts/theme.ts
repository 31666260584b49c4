// Follows the page's theme, whichever application it is.
import type { Inks } from "../draw/matrix";
import { h, isDark } from "./dom";

const MARKS = ["data-jp-theme-light", "data-vscode-theme-id", "class"];

/**
 * Calls `change(dark)` when `section` turns light or dark, and once it is on the page; toggles its class.
 * `resized` hears of a new size.
 */
export function theme(section: HTMLElement, change: (dark: boolean) => void, resized: () => void, signal: AbortSignal): void {
  let was: boolean | undefined;
  const look = () => {
    if (signal.aborted || !section.isConnected) return;
    const dark = isDark(section);
    if (dark === was) return;
    was = dark;
    section.classList.toggle("dark", dark);
    change(dark);
  };
  const watch = new MutationObserver(() => setTimeout(look, 60)); // its style sheet comes later
  watch.observe(document.body, { attributes: true, attributeFilter: MARKS });
  const size = new ResizeObserver(() => { // its first call comes when the view is on the page
    look();
    resized();
  });
  size.observe(section);
  signal.addEventListener("abort", () => {
    watch.disconnect();
    size.disconnect();
  });
}

/** The colours of a view's style sheet, for canvases, which know no variables. */
export function inksOf(section: HTMLElement): Inks {
  const probe = h("i", {});
  section.append(probe);
  const color = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const [ink, muted, rule, paper, at, by] = ["ink", "muted", "rule", "paper", "at", "by"].map(color) as [string, string, string, string, string, string];
  probe.remove();
  return { ink, muted, rule, paper, at, by, font: getComputedStyle(section).fontFamily };
}
