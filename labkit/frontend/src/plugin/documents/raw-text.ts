// What a reader sees of a file that cannot be drawn: a sentence, and the file's text.
import { h } from "../../core/dom";
import { t, whole } from "../../core/words";

const MOST = 200_000; // characters; more would take the browser seconds

export function showRawText(node: HTMLElement, sentence: string, text: string): void {
  const message = h("p", { role: "alert" }, sentence);
  message.style.cssText = "margin:0 0 8px;font:14px/1.5 var(--jp-ui-font-family)";
  node.replaceChildren(message);
  if (!text) return;
  const raw = h("pre", { tabindex: 0, "aria-label": t("The text of the file") }, text.slice(0, MOST));
  raw.style.cssText =
    "margin:0;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--jp-border-color2);" +
    "font:12px/1.5 var(--jp-code-font-family);color:var(--jp-content-font-color1)";
  node.append(raw);
  if (text.length > MOST)
    node.append(
      h("p", {}, t("The first {n} characters of {all}.", { n: whole(MOST), all: whole(text.length) })),
    );
}
