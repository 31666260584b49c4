// The model of the token view of an opened thought: its requests go through the traces view.
import { answeringModel } from "../../core/answering-model";
import type { Model } from "../../core/kernel-channel";
import { messageOf } from "../../core/text";
import type { Opened } from "./contract";
import type { TracesSource } from "./source";

/** A model for the bundle of the token view. What the reader selects in it stays on the page. */
export function thoughtModel(source: TracesSource, { row, scene, focus }: Opened): Model {
  return answeringModel({ scene, focus }, (question) =>
    source.thought(row, question).then(
      ({ header, bytes }) => (bytes ? { header, bytes } : { header }),
      (error: unknown) => ({ header: { kind: "refused", error: messageOf(error) } }),
    ),
  );
}
