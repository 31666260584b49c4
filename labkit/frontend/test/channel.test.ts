import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KernelChannel, RequestError, type Model } from "../src/core/kernel-channel";
import { inflate, unpacked } from "../src/core/packing";
import { PatientChannel } from "../src/core/patient-channel";
import { sameButKernel } from "../src/plugin/unsaved";

interface Ask {
  readonly ask: "it";
  readonly id: number;
}
interface Focus {
  readonly token: number;
  readonly color: string;
}

/** A model whose kernel answers when the test says so. */
class FakeModel implements Model {
  readonly sent: { ask: string; id: number }[] = [];
  readonly #values: Record<string, unknown> = { scene: {}, focus: { token: 1, color: "entropy" } };
  readonly #callbacks = new Map<string, ((...args: never[]) => void)[]>();
  connected = true;

  get(name: string): unknown {
    return this.#values[name];
  }
  set(name: string, value: unknown): void {
    this.#values[name] = value;
  }
  save_changes(): void {
    this.fire("change:focus");
  }
  send(content: unknown): void {
    if (!this.connected) throw new Error("Cannot send");
    this.sent.push(content as { ask: string; id: number });
  }
  on(name: string, callback: (...args: never[]) => void): void {
    this.#callbacks.set(name, [...(this.#callbacks.get(name) ?? []), callback]);
  }
  fire(name: string, ...args: unknown[]): void {
    for (const callback of this.#callbacks.get(name) ?? []) callback(...(args as never[]));
  }
  reply(id: number, header: object, bytes?: DataView): void {
    this.fire("msg:custom", { id, ...header }, bytes ? [bytes] : []);
  }
}

const BUSY = "The kernel does not answer.";
const open = () => {
  const model = new FakeModel();
  return { model, channel: new KernelChannel<object, Focus, Ask>(model) };
};

describe("a channel", () => {
  test("gives each reply to its request, in any order, once", async () => {
    const { model, channel } = open();
    const replies = [
      channel.request<{ n: number }>({ ask: "it" }),
      channel.request<{ n: number }>({ ask: "it" }),
    ];
    expect(model.sent.map(({ id }) => id)).toEqual([1, 2]);
    model.reply(2, { n: 20 });
    model.reply(1, { n: 10 });
    model.reply(1, { n: 99 });
    expect((await Promise.all(replies)).map(({ header }) => header.n)).toEqual([10, 20]);
  });
  test("rejects with the sentence and the kind of a failure", async () => {
    const { model, channel } = open();
    const reply = channel.request({ ask: "it" });
    model.reply(1, { error: "No such layer.", kind: "refused" });
    await expect(reply).rejects.toThrow(RequestError);
    await expect(reply).rejects.toMatchObject({ message: "No such layer.", cause: "refused" });
  });
  test("gives messages that are no reply to every listener until its signal aborts", () => {
    const { model, channel } = open();
    const end = new AbortController();
    const [first, second] = [vi.fn(), vi.fn()];
    channel.onMessage(first, end.signal);
    channel.onMessage(second);
    model.reply(0, { step: 1 });
    end.abort();
    model.reply(0, { step: 2 });
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 2]);
  });
  test("changes a part of the focus and tells the listeners", () => {
    const { channel } = open();
    const changed = vi.fn();
    channel.onChange(changed);
    channel.setFocus({ token: 5 });
    expect(channel.focus).toEqual({ token: 5, color: "entropy" });
    expect(changed).toHaveBeenCalledWith("focus");
  });
  test("is gone after a restart of the kernel, until a message arrives", () => {
    const { model, channel } = open();
    model.fire("comm_live_update");
    expect(channel.gone).toBe(true);
    model.reply(0, {});
    expect(channel.gone).toBe(false);
  });
});

describe("a patient channel", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const openPatient = () => {
    const model = new FakeModel();
    const channel = new PatientChannel<object, Focus, Ask>(model, BUSY);
    const notices: [string, boolean][] = [];
    channel.onNotice((...notice) => notices.push(notice), new AbortController().signal);
    return { model, channel, notices };
  };

  test("reports a late reply, and that it has arrived", async () => {
    const { model, channel, notices } = openPatient();
    const reply = channel.request({ ask: "it" });
    vi.advanceTimersByTime(7999);
    expect(notices).toEqual([]);
    vi.advanceTimersByTime(1);
    model.reply(1, {});
    await reply;
    expect(notices).toEqual([
      [BUSY, true],
      ["", false],
    ]);
  });
  test("reports a refusal as an answer of the kernel", async () => {
    const { model, channel, notices } = openPatient();
    const reply = channel.request({ ask: "it" });
    model.reply(1, { error: "Too long.", kind: "refused" });
    await expect(reply).rejects.toThrow("Too long.");
    vi.advanceTimersByTime(60_000);
    expect(notices).toEqual([["Too long.", false]]);
  });
  test("reports at once that a request cannot be sent, with a sentence", async () => {
    const { model, channel, notices } = openPatient();
    model.connected = false;
    await expect(channel.request({ ask: "it" })).rejects.toThrow(BUSY);
    expect(notices).toEqual([[BUSY, true]]);
    const late: string[] = [];
    channel.onNotice((notice) => late.push(notice), new AbortController().signal);
    expect(late).toEqual([BUSY]);
  });
});

test("a buffer is copied from where its view begins, and checked", () => {
  const view = new DataView(Uint8Array.of(9, 1, 2, 3, 9).buffer, 1, 3);
  expect([...new Uint8Array(unpacked(view, 3))]).toEqual([1, 2, 3]);
  expect(() => unpacked(view, 4)).toThrow("wrong length");
});

test("a compressed buffer is inflated", async () => {
  const stream = new Blob(["levels".repeat(100)]).stream().pipeThrough(new CompressionStream("deflate"));
  const view = new DataView(await new Response(stream).arrayBuffer());
  expect(new TextDecoder().decode(await inflate(view))).toBe("levels".repeat(100));
  await expect(inflate(undefined)).rejects.toThrow();
});

describe("a notebook that was only opened", () => {
  const notebook = (kernel: string | undefined, metadata: object = {}, cells: unknown[] = []) => ({
    cells,
    metadata: {
      ...metadata,
      ...(kernel === undefined ? {} : { kernelspec: { name: kernel }, language_info: { name: "x" } }),
    },
  });
  test("is the same whatever JupyterLab adds about its kernel", () => {
    expect(sameButKernel(notebook(undefined), notebook("python3"))).toBe(true);
    expect(sameButKernel(notebook("python3", { a: 1, b: 2 }), notebook("python3", { b: 2, a: 1 }))).toBe(
      true,
    );
  });
  test("is changed by another kernel, a cell or other metadata", () => {
    expect(sameButKernel(notebook("python3"), notebook("julia"))).toBe(false);
    expect(sameButKernel(notebook("python3"), notebook("python3", {}, [1]))).toBe(false);
    expect(sameButKernel(notebook("python3"), notebook("python3", { a: 1 }))).toBe(false);
  });
});
