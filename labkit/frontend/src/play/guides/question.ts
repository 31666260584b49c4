// The question at the end of a guided page: each answer has a reply.
import { h } from "../../core/dom";

export interface Question {
  readonly text: string;
  readonly answers: readonly { readonly text: string; readonly right: boolean; readonly reply: string }[];
}

export function questionSection({ text, answers }: Question, number: number): HTMLElement {
  const title = h(
    "h2",
    { id: `title-${number}` },
    h("span", { class: "number" }, String(number)),
    "A question",
  );
  const reply = h("div", { class: "explanation", role: "status" });
  const rows = answers.map((answer) => {
    const choice = h("input", { type: "radio", name: "question" });
    choice.addEventListener("change", () =>
      reply.replaceChildren(
        h(
          "p",
          { class: answer.right ? "right" : "wrong" },
          h("b", {}, answer.right ? "✓ Yes. " : "✗ No. "),
          answer.reply,
        ),
      ),
    );
    return h("label", {}, choice, h("span", {}, answer.text));
  });
  return h(
    "section",
    { class: "experiment", "aria-labelledby": title.id, hidden: true },
    title,
    h("fieldset", {}, h("legend", {}, text), ...rows),
    reply,
  );
}
