// Reads two traces from the server and compares them.
import type { Contents } from "@jupyterlab/services";
import { messageOf } from "../../core/text";
import { t } from "../../core/words";
import { readTrace } from "../../views/token/trace-source";
import { readJson } from "../documents/read-json";
import { compareView, type Named } from "./compare-view";

/** Draws the comparison; rejects with an `Error` that names the file that cannot be read. */
export async function compareFiles(
  host: HTMLElement,
  contents: Contents.IManager,
  [left, right]: readonly [string, string],
  signal: AbortSignal,
): Promise<void> {
  const [a, b] = await Promise.all([read(contents, left), read(contents, right)]);
  if (!signal.aborted) compareView(host, a, b, signal);
}

async function read(contents: Contents.IManager, path: string): Promise<Named> {
  try {
    const { content } = (await contents.get(path, { type: "file", format: "text", content: true })) as {
      content: string;
    };
    return { name: path.split("/").at(-1) ?? path, trace: readTrace(readJson(content)) };
  } catch (error) {
    throw new Error(t("{file} cannot be compared: {reason}", { file: path, reason: messageOf(error) }));
  }
}
