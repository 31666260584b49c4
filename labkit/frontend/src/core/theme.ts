// The page's theme, in JupyterLab, Notebook, VS Code and the pages of the site.
import { h, isDark } from "./dom";

const THEME_ATTRIBUTES = ["data-jp-theme-light", "data-vscode-theme-id", "data-theme", "class"];

/**
 * Calls `change(dark)` when `section` becomes part of the page and when it turns light or dark, and toggles its
 * class `dark`; calls `resized` after a change of its size.
 */
export function followTheme(
  section: HTMLElement,
  signal: AbortSignal,
  change?: (dark: boolean) => void,
  resized?: () => void,
): void {
  let known: boolean | undefined;
  const check = () => {
    if (signal.aborted || !section.isConnected) return;
    const dark = isDark(section);
    if (dark === known) return;
    known = dark;
    section.classList.toggle("dark", dark);
    change?.(dark);
  };
  const watch = new MutationObserver(() => setTimeout(check, 60)); // the theme's style sheet loads later
  for (const element of [document.documentElement, document.body])
    watch.observe(element, { attributes: true, attributeFilter: THEME_ATTRIBUTES });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", check, { signal });
  const size = new ResizeObserver(() => {
    // first called when the view is on the page
    check();
    resized?.();
  });
  size.observe(section);
  signal.addEventListener("abort", () => {
    watch.disconnect();
    size.disconnect();
  });
}

/** Colours of a style sheet by name, and its font, for a canvas, which cannot read CSS variables. */
export type Palette<Name extends string> = Readonly<Record<Name | "font", string>>;

/** Reads the CSS variables `--NAME` of a section. */
export function paletteOf<Name extends string>(section: HTMLElement, names: readonly Name[]): Palette<Name> {
  const probe = h("i", {});
  probe.style.setProperty("forced-color-adjust", "none"); // forced colours would make all names one colour
  section.append(probe);
  const entries = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries([...entries, ["font", getComputedStyle(section).fontFamily]]) as Palette<Name>;
}
