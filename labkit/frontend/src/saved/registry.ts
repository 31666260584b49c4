// The views that can be drawn without a kernel, by the kind in their payload. Each is loaded when it is needed.
import { drawInLanguage } from "../core/redraw";
import { readPayload, type DrawSaved, type Payload } from "../core/saved-model";

const VIEWS: Readonly<Record<string, () => Promise<{ readonly drawSaved: DrawSaved }>>> = {
  attention: () => import("../views/attention/saved"),
  catalog: () => import("../views/catalog/saved"),
  compare: () => import("../views/compare/saved"),
  cost: () => import("../views/cost/saved"),
  fork: () => import("../views/fork/saved"),
  lens: () => import("../views/lens/saved"),
  reward: () => import("../views/reward/saved"),
  scaling: () => import("../views/scaling/saved"),
  token: () => import("../views/token/saved"),
  traces: () => import("../views/traces/saved"),
  training: () => import("../views/training/saved"),
};

/** Whether a payload holds a view that can be drawn. */
export function isDrawable(payload: unknown): payload is Payload {
  const { kind, data } = (payload ?? {}) as Partial<Payload>;
  return typeof kind === "string" && Object.hasOwn(VIEWS, kind) && typeof data === "string";
}

/**
 * Draws the view of a payload in `host`; removes it when the signal aborts.
 *
 * Resolves to false if the payload holds no view that can be drawn; rejects if its data is damaged. Then `host` is empty.
 */
export async function drawPayload(
  host: HTMLElement,
  payload: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  const load = isDrawable(payload) ? VIEWS[payload.kind ?? ""] : undefined;
  const [saved, view] = await Promise.all([readPayload(payload), load?.()]);
  if (!saved || !view || signal.aborted) return false;
  drawInLanguage(host, (inner, drawing) => view.drawSaved(inner, saved, drawing), signal);
  return true;
}
