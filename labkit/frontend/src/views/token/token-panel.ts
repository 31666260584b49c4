// One token: its numbers and its alternatives.
import { percent } from "../../core/color-scale";
import type { Candidate } from "../../core/contract";
import { h } from "../../core/dom";
import { spoken, visible } from "../../core/text";
import type { TokenColumns } from "../../core/token-columns";

export class TokenPanel {
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #body = h("div", {});
  readonly #bars = h("div", { class: "bars", role: "list", "aria-label": "Alternatives" });
  readonly element = h(
    "aside",
    { class: "panel", "aria-label": "Token" },
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
    const where = block?.role === "step" ? `step ${block.number}` : (block?.role ?? "");
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text)),
        h("span", {}, `word ${i + 1} of ${columns.count}${where && `, ${where}`}`),
      ),
      h("p", { class: "hint" }, words),
    );
    this.#bars.replaceChildren();
    this.say(`${spoken(text)}, word ${i + 1}, ${where}`);
  }

  show(columns: TokenColumns, i: number): void {
    const text = columns.texts[i] ?? "";
    const block = columns.blocks[columns.blockOf(i)];
    const [logprob, entropy, start] = [
      columns.logprob[i] ?? NaN,
      columns.entropy[i] ?? NaN,
      columns.starts[i] ?? 0,
    ];
    const where = block?.role === "step" ? `step ${block.number}` : (block?.role ?? "");
    const p = Number.isNaN(logprob) ? "unknown" : percent(Math.exp(logprob));
    const end = columns.starts[i + 1] ?? start + this.#size.encode(text).length;
    const rows: [string, string, string][] = [
      ["probability", p, "The model's own, at temperature 1"],
      ["surprisal", nats(-logprob), "-log p"],
      ["entropy", nats(entropy), "Of the whole distribution, before the token was drawn"],
      ["logprob", Number.isNaN(logprob) ? "unknown" : logprob.toFixed(3), "log p, in nats"],
      ["id", String(columns.ids[i] ?? ""), "Number in the vocabulary"],
      ["bytes", `${start}–${end}`, "Where it stands in the UTF-8 text"],
    ];
    const table = h("dl", {});
    for (const [name, value, title] of rows) table.append(h("dt", { title }, name), h("dd", {}, value));
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text)),
        h("span", {}, `token ${i + 1} of ${columns.count}${where && `, ${where}`}`),
      ),
      table,
    );
    this.say(`${spoken(text)}, token ${i + 1}, ${where}, probability ${p}, entropy ${nats(entropy)}`);
  }

  alternatives(columns: TokenColumns, i: number, candidates: readonly Candidate[]): void {
    const chosen = columns.ids[i];
    const list = [...candidates];
    if (list.length && !list.some((c) => c.id === chosen))
      list.push({ id: chosen ?? 0, text: columns.texts[i] ?? "", logprob: columns.logprob[i] ?? NaN });
    this.#bars.replaceChildren(
      h("h4", {}, list.length ? "What could have come" : "No alternatives were kept"),
      ...list.map((c) => {
        const p = Math.exp(c.logprob);
        const bar = h("span", { class: "bar" });
        bar.style.width = `${Math.max(1, 100 * p)}%`;
        const props = {
          class: c.id === chosen ? "alt came" : "alt",
          role: "listitem",
          title: c.id === chosen ? "this one came" : `id ${c.id}`,
        };
        return h(
          "div",
          props,
          h("code", {}, visible(c.text)),
          h("span", { class: "track" }, bar),
          h("span", { class: "p" }, percent(p)),
        );
      }),
    );
    const best = list.find((c) => c.id !== chosen);
    if (best)
      this.say(
        `${this.#live.textContent}. Next likeliest: ${spoken(best.text)}, ${percent(Math.exp(best.logprob))}`,
      );
  }

  failure(words: string): void {
    this.#bars.replaceChildren(h("p", { class: "hint", role: "alert" }, words));
  }
}

const nats = (value: number): string =>
  Number.isNaN(value) ? "unknown" : `${Math.max(0, value).toFixed(2)} nats`;
