// The three files of a checkpoint, from the server of the page or from the reader's disk. Each fault is a sentence.
import { readSafetensors, Tokenizer, Transformer, type Config } from "../engine";

export interface Model {
  readonly transformer: Transformer;
  readonly tokenizer: Tokenizer;
}

/** Gets the bytes so far, and all of them (0 if the server does not say). */
export type Loading = (read: number, total: number) => void;

const MOST_BYTES = 20e6; // of the weights
const MOST_TOKENS = 2048; // the cache of a longer context would take much of the memory of a phone
const AGAIN = "Load the page again.";

/** Loads a checkpoint of the page from its folder. */
export async function fetchCheckpoint(folder: URL, loading: Loading): Promise<Model> {
  const [config, tokenizer, weights] = await Promise.all([
    download(new URL("config.json", folder)),
    download(new URL("tokenizer.json", folder)),
    download(new URL("model.safetensors", folder), loading),
  ]);
  try {
    return checkpointOf(config, tokenizer, [weights]);
  } catch (error) {
    throw withAdvice(error, AGAIN);
  }
}

/** Opens config.json, tokenizer.json and the safetensors files of the reader. Nothing leaves the page. */
export async function openCheckpoint(files: readonly File[]): Promise<Model> {
  const named = (name: string): File => {
    const file = files.find((each) => each.name === name);
    if (!file)
      throw new Error(
        `Choose config.json, tokenizer.json and model.safetensors at once: ${name} is missing.`,
      );
    return file;
  };
  const [config, tokenizer] = [named("config.json"), named("tokenizer.json")];
  const weights = files.filter(({ name }) => name.endsWith(".safetensors")); // more than one if they are sharded
  if (!weights.length) named("model.safetensors");
  const bytes = weights.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES || config.size + tokenizer.size > MOST_BYTES)
    throw new Error(
      `The checkpoint has ${(bytes / 1e6).toFixed(0)} MB of weights; this page opens at most 20 MB.`,
    );
  return checkpointOf(
    await config.arrayBuffer(),
    await tokenizer.arrayBuffer(),
    await Promise.all(weights.map((file) => file.arrayBuffer())),
  );
}

/** The model of the contents of its files. Throws an `Error` whose message is a sentence. */
export function checkpointOf(
  config: ArrayBuffer,
  tokenizer: ArrayBuffer,
  weights: readonly ArrayBuffer[],
): Model {
  const tensors = new Map(weights.flatMap((file) => [...readSafetensors(file)]));
  const transformer = new Transformer(configOf(jsonOf(config, "config.json")), tensors);
  if (transformer.step(0, transformer.newCache(1)).some((logit) => !Number.isFinite(logit)))
    throw new Error("The weights hold values that are no finite numbers.");
  return { transformer, tokenizer: tokenizerOf(jsonOf(tokenizer, "tokenizer.json")) };
}

async function download(address: URL, loading?: Loading): Promise<ArrayBuffer> {
  const name = address.pathname.split("/").at(-1) ?? "";
  const failed = (why: string): Error =>
    new Error(`The file ${name} of the model cannot be loaded (${why}). ${AGAIN}`);
  try {
    const response = await fetch(address);
    if (!response.ok || !response.body) throw failed(String(response.status));
    if (!loading) return await response.arrayBuffer();
    const total = Number(response.headers.get("X-Size") ?? response.headers.get("Content-Length") ?? 0);
    let read = 0;
    const counting = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        loading((read += chunk.byteLength), total);
        controller.enqueue(chunk);
      },
    });
    return await new Response(response.body.pipeThrough(counting)).arrayBuffer();
  } catch (error) {
    if (error instanceof TypeError) throw failed("the connection ended"); // what fetch and its body throw
    throw error;
  }
}

function jsonOf(bytes: ArrayBuffer, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(`The file ${name} is damaged: it is no JSON.`);
  }
}

const COUNTS = [
  "hidden_size",
  "intermediate_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "vocab_size",
  "max_position_embeddings",
] as const;

interface FullConfig extends Config {
  readonly hidden_act?: string;
  readonly use_sliding_window?: boolean;
  readonly rope_scaling?: unknown;
  readonly rope_parameters?: { readonly rope_theta: number; readonly rope_type?: string };
}

/** The configuration, with at most `MOST_TOKENS` of context. */
function configOf(json: unknown): Config {
  const config = Object(json) as FullConfig;
  if (config.model_type !== "qwen2") return config; // the engine refuses it by its name
  const odd = COUNTS.find((name) => !(Number.isSafeInteger(config[name]) && config[name] > 0));
  if (odd) throw new Error(`In config.json, ${odd} is not a whole number above 0.`);
  if (!(config.rms_norm_eps > 0)) throw new Error("In config.json, rms_norm_eps is not a number above 0.");
  const size = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  if (!(size > 0 && size % 2 === 0) || config.num_attention_heads % config.num_key_value_heads)
    throw new Error("In config.json, the heads do not divide the width into even parts.");
  const rope = config.rope_scaling ? "scaled" : (config.rope_parameters?.rope_type ?? "default");
  if (rope !== "default" || config.use_sliding_window || (config.hidden_act ?? "silu") !== "silu")
    throw new Error(
      "This page computes Qwen2 with plain RoPE, full attention and SiLU, and config.json asks for another.",
    );
  return { ...config, max_position_embeddings: Math.min(config.max_position_embeddings, MOST_TOKENS) };
}

function tokenizerOf(json: unknown): Tokenizer {
  try {
    return new Tokenizer(json as ConstructorParameters<typeof Tokenizer>[0]);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(
      "The file tokenizer.json is no tokenizer of R1-mini's kind: single bytes and added tokens.",
    );
  }
}

function withAdvice(error: unknown, advice: string): unknown {
  return error instanceof Error && !(error instanceof RangeError)
    ? new Error(`${error.message} ${advice}`)
    : error;
}
