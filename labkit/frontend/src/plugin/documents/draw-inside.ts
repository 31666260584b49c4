// What a file of captured insides holds. The numbers stay in the file: a browser could not hold those of a large model.
import { ServerConnection } from "@jupyterlab/services";
import { h } from "../../core/dom";
import { t, whole } from "../../core/words";
import { pythonHint, quoted } from "./python-hint";
import type { DrawFile } from "./view-document";

const HEAD = 1_000_000; // bytes; the header of a file of safetensors is smaller

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
}

export const drawInsideFile: DrawFile = async (host, { path, url }, signal) => {
  const { tensors, bytes } = await readHeader(await url(), signal);
  const trace = path.replace(/\.inside\.safetensors$/, ".trace.json");
  const { queries } = tensors;
  if (!queries) throw new Error(t("it holds no queries; labkit.inside.save writes them."));
  const [count = 0, layers = 0, heads = 0] = queries.shape;
  const facts = t(
    "Queries and keys of {layers} layers with {heads} heads each, at {count} positions: {size} MB in {dtype}.",
    { layers, heads, count: whole(count), size: (bytes / 1e6).toFixed(1), dtype: queries.dtype },
  );
  host.append(
    h("h2", {}, t("Captured insides of a thought")),
    h("p", {}, facts),
    h("p", {}, t("Attention is computed from them in Python. This line shows it in a notebook:")),
    pythonHint(`labkit.AttentionView(labkit.inside.load(${quoted(trace)}))`),
  );
};

/** The names, shapes and types of the tensors, and the bytes of all of them; only the header is read. */
async function readHeader(
  url: string,
  signal: AbortSignal,
): Promise<{ tensors: Partial<Record<string, Tensor>>; bytes: number }> {
  const settings = ServerConnection.makeSettings();
  const init = { signal, headers: { Range: `bytes=0-${HEAD}` } };
  const response = await ServerConnection.makeRequest(url, init, settings);
  if (!response.ok) throw new Error(t("the server answered {status}.", { status: response.status }));
  const view = new DataView(await response.arrayBuffer());
  const length = view.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (8 + length > view.byteLength) throw new Error(t("it is not a file of safetensors."));
  try {
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(view.buffer, 8, length))) as Record<
      string,
      { data_offsets?: [number, number] } & Tensor
    >;
    delete header["__metadata__"];
    const ends = Object.values(header).map((tensor) => tensor.data_offsets?.[1] ?? 0);
    return { tensors: header, bytes: Math.max(0, ...ends) };
  } catch {
    throw new Error(t("it is not a file of safetensors."));
  }
}
