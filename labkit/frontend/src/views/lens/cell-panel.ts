// One cell: its five likeliest tokens, and the probability of one token in every layer.
import { candidateCells } from "../../core/candidate-cells";
import { contextOf } from "../../core/canvas";
import { h } from "../../core/dom";
import { spoken, visible } from "../../core/text";
import type { Cell } from "./contract";
import { fitted, rowName, share } from "./draw";
import type { LensPalette } from "./lens-heatmap";
import { t, tParts } from "../../core/words";

export class CellPanel {
  readonly #layers: number;
  readonly #follow: ((id: number) => void) | undefined;
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #body = h("div", {});
  readonly #canvas = h("canvas", { role: "img" });
  readonly #profile = h("div", { class: "profile", hidden: true }, this.#canvas);
  readonly element = h(
    "div",
    { class: "panel", role: "group", "aria-label": t("Cell") },
    this.#body,
    this.#profile,
    this.#live,
  );
  #shown: { cell: Cell; layer: number } | undefined;

  /** Without `follow`, no other token can be followed: the view has no kernel. */
  constructor(layers: number, follow: ((id: number) => void) | undefined) {
    [this.#layers, this.#follow] = [layers, follow];
  }

  hint(...notice: string[]): void {
    this.#shown = undefined;
    this.#profile.hidden = true;
    this.#body.replaceChildren(...notice.map((line) => h("p", { class: "hint" }, line)));
  }

  say(notice: string): void {
    this.#live.textContent = notice;
  }

  show(cell: Cell, layer: number, palette: LensPalette | undefined): void {
    this.#shown = { cell, layer };
    const where =
      layer === 0 ? t("the embedding") : t("layer {layer} of {layers}", { layer, layers: this.#layers });
    const best = cell.candidates[0];
    const says = best?.id === cell.came.id;
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h(
          "span",
          {},
          ...tParts<HTMLElement | string>("After {token} {where} would say", {
            token: h("code", {}, visible(cell.read)),
            where,
          }),
        ),
        h("code", { class: says ? "yes" : "no" }, visible(best?.text ?? "")),
        h(
          "span",
          {},
          ...(says
            ? [t("and so it came")]
            : tParts<HTMLElement | string>("and what came was {token}", {
                token: h("code", {}, visible(cell.came.text)),
              })),
        ),
      ),
      h(
        "div",
        { class: "heading" },
        cell.candidates.length > 1
          ? t("The five likeliest here")
          : t("The likeliest here; run the cell to see the others"),
      ),
      h(
        "div",
        { role: "list", "aria-label": t("The five likeliest") },
        ...cell.candidates.map((c) => this.#row(c.id, c.text, Math.exp(c.logprob), cell)),
      ),
    );
    this.#profile.hidden = false;
    this.draw(palette);
    const p = share(Math.exp(best?.logprob ?? -Infinity));
    const mine = share(cell.probabilities[layer] ?? 0);
    this.say(
      [
        t("After {token}, {where} would say {best}, {p}.", {
          token: spoken(cell.read),
          where,
          best: spoken(best?.text ?? ""),
          p,
        }),
        says ? t("So it came.") : t("{token} came.", { token: spoken(cell.came.text) }),
        t("{token} has {p} here.", { token: spoken(cell.target.text), p: mine }),
      ].join(" "),
    );
  }

  /** Draws the profile; called again when the theme or the width changes. */
  draw(palette: LensPalette | undefined): void {
    const shown = this.#shown;
    if (!shown || !palette) return;
    const { cell, layer } = shown;
    const tall = this.#layers > 20 ? 13 : 19;
    const width = this.#profile.clientWidth;
    const ctx = contextOf(this.#canvas, width, 42 + tall * (this.#layers + 1));
    if (!ctx) return;
    ctx.textBaseline = "middle";
    ctx.font = `600 12px ${palette.font}`;
    ctx.fillStyle = palette.ink;
    const measure = (text: string) => ctx.measureText(text).width;
    ctx.fillText(
      fitted(t("{token} from layer to layer", { token: visible(cell.target.text) }), width, measure),
      0,
      16,
    );
    const [left, right] = [66, 54];
    cell.probabilities.forEach((p, row) => {
      const y = 34 + tall * (this.#layers - row) + tall / 2;
      ctx.font = `${row === layer ? 600 : 400} 11px ${palette.font}`;
      ctx.fillStyle = row === layer ? palette.ink : palette.muted;
      ctx.fillText(rowName(row, this.#layers), 0, y);
      ctx.textAlign = "right";
      ctx.fillText(share(p), width, y);
      ctx.textAlign = "left";
      ctx.fillStyle = palette.box;
      ctx.fillRect(left, y - 4, width - left - right, 8);
      ctx.fillStyle = cell.ranks[row] === 1 ? palette.accent : palette.muted;
      ctx.fillRect(left, y - 4, Math.max(1, p * (width - left - right)), 8);
    });
    const perLayer = cell.probabilities.map(
      (p, row) =>
        `${rowName(row, this.#layers)}: ${share(p)}, ${t("rank {rank}", { rank: cell.ranks[row] || t("unknown") })}`,
    );
    this.#canvas.setAttribute(
      "aria-label",
      t("How {token} fares: {layers}", { token: spoken(cell.target.text), layers: perLayer.join("; ") }),
    );
  }

  #row(id: number, text: string, p: number, cell: Cell): HTMLElement {
    const title = this.#follow
      ? t("Follow this token through the layers (id {id})", { id })
      : t("Run the cell to follow another token through the layers");
    const button = h(
      "button",
      { class: id === cell.came.id ? "alt came" : "alt", title, disabled: !this.#follow },
      ...candidateCells(text, p, share(p)),
    );
    button.addEventListener("click", () => this.#follow?.(id));
    return h("div", { role: "listitem" }, button);
  }
}
