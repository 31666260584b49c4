// A thought as one HTML file, which shows it in the token view without a network: the page of labkit's `view.save`.
import { DATA_VERSION } from "../core/saved-model";
import { addressOf } from "./address";
import { wording } from "./countdown";
import { FAMILY } from "./family";
import { titleOf } from "./models";
import type { Thought } from "./thought";

const TEMPLATE = new URL("../share.txt", import.meta.url); // labkit/site/play.py writes it
const DIGITS = 5; // significant digits of a saved number, as in labkit/views/core/saved.py
const HERE = /^(localhost|127\.0\.0\.1|\[::1\])$/; // hosts whose address is of no use to another reader

type Place = Pick<Location, "protocol" | "hostname" | "origin" | "pathname">;

/** The text of the file. Throws an `Error` whose message is a sentence. */
export async function sharedPage(thought: Thought, place: Place): Promise<string> {
  const response = await fetch(TEMPLATE).catch(() => undefined);
  if (!response?.ok)
    throw new Error("The template of the shared page cannot be loaded. Load this page again.");
  return filled(await response.text(), wording(thought.state.puzzle), await blockOf(thought, place));
}

/** The template with a title, as text, and a block, as HTML. */
export function filled(template: string, title: string, block: string): string {
  const parts: Readonly<Record<string, string>> = { "@TITLE@": escaped(title), "@BLOCK@": block };
  return template.replace(/@(?:TITLE|BLOCK)@/g, (name) => parts[name] ?? "");
}

/** The facts of a thought and its view, as HTML; without JavaScript the view is the text of the thought. */
export async function blockOf(thought: Thought, place: Place): Promise<string> {
  const { source, verdict, state, rollout } = thought;
  const facts = [titleOf(state.model), `temperature ${state.temperature}`, `seed ${state.seed}`];
  if (rollout.count > 1) facts.push(`rollout ${rollout.index} of ${rollout.count}`);
  if (state.prefix.length) facts.push(`the first ${state.prefix.length} tokens given`);
  const data = { version: DATA_VERSION, kind: "token", data: await compressed(savedData(thought)) };
  return [
    `<p><b>${verdict.right ? "✓ Right." : "✗ Wrong."}</b> ${escaped(verdict.why)}</p>`,
    `<p>${escaped(facts.join(", "))}. ${linkOf(addressOf(state), place)}</p>`,
    '<div class="labkit-view" role="group" aria-label="The thought"><div class="labkit-saved">',
    `<pre style="white-space: pre-wrap; overflow-wrap: anywhere">${escaped(source.columns.texts.join(""))}</pre>`,
    `</div><script type="application/vnd.labkit.view+json">${JSON.stringify(data)}</script></div>`,
  ].join("\n");
}

/** The way back to the page, as HTML. An address of this machine helps nobody else, but its end does in any playground. */
function linkOf(hash: string, { protocol, hostname, origin, pathname }: Place): string {
  if (HERE.test(hostname) || !protocol.startsWith("http"))
    return `In a playground, the address of this thought ends in <code>${escaped(hash)}</code>.`;
  return `<a href="${escaped(origin + pathname + hash)}">The puzzle in the playground</a>`;
}

/** What labkit's token view saves: its scene, its focus and the trace. */
export function savedData({ source, state }: Thought): object {
  const { tokens, scene, focus, columns } = source;
  const pieces = Object.fromEntries(
    tokens.flatMap(({ topIds, topTexts }) => topIds.map((id, k) => [id, topTexts[k] ?? ""])),
  );
  const trace = {
    version: 1,
    model: scene.model,
    family: FAMILY,
    prompt: scene.prompt,
    text: columns.texts.join(""),
    open_tag: "<think>",
    close_tag: "</think>",
    opened: true,
    finish: scene.finish,
    settings: { temperature: state.temperature, seed: state.seed },
    pieces,
    tokens: {
      ids: tokens.map(({ id }) => id),
      sizes: tokens.map(({ bytes }) => bytes.length),
      logprobs: tokens.map(({ logprob }) => rounded(logprob)),
      entropies: tokens.map(({ entropy }) => rounded(entropy)),
      top_ids: tokens.map(({ topIds }) => topIds),
      top_logprobs: tokens.map(({ topLogprobs }) => topLogprobs.map(rounded)),
    },
  };
  return { scene: { ...scene, key: "" }, focus, trace };
}

/** JSON, compressed (zlib), in base64, as labkit/views/core/saved.py writes it. */
async function compressed(data: object): Promise<string> {
  const stream = new Blob([JSON.stringify(data)]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
