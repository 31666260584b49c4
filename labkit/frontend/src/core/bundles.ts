// The modules of the views of a page. A browser never frees a module, so that views of one kind share theirs.
import type { Widget } from "./mount-widget";

export type Bundle = Promise<{ readonly default: () => Widget }>;

const SHARED = Symbol.for("labkit.bundles");
const page = globalThis as unknown as Record<symbol, Map<string, Bundle> | undefined>;
const bundles = (page[SHARED] ??= new Map<string, Bundle>());

/** Imports a bundle; the same text is the same module. */
export function loadBundle(text: string): Bundle {
  let bundle = bundles.get(text);
  if (!bundle) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    bundle = import(url) as Bundle;
    bundles.set(text, bundle);
    void bundle.finally(() => URL.revokeObjectURL(url));
  }
  return bundle;
}
