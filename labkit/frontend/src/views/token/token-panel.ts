// One token: its numbers and its alternatives.
import { candidateCells } from "../../core/candidate-cells";
import { percent } from "../../core/color-scale";
import type { Candidate } from "../../core/contract";
import { h } from "../../core/dom";
import { spoken, visible } from "../../core/text";
import type { TokenColumns } from "../../core/token-columns";
import { partName } from "../../core/names";
import { t } from "../../core/words";

export class TokenPanel {
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #body = h("div", {});
  readonly #bars = h("div", { class: "bars" });
  readonly element = h(
    "div",
    { class: "panel", role: "group", "aria-label": t("Token") },
    this.#body,
    this.#bars,
    this.#live,
  );
  readonly #size = new TextEncoder();

  hint(text: string): void {
    this.#body.replaceChildren(h("p", { class: "hint" }, text));
    this.#bars.replaceChildren();
  }

  say(text: string): void {
    this.#live.textContent = text;
  }

  /** Shows a word of a trace without tokens: only its place is known. */
  word(columns: TokenColumns, i: number, words: string): void {
    const text = (columns.texts[i] ?? "").trim();
    const block = columns.blocks[columns.blockOf(i)];
    const where = block ? partName(block) : "";
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text)),
        h("span", {}, placed(t("word {i} of {n}", { i: i + 1, n: columns.count }), where)),
      ),
      h("p", { class: "hint" }, words),
    );
    this.#bars.replaceChildren();
    this.say(`${spoken(text)}, ${placed(t("word {i}", { i: i + 1 }), where)}`);
  }

  show(columns: TokenColumns, i: number): void {
    const text = columns.texts[i] ?? "";
    const block = columns.blocks[columns.blockOf(i)];
    const [logprob, entropy, start] = [
      columns.logprob[i] ?? NaN,
      columns.entropy[i] ?? NaN,
      columns.starts[i] ?? 0,
    ];
    const where = block ? partName(block) : "";
    const p = Number.isNaN(logprob) ? t("unknown") : percent(Math.exp(logprob));
    const end = columns.starts[i + 1] ?? start + this.#size.encode(text).length;
    const rows: [string, string, string][] = [
      [t("probability"), p, t("The model's own, at temperature 1")],
      [t("surprisal"), nats(-logprob), "-log p"],
      [t("entropy"), nats(entropy), t("Of the whole distribution, before the token was drawn")],
      [t("logprob"), Number.isNaN(logprob) ? t("unknown") : logprob.toFixed(3), t("log p, in nats")],
      [t("id"), String(columns.ids[i] ?? ""), t("Number in the vocabulary")],
      [t("bytes"), `${start}–${end}`, t("Where it stands in the UTF-8 text")],
    ];
    const table = h("dl", {});
    for (const [name, value, title] of rows) table.append(h("dt", { title }, name), h("dd", {}, value));
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text)),
        h("span", {}, placed(t("token {i} of {n}", { i: i + 1, n: columns.count }), where)),
      ),
      table,
    );
    this.say(
      `${spoken(text)}, ${placed(t("token {i}", { i: i + 1 }), where)}, ${t("probability {p}, entropy {entropy}", { p, entropy: nats(entropy) })}`,
    );
  }

  alternatives(columns: TokenColumns, i: number, candidates: readonly Candidate[]): void {
    const chosen = columns.ids[i];
    const list = [...candidates];
    if (list.length && !list.some((c) => c.id === chosen))
      list.push({ id: chosen ?? 0, text: columns.texts[i] ?? "", logprob: columns.logprob[i] ?? NaN });
    this.#bars.replaceChildren(
      h(
        "div",
        { class: "heading" },
        list.length ? t("What could have come") : t("No alternatives were kept"),
      ),
      h(
        "div",
        { role: "list", "aria-label": t("Alternatives") },
        ...list.map((c) => {
          const p = Math.exp(c.logprob);
          const props = {
            class: c.id === chosen ? "alt came" : "alt",
            role: "listitem",
            title: c.id === chosen ? t("this one came") : t("id {id}", { id: c.id }),
          };
          return h("div", props, ...candidateCells(c.text, p, percent(p)));
        }),
      ),
    );
    const best = list.find((c) => c.id !== chosen);
    if (best)
      this.say(
        `${this.#live.textContent}. ${t("Next likeliest: {token}, {p}", { token: spoken(best.text), p: percent(Math.exp(best.logprob)) })}`,
      );
  }

  failure(words: string): void {
    this.#bars.replaceChildren(h("p", { class: "hint", role: "alert" }, words));
  }
}

const nats = (value: number): string =>
  Number.isNaN(value) ? t("unknown") : t("{value} nats", { value: Math.max(0, value).toFixed(2) });

/** A token with its part of the text, if it has one. */
const placed = (token: string, part: string): string => (part ? `${token}, ${part}` : token);
