// A field of a form: a label and what it labels.
import { h } from "../core/dom";

/** The label is that of the first input. */
export function field(label: string, ...inputs: HTMLElement[]): HTMLElement {
  return h("span", { class: "field" }, h("label", { for: inputs[0]?.id ?? "" }, label), ...inputs);
}
