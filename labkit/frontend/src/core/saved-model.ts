// A view without a kernel: its data as saved by labkit/views/core/saved.py, and a model that answers from that data.
import { answeringModel, type SavedAnswer } from "./answering-model";
import type { Model } from "./kernel-channel";
import { inflate } from "./packing";
import { t } from "./words";

export const notSaved = (): string => t("This part was not saved with the view. Run the cell to see it.");
export const PARTS = 10_000; // a saved weight or probability is a number of ten-thousandths
export const DATA_VERSION = 2; // of the saved data that this page can read

/** What an output holds under the MIME type of labkit's views; version 1 has no `data`. */
export interface Payload {
  readonly version: number;
  readonly kind?: string;
  readonly data?: string;
}

/** A request, without its id, and the reply that Python gave. */
export interface RecordedAnswer {
  readonly ask: object;
  readonly header: object;
  readonly bytes?: string; // base64
}

/** The data of a view. A view may add fields of its own. */
export interface SavedData {
  readonly scene: unknown;
  readonly focus: unknown;
  readonly answers?: readonly RecordedAnswer[];
  readonly [field: string]: unknown;
}

export type { SavedAnswer };

/** Answers what was not recorded; undefined if the data does not have it. */
export type Responder = (question: Readonly<Record<string, unknown>>) => SavedAnswer | undefined;

/** A responder of an object that answers the requests of one contract. */
export const responderOf =
  (data: { answer(question: never): SavedAnswer | undefined }): Responder =>
  (question) =>
    data.answer(question as never);

/** An answer with levels, 0 to 255, which are not compressed. */
export const answerOf = (header: object, levels: Uint8Array): SavedAnswer => ({
  header,
  bytes: new DataView(levels.buffer, levels.byteOffset, levels.byteLength),
});

/** Builds a view in `host` from its data; removes it when the signal aborts. Throws if the data is not valid. */
export type DrawSaved = (host: HTMLElement, saved: SavedData, signal: AbortSignal) => void;

/** The data of a payload; undefined if it holds none, or is of a newer labkit. Rejects if it is damaged. */
export async function readPayload(payload: unknown): Promise<SavedData | undefined> {
  const { version, data } = (payload ?? {}) as Partial<Payload>;
  if (version !== DATA_VERSION || typeof data !== "string") return undefined;
  const saved: unknown = JSON.parse(new TextDecoder().decode(await inflate(bytesOf(data))));
  if (typeof saved !== "object" || saved === null || !("scene" in saved) || !("focus" in saved))
    throw damaged();
  return saved;
}

const damaged = (): Error => new Error(t("The saved data of this view cannot be read."));

/** Throws if the saved data does not have the shape that it should have. */
export function requireShape(valid: boolean): void {
  if (!valid) throw damaged();
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}

/** A model whose requests are answered from saved data; what the reader selects stays on the page. */
export function savedModel({ scene, focus, answers }: SavedData, respond?: Responder): Model {
  const recorded = new Map((answers ?? []).map((answer) => [keyOf(answer.ask), answer]));
  return answeringModel({ scene, focus, saved: true }, (question) => {
    const answer = recorded.get(keyOf(question));
    if (!answer) return respond?.(question) ?? { header: { kind: "refused", error: notSaved() } };
    return answer.bytes === undefined
      ? { header: answer.header }
      : { header: answer.header, bytes: bytesOf(answer.bytes) };
  });
}

/** The same text for equal requests, in whatever order their fields stand. */
function keyOf(question: object): string {
  return JSON.stringify(Object.entries(question).sort(([a], [b]) => (a < b ? -1 : 1)));
}
