// The views of the site that need no kernel: each replaces its saved picture.
import { KernelChannel } from "../core/kernel-channel";
import type { Model } from "../core/kernel-channel";
import { catalogView } from "../views/catalog/view";
import { costView } from "../views/cost/view";
import { scalingView } from "../views/scaling/view";
import { readTrace, TraceSource } from "../views/token/trace-source";
import { tokenView } from "../views/token/view";

const DATA = 'script[type="application/vnd.labkit.view+json"]';

/** What `labkit/site/examples.py` writes: a trace, or the scene and the focus of a view. */
interface Saved {
  readonly kind: string;
  readonly trace?: unknown;
  readonly scene?: unknown;
  readonly focus?: unknown;
}

type Draw = (host: HTMLElement, saved: Saved, signal: AbortSignal) => void;

const VIEWS: Readonly<Record<string, Draw>> = {
  token: (host, { trace, focus }, signal) => {
    const source = new TraceSource(readTrace(trace));
    source.setFocus(focus ?? {});
    tokenView(host, source, signal);
  },
  catalog: (host, saved, signal) => catalogView(host, channel(saved), signal),
  cost: (host, saved, signal) => costView(host, channel(saved), signal),
  scaling: (host, saved, signal) => scalingView(host, channel(saved), signal),
};

/** A channel without a kernel: the page has all data, and what the reader selects stays on the page. */
function channel<Scene, Focus extends object>({ scene, focus }: Saved): KernelChannel<Scene, Focus, never> {
  const values = new Map<string, unknown>(Object.entries({ scene, focus }));
  const model: Model = {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    save_changes: () => undefined,
    send: () => undefined,
    on: () => undefined,
  };
  return new KernelChannel(model);
}

/** Draws a view beside its saved picture, then hides the picture; after an error the picture stays. */
function enliven(data: Element): void {
  const frame = data.parentElement;
  const saved = JSON.parse(data.textContent) as Saved;
  const draw = VIEWS[saved.kind];
  if (!frame || !draw) return;
  const host = document.createElement("div");
  const stop = new AbortController();
  frame.append(host);
  try {
    draw(host, saved, stop.signal);
    frame.classList.add("labkit-live");
  } catch (error) {
    stop.abort();
    host.remove();
    throw error;
  }
}

/** Lets the views notice the page's switch of the theme: they watch the classes of the body. */
function announceTheme(): void {
  const changed = (): void => {
    document.body.classList.toggle("labkit-theme-changed");
  };
  new MutationObserver(changed).observe(document.body, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

announceTheme();
for (const data of document.querySelectorAll(DATA)) enliven(data);
