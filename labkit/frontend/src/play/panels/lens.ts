// What each layer would say, if it were the last; a click selects the token here and in the thought above.
import { h } from "../../core/dom";
import type { Scene } from "../../views/lens/contract";
import { LensSource } from "../../views/lens/source";
import { lensView } from "../../views/lens/view";
import type { LensQuestion, LensSize } from "../messages";
import { pageModel } from "../page-model";
import type { DrawPanel } from "../panel";

const TUNED = "R1-mini"; // the model that has a tuned lens

export const drawLens: DrawPanel = async (host, { source, ids }, { client }, signal) => {
  const { prompt, key, model } = source.scene;
  if (!ids.length) return host.replaceChildren("The thought has no tokens yet. Press Think.");
  const answer = (question: LensQuestion) => client.lens({ prompt, completion: ids, question });
  const { prompt: first, count, layers, held } = (await answer({ ask: "size" })).header as LensSize;
  if (signal.aborted) return;
  const { answerStart } = source;
  const followed = answerStart < 0 ? ids.length - 1 : firstWord(source.columns.texts, answerStart);
  const target = { id: ids[followed] ?? 0, text: source.columns.texts[followed] ?? "" };
  const scene: Scene = {
    key,
    model,
    count,
    prompt: first,
    layers,
    kinds: model === TUNED ? ["logit", "tuned"] : ["logit"],
    answer: answerStart < 0 ? -1 : first - 1 + answerStart,
    target,
    held,
  };
  const focus = { kind: "logit", color: "top", target: target.id, position: null, layer: null };
  const view = h("div", {});
  host.replaceChildren(view);
  lensView(view, new LensSource(pageModel(scene, focus, { answer })), signal);
};

/** The first token from `start` on that has a letter or a digit; `start` if no token has. */
function firstWord(texts: readonly string[], start: number): number {
  const at = texts.findIndex((text, i) => i >= start && /[\p{L}\p{N}]/u.test(text));
  return at < 0 ? start : at;
}
