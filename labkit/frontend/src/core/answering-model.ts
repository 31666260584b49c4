// A view's model without a kernel: a function answers the requests, and what the reader selects stays in the page.
import type { Header, Model } from "./kernel-channel";

export interface SavedAnswer {
  readonly header: object;
  readonly bytes?: DataView;
}

type Receiver = (header: Header, buffers: readonly DataView[]) => void;

/** A model with these values, whose requests `answer` answers, each without its id. */
export function answeringModel(
  initial: Readonly<Record<string, unknown>>,
  answer: (question: Readonly<Record<string, unknown>>) => SavedAnswer | Promise<SavedAnswer>,
): Model {
  const values = new Map(Object.entries(initial));
  const receivers: Receiver[] = [];
  const reply = async ({ id, ...question }: { readonly id: number }): Promise<void> => {
    await Promise.resolve(); // no answer before `send` has returned
    const { header, bytes } = await answer(question);
    for (const receive of receivers) receive({ ...header, id }, bytes ? [bytes] : []);
  };
  return {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    save_changes: () => undefined,
    send: (content) => void reply(content as { readonly id: number }),
    on: (name, receive) => {
      if (name === "msg:custom") receivers.push(receive as Receiver);
    },
  };
}
