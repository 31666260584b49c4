// What the experiments of several guided pages draw and say.
import { h } from "../../core/dom";
import { tokenView } from "../../views/token/view";
import type { State } from "../address";
import { Thought, type RolloutNumber } from "../thought";
import type { Lab } from "./experiment";

/** A link to a page outside of the site, which is requested only when the reader follows it. */
export const cite = (text: string, href: string): HTMLElement => h("a", { href, rel: "noreferrer" }, text);

export const R1 = (): HTMLElement => cite("DeepSeek-R1", "https://arxiv.org/abs/2501.12948");

/** A share as a percentage without decimals, such as "93 %". */
export const percent = (share: number): string => `${Math.round(100 * share)}\u00a0%`;

/** A number of things: "1 token", "2 tokens". */
export const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/** Generates a thought and shows it while it grows. Throws an `Error` whose message is a sentence. */
export async function showThought(
  { client }: Lab,
  state: State,
  host: HTMLElement,
  signal: AbortSignal,
): Promise<Thought> {
  const thought = new Thought(client, state);
  signal.addEventListener("abort", () => thought.stop());
  const view = h("div", { class: "thought" });
  host.append(view);
  tokenView(view, thought.source, signal);
  await ended(thought);
  return thought;
}

/** Resolves when a thought has ended. Throws an `Error` whose message is a sentence if it did not come to an end. */
export async function ended(thought: Thought): Promise<void> {
  const fault = await thought.finished;
  if (fault) throw new Error(fault);
  if (thought.source.scene.finish === "interrupted")
    throw new Error("The thought was stopped before its end. Run it once more.");
}

/** Generates the thoughts of a group, one after the other; `each` gets them as they end. */
export async function drawGroup(
  { client }: Lab,
  state: State,
  size: number,
  signal: AbortSignal,
  each: (thought: Thought) => void,
): Promise<Thought[]> {
  const number = (index: number): RolloutNumber => ({ count: size, index });
  const thoughts = Array.from({ length: size }, (_, i) => new Thought(client, state, number(i)));
  signal.addEventListener("abort", () => {
    for (const thought of thoughts) thought.stop();
  });
  for (const thought of thoughts) {
    await ended(thought);
    if (signal.aborted) break;
    each(thought);
  }
  return thoughts;
}

/** A table with a caption, a head and rows. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
): HTMLElement {
  const cells = (tag: "th" | "td", texts: readonly (string | Node)[]): HTMLElement =>
    h("tr", {}, ...texts.map((text) => h(tag, tag === "th" ? { scope: "col" } : {}, text)));
  return h(
    "div",
    { class: "table", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h("thead", {}, cells("th", head)),
      h("tbody", {}, ...rows.map((row) => cells("td", row))),
    ),
  );
}

/** A bar whose length is a share of its place; the number beside it says the same. */
export function bar(share: number, kind = ""): HTMLElement {
  const element = h("span", { class: `meter ${kind}`, "aria-hidden": "true" });
  element.style.setProperty("--share", `${Math.round(100 * share)}%`);
  return element;
}
