// The model of a view of the page: the page, or its worker, answers in place of a kernel.
import { answeringModel, type SavedAnswer } from "../core/answering-model";
import type { Model } from "../core/kernel-channel";
import { messageOf } from "../core/text";

/** Answers the requests of one contract, each without its id; an error's message is a sentence for the reader. */
interface Answers {
  answer(question: never): SavedAnswer | Promise<SavedAnswer>;
}

/** A model whose requests `answers` answers. What the reader selects stays in the page. */
export function pageModel(scene: object, focus: object, answers: Answers): Model {
  return answeringModel({ scene, focus, saved: false }, async (question) => {
    try {
      return await answers.answer(question as never);
    } catch (error) {
      return { header: { kind: "refused", error: messageOf(error) } };
    }
  });
}
