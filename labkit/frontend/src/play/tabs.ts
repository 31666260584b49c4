// Tabs of panels (WAI-ARIA: tabs with manual activation); at most one is open, and none at first.
import { arrow, h } from "../core/dom";
import type { Panel } from "./panel";

interface Tab {
  readonly panel: Panel;
  readonly button: HTMLButtonElement;
  readonly host: HTMLElement;
  end: AbortController | undefined; // of what is drawn
}

export class Tabs {
  readonly element: HTMLElement;
  readonly #tabs: readonly Tab[];
  readonly #draw: (panel: Panel, host: HTMLElement, signal: AbortSignal) => void;
  #enabled = false;

  constructor(
    panels: readonly Panel[],
    draw: (panel: Panel, host: HTMLElement, signal: AbortSignal) => void,
  ) {
    this.#draw = draw;
    this.#tabs = panels.map((panel, i) => {
      const id = `panel-${panel.name}`;
      const button = h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${panel.name}`,
          "aria-controls": id,
          "aria-selected": "false",
          tabindex: i ? -1 : 0,
        },
        panel.title,
      );
      button.addEventListener("click", () => this.toggle(panel.name));
      const host = h("div", {
        role: "tabpanel",
        id,
        class: panel.name,
        "aria-labelledby": `tab-${panel.name}`,
        hidden: true,
      });
      return { panel, button, host, end: undefined };
    });
    const list = h(
      "div",
      { role: "tablist", "aria-label": "Look further" },
      ...this.#tabs.map(({ button }) => button),
    );
    list.addEventListener("keydown", (event) => this.#move(event));
    this.element = h(
      "section",
      { class: "panels", hidden: true },
      list,
      ...this.#tabs.map(({ host }) => host),
    );
  }

  /** Opens a tab, or closes it if it is open. */
  toggle(name: string): void {
    const tab = this.#tabs.find(({ panel }) => panel.name === name);
    if (tab && this.#isOpen(tab)) this.#close(tab);
    else this.open(name);
  }

  /** Opens a tab and returns the place of its panel. */
  open(name: string): HTMLElement | undefined {
    const tab = this.#tabs.find(({ panel }) => panel.name === name);
    if (!tab) return undefined;
    for (const other of this.#tabs) if (other !== tab) this.#close(other);
    for (const { button } of this.#tabs) button.tabIndex = button === tab.button ? 0 : -1;
    tab.button.setAttribute("aria-selected", "true");
    tab.host.hidden = false;
    this.#fill(tab);
    return tab.host;
  }

  /** Removes the panels that are about what is no longer shown; an open one is drawn again by `enable`. */
  clear(of: readonly Panel["of"][]): void {
    this.#enabled = false;
    for (const tab of this.#tabs) if (of.includes(tab.panel.of)) this.#empty(tab);
  }

  /** The thought has ended: shows the tabs and draws the open one. */
  enable(): void {
    this.#enabled = true;
    this.element.hidden = false;
    for (const tab of this.#tabs) if (this.#isOpen(tab)) this.#fill(tab);
  }

  #isOpen(tab: Tab): boolean {
    return !tab.host.hidden;
  }

  #fill(tab: Tab): void {
    if (tab.end || !this.#enabled) return;
    tab.end = new AbortController();
    this.#draw(tab.panel, tab.host, tab.end.signal);
  }

  #empty(tab: Tab): void {
    tab.end?.abort();
    tab.end = undefined;
    tab.host.replaceChildren();
  }

  #close(tab: Tab): void {
    tab.button.setAttribute("aria-selected", "false");
    tab.host.hidden = true;
  }

  #move(event: KeyboardEvent): void {
    const [, across] = arrow(event) ?? [0, 0];
    const at = this.#tabs.findIndex(({ button }) => button === event.target);
    if (!across || at < 0) return;
    event.preventDefault();
    this.#tabs[(at + across + this.#tabs.length) % this.#tabs.length]?.button.focus();
  }
}
