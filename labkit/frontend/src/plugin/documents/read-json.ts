// The JSON of a file.
import { messageOf } from "../../core/text";
import { t } from "../../core/words";

/** The value of a text; throws an `Error` whose message is a sentence. */
export function readJson(text: string): unknown {
  if (!text.trim()) throw new Error(t("the file is empty."));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Error(t("it is not JSON ({reason}).", { reason: messageOf(error) }));
  }
}
