// The lens in the worker: it records the residual stream of one thought, and answers from it until another is asked for.
import { prefill, readSafetensors } from "../engine";
import type { SavedAnswer } from "../core/saved-model";
import type { Model } from "./checkpoint";
import type { LensRequest } from "./messages";
import { EngineLens, type Reader, type Translators } from "./panels/lens-data";

const TUNED = new URL("../model/tuned-lens.safetensors", import.meta.url); // of R1-mini

let held:
  | { readonly model: Model; readonly key: string; readonly prompt: number; readonly lens: EngineLens }
  | undefined;
let tuned: Promise<Translators> | undefined;

/** Answers a request of a lens view, or says how many tokens the prompt has. */
export async function answerLens(model: Model, request: LensRequest): Promise<SavedAnswer> {
  const { question } = request;
  const { lens, prompt } = heldOf(model, request);
  if (question.ask === "size") return { header: { prompt, ...lens.size } };
  if ("kind" in question && question.kind === "tuned") lens.translators = await translators();
  return lens.answer(question);
}

function heldOf(model: Model, { prompt, completion }: LensRequest): NonNullable<typeof held> {
  const key = JSON.stringify([prompt, completion]);
  if (held?.model === model && held.key === key) return held;
  held = undefined; // frees its memory first
  const promptIds = model.tokenizer.encode(model.tokenizer.template(prompt));
  const lens = lensOf(model, [...promptIds, ...completion]);
  return (held = { model, key, prompt: promptIds.length, lens });
}

/** Reads all tokens but the last, and holds the residual stream after each layer. */
function lensOf({ transformer, tokenizer }: Model, ids: number[]): EngineLens {
  const { num_hidden_layers: layers, hidden_size: width, vocab_size } = transformer.config;
  const values = new Float32Array((ids.length - 1) * (layers + 1) * width);
  const cache = transformer.newCache(ids.length);
  prefill(transformer, ids.slice(0, -1), cache, {
    residual: (layer, stream) => values.set(stream, (cache.length * (layers + 1) + layer) * width),
  });
  let vocabulary = vocab_size;
  while (vocabulary && !tokenizer.bytes(vocabulary - 1).length) vocabulary--;
  const reader: Reader = {
    vocabulary,
    logits: (stream) => transformer.logits(stream),
    text: (id) => tokenizer.text(id),
  };
  return new EngineLens({ ids, layers, width, values }, reader);
}

/** The maps of the tuned lens; they are loaded once, and again after a failure. */
function translators(): Promise<Translators> {
  tuned ??= loadTranslators().catch((error: unknown) => {
    tuned = undefined;
    throw error;
  });
  return tuned;
}

async function loadTranslators(): Promise<Translators> {
  const response = await fetch(TUNED).catch(() => undefined);
  if (!response?.ok) throw new Error("The tuned lens cannot be loaded. Connect, and choose it again.");
  const tensors = readSafetensors(await response.arrayBuffer());
  const [weight, bias] = [tensors.get("weight"), tensors.get("bias")];
  if (!weight || !bias) throw new Error("The file of the tuned lens is damaged. Load the page again.");
  return { weight: weight.values, bias: bias.values };
}
