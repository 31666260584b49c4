// A line below a document: how the same file is opened in Python.
import { copy, h } from "../../core/dom";
import { t } from "../../core/words";

export function pythonHint(code: string): HTMLElement {
  const button = h("button", { class: "jp-mod-styled", type: "button" }, t("Copy"));
  button.style.cssText = "height:24px;padding:0 8px;line-height:22px;font-size:12px";
  button.addEventListener("click", () => {
    copy(code).then(
      () => (button.textContent = t("Copied")),
      () => (button.textContent = t("Not allowed")),
    );
  });
  const text = h("code", {}, code);
  text.style.cssText = "font:12px/1.5 var(--jp-code-font-family);overflow-wrap:anywhere";
  const line = h("p", {}, t("In Python:"), " ", text, " ", button);
  line.style.cssText =
    "display:flex;flex-wrap:wrap;align-items:center;gap:8px;margin:8px 0 0;font:12px/1.5 var(--jp-ui-font-family)";
  return line;
}

/** A path as a Python string. */
export const quoted = (path: string): string => JSON.stringify(path);
