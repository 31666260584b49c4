// Forks of the thought above: another token or another step, eight continuations, and the share of right ones.
import { h } from "../../core/dom";
import { ForkSource } from "../../views/fork/source";
import { forkView } from "../../views/fork/view";
import { Completion } from "../completion";
import { END } from "../family";
import type { LinkedFork } from "../fork-link";
import type { TextToken } from "../messages";
import type { DrawPanel } from "../panel";
import type { Thought } from "../thought";
import type { Fork, Trunk } from "./fork-data";
import { ForkModel } from "./fork-model";

const forksOf = new WeakMap<Thought, readonly Fork[]>(); // so that a thought that is shown again has them

export const drawForks: DrawPanel = (host, thought, page, signal) => {
  const { source } = thought;
  const changed = (forks: readonly Fork[]): void => {
    forksOf.set(thought, forks);
    if (!signal.aborted) page.holdForks(thought, forks.map(linked));
  };
  const earlier = forksOf.get(thought) ?? [];
  const model = new ForkModel(trunkOf(thought), source.scene, page.client, earlier, changed, signal);
  const view = h("div", {});
  host.replaceChildren(view);
  forkView(view, new ForkSource(model), signal);
  if (!earlier.length) void model.redraw(page.linkedForks(thought));
};

function trunkOf({ source, ids, state }: Thought): Trunk {
  return {
    puzzle: state.puzzle,
    completion: new Completion(ids, textsOf(source.tokens), source.scene.finish),
    logprobs: source.tokens.map(({ logprob }) => logprob),
    choices: (place) => {
      const { topIds, topTexts, topLogprobs } = source.tokens[place] ?? {
        topIds: [],
        topTexts: [],
        topLogprobs: [],
      };
      return topIds.map((token, k) => ({
        token,
        text: topTexts[k] ?? "",
        share: Math.exp(topLogprobs[k] ?? -Infinity),
      }));
    },
  };
}

/** The texts of tokens; the parts of a character are the text of its last token. */
function textsOf(tokens: readonly TextToken[]): string[] {
  const decoder = new TextDecoder();
  return tokens.map(({ bytes }) => (bytes.length ? decoder.decode(bytes, { stream: true }) : END));
}

const linked = ({ change, put }: Fork): LinkedFork => ({
  ...change,
  at: change.step === null ? change.at : null,
  put: put.ids,
});
