import { notSaved, requireShape, savedModel, type DrawSaved, type Responder } from "../../core/saved-model";
import type { RowText } from "./contract";
import { TracesSource } from "./source";
import { tracesView } from "./view";

export const drawSaved: DrawSaved = (host, saved, signal) => {
  const texts = saved["texts"];
  requireShape(Array.isArray(texts));
  const model = savedModel(saved, responder(texts as readonly RowText[]));
  const draw = () => Promise.reject(new Error(notSaved()));
  tracesView(host, new TracesSource(model), draw, signal);
};

/** Answers for the texts of rows; what needs the thoughts themselves was not saved. */
const responder =
  (texts: readonly RowText[]): Responder =>
  ({ ask, rows }) =>
    ask === "texts"
      ? { header: { texts: (rows as readonly number[]).flatMap((row) => texts[row] ?? []) } }
      : undefined;
