import { expect, test } from "vitest";
import { KernelChannel, RequestError } from "../src/core/kernel-channel";
import { notSaved, readPayload, savedModel } from "../src/core/saved-model";
import { isDrawable } from "../src/saved/registry";

interface Ask {
  readonly id: number;
  readonly ask: "open";
  readonly row: number;
}
const SAVED = {
  scene: { count: 2 },
  focus: { row: null },
  answers: [{ ask: { ask: "open", row: 1 }, header: { text: "one" }, bytes: btoa("\x01\x02") }],
};

async function packed(data: unknown): Promise<string> {
  const stream = new Blob([JSON.stringify(data)]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

test("a payload gives its data back", async () => {
  expect(await readPayload({ version: 2, kind: "reward", data: await packed(SAVED) })).toEqual(SAVED);
});

test("a payload without data, of another version, or that is not one, gives nothing", async () => {
  for (const payload of [
    { version: 1 },
    { version: 2, kind: "x" },
    { version: 3, data: await packed(SAVED) },
    null,
    7,
  ])
    expect(await readPayload(payload)).toBeUndefined();
});

test("damaged data is an error", async () => {
  for (const data of ["AAAA", await packed([1, 2]), await packed("text"), "%"])
    await expect(readPayload({ version: 2, kind: "token", data })).rejects.toThrow();
});

test("a saved model answers what was recorded and refuses the rest", async () => {
  const channel = new KernelChannel<object, object, Ask>(savedModel(SAVED));
  expect([channel.saved, channel.scene, channel.focus]).toEqual([true, SAVED.scene, SAVED.focus]);
  const { header, bytes } = await channel.request<{ readonly text: string }>({ row: 1, ask: "open" });
  expect([header.text, bytes?.byteLength, bytes?.getUint8(1)]).toEqual(["one", 2, 2]);
  const refused = channel.request({ ask: "open", row: 0 });
  await expect(refused).rejects.toThrow(notSaved());
  await expect(refused).rejects.toBeInstanceOf(RequestError);
});

test("a responder answers what was not recorded", async () => {
  const model = savedModel(SAVED, ({ row }) => (row === 5 ? { header: { text: "five" } } : undefined));
  const channel = new KernelChannel<object, object, Ask>(model);
  const { header } = await channel.request<{ readonly text: string }>({ ask: "open", row: 5 });
  expect(header.text).toBe("five");
  await expect(channel.request({ ask: "open", row: 6 })).rejects.toThrow(notSaved());
});

test("a selection stays on the page", () => {
  const channel = new KernelChannel<object, { readonly row: number | null }, Ask>(savedModel(SAVED));
  let changes = 0;
  channel.onChange(() => changes++);
  channel.setFocus({ row: 1 });
  expect([channel.focus, changes]).toEqual([{ row: 1 }, 1]);
});

test("only a kind that can be drawn is drawn", () => {
  expect(isDrawable({ version: 2, kind: "token", data: "" })).toBe(true);
  for (const payload of [{ version: 1 }, { kind: "constructor", data: "" }, { kind: "token" }, undefined])
    expect(isDrawable(payload)).toBe(false);
});
