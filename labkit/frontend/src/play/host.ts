// The JupyterLab that shows this page in a panel: it gives the theme, remembers the address and opens notebooks.
import { h } from "../core/dom";
import { IN_PANEL, type Notebook, type ToHost, type ToPage } from "./host-messages";

const DARK = "(prefers-color-scheme: dark)";

/** The JupyterLab around this page; undefined outside of JupyterLab. `say` gets its sentences. */
export function hostOf(say: (message: string) => void): Host | undefined {
  return parent !== window && location.search === IN_PANEL ? new Host(say) : undefined;
}

export class Host {
  constructor(say: (message: string) => void) {
    document.documentElement.classList.add("in-panel");
    document.head.append(h("base", { target: "_blank" })); // links open beside JupyterLab
    addEventListener("message", ({ source, origin, data }: MessageEvent<ToPage>) => {
      if (source !== parent || origin !== location.origin) return;
      if (data.labkit === "theme") useTheme(data.dark);
      else say(data.message);
    });
    this.#send({ labkit: "ready" });
  }

  /** The address of the thought that is shown, for a reload of JupyterLab. */
  remember(hash: string): void {
    this.#send({ labkit: "address", hash });
  }

  /** JupyterLab writes the notebook beside its other files and opens it. */
  openNotebook(name: string, notebook: Notebook): void {
    this.#send({ labkit: "notebook", name, notebook });
  }

  #send(message: ToHost): void {
    parent.postMessage(message, location.origin);
  }
}

/** Lets the style sheets follow JupyterLab and not the system. */
function useTheme(dark: boolean): void {
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  darkRules ??= [...document.styleSheets].flatMap(({ cssRules }) =>
    [...cssRules].filter(
      (rule): rule is CSSMediaRule => rule instanceof CSSMediaRule && rule.conditionText === DARK,
    ),
  );
  for (const { media } of darkRules) media.mediaText = dark ? "all" : "not all";
}

let darkRules: readonly CSSMediaRule[] | undefined;
