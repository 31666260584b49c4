// A canvas context that records what is drawn, for tests without a browser.

export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A context whose texts are 6 points wide per character, and the calls that it received. */
export function recorder(): { readonly ctx: CanvasRenderingContext2D; readonly calls: Call[] } {
  const calls: Call[] = [];
  const state: Record<string, unknown> = {};
  const ctx = new Proxy(state, {
    get(_, name: string) {
      if (name in state) return state[name];
      if (name === "measureText") return (text: string) => ({ width: 6 * text.length });
      return (...args: unknown[]) => void calls.push({ name, args });
    },
  });
  return { ctx: ctx as unknown as CanvasRenderingContext2D, calls };
}

/** The texts that were drawn. */
export const textsOf = (calls: readonly Call[]): string[] =>
  calls.filter((call) => call.name === "fillText").map((call) => String(call.args[0]));
