// The model of the token view of an opened thought: its requests go through the traces view.
import { messageOf } from "../../core/text";
import type { Header, Model } from "../../core/kernel-channel";
import type { Opened } from "./contract";
import type { TracesSource } from "./source";

type Receive = (header: Header, buffers: readonly DataView[]) => void;

/** A model for the bundle of the token view. What the reader selects in it stays on the page. */
export function thoughtModel(source: TracesSource, { row, scene, focus }: Opened): Model {
  const values = new Map<string, unknown>(Object.entries({ scene, focus }));
  const receivers: Receive[] = [];
  const receive: Receive = (header, buffers) => receivers.forEach((one) => one(header, buffers));
  return {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    save_changes: () => undefined,
    send: (content) => {
      const { id, ...question } = content as { readonly id: number };
      source.thought(row, question).then(
        ({ header, bytes }) => receive({ ...header, id }, bytes ? [bytes] : []),
        (error: unknown) => receive({ kind: "refused", error: messageOf(error), id }, []),
      );
    },
    on: (name, listener) => {
      if (name === "msg:custom") receivers.push(listener as unknown as Receive);
    },
  };
}
