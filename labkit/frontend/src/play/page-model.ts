// The model of a view of the page: the page, or its worker, answers in place of a kernel.
import type { Header, Model } from "../core/kernel-channel";
import type { SavedAnswer } from "../core/saved-model";
import { messageOf } from "../core/text";

type Receiver = (header: Header, buffers: readonly DataView[]) => void;

/** Answers the requests of one contract, each without its id; an error's message is a sentence for the reader. */
interface Answers {
  answer(question: never): SavedAnswer | Promise<SavedAnswer>;
}

/** A model whose requests `answers` answers. What the reader selects stays in the page. */
export function pageModel(scene: object, focus: object, answers: Answers): Model {
  const values = new Map<string, unknown>(Object.entries({ scene, focus, saved: false }));
  const receivers: Receiver[] = [];
  const reply = async (question: object): Promise<SavedAnswer> => {
    try {
      return await answers.answer(question as never);
    } catch (error) {
      return { header: { kind: "refused", error: messageOf(error) } };
    }
  };
  return {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    save_changes: () => undefined,
    send: (content) => {
      const { id, ...question } = content as { readonly id: number };
      void reply(question).then(({ header, bytes }) => {
        for (const receive of receivers) receive({ ...header, id }, bytes ? [bytes] : []);
      });
    },
    on: (name, receive) => {
      if (name === "msg:custom") receivers.push(receive as Receiver);
    },
  };
}
