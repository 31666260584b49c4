// Which tokens each head of the model looked at; a click selects the token here and in the thought above.
import { h } from "../../core/dom";
import { drawable } from "../../core/text";
import { AttentionSource } from "../../views/attention/source";
import { attentionView } from "../../views/attention/view";
import { pageModel } from "../page-model";
import type { DrawPanel } from "../panel";
import { EngineAttention } from "./attention-data";

export const drawAttention: DrawPanel = async (host, { source, ids }, { client }, signal) => {
  const { prompt, key, model: name } = source.scene;
  const { promptTexts, ...inside } = await client.look({ prompt, completion: ids });
  if (signal.aborted) return;
  const first = promptTexts.length;
  const parts = source.columns.blocks.map((block) => ({
    ...block,
    gist: drawable(block.gist),
    first: first + block.first,
    last: first + block.last,
  }));
  const attention = new EngineAttention({
    ...inside,
    prompt: first,
    texts: [...promptTexts, ...source.columns.texts].map(drawable),
    parts: [
      { role: "prompt", first: 0, last: first, number: 0, kind: "other", gist: "the prompt" },
      ...parts,
    ],
    sentences: source.sentences.map(([from, to]) => [first + from, first + to]),
  });
  const focus = {
    layer: Math.floor(inside.queries.length / 2),
    head: 0,
    token: first + (source.focus.token ?? Math.max(0, source.answerToken)),
    mode: "tokens",
    how: "max",
  };
  const model = pageModel(attention.scene(key, name), focus, attention);
  const view = h("div", {});
  host.replaceChildren(view);
  attentionView(view, new AttentionSource(model), signal);
};
