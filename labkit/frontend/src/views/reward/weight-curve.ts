// The weight of a group by its share of right answers, with and without division by the spread.
import { contextOf } from "../../core/canvas";
import { h } from "../../core/dom";
import { weight, type Kind } from "./draw";
import { t } from "../../core/words";

const WIDE = 226;
const TALL = 108;
const LEFT = 6;
const TOP = 24;
const BOTTOM = 18;

export class WeightCurve {
  readonly #canvas = h("canvas", { role: "img" });
  readonly element = h(
    "figure",
    {},
    h("figcaption", {}, t("What a group weighs, by its share of right answers")),
    this.#canvas,
  );

  /** `share` is the share of right answers of this group; undefined if it is unknown. */
  show(kind: Kind, share: number | undefined, ink: (name: string) => string): void {
    const ctx = contextOf(this.#canvas, WIDE, TALL);
    if (!ctx) return;
    const x = (p: number) => LEFT + p * (WIDE - 2 * LEFT);
    const y = (v: number) => TOP + (1 - v) * (TALL - TOP - BOTTOM);
    ctx.font = `10px ${getComputedStyle(this.#canvas).fontFamily}`;
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
    ctx.strokeStyle = ink("--rule");
    ctx.strokeRect(x(0), y(1), x(1) - x(0), y(0) - y(1));
    const line = (one: Kind) => {
      const mine = (one === "grpo") === (kind === "grpo");
      ctx.strokeStyle = ink(mine ? "--accent" : "--muted");
      ctx.lineWidth = mine ? 2 : 1;
      ctx.setLineDash(mine ? [] : [3, 3]);
    };
    for (const one of ["dr-grpo", "grpo"] as const) {
      line(one);
      ctx.beginPath();
      for (let i = 0; i <= 100; i++) ctx.lineTo(x(i / 100), y(weight(one, i / 100)));
      ctx.stroke();
    }
    ctx.fillStyle = ink("--muted");
    for (const [p, words, align] of [
      [0, t("none"), "left"],
      [0.5, t("half"), "center"],
      [1, t("all right"), "right"],
    ] as const) {
      ctx.textAlign = align;
      ctx.fillText(words, x(p), TALL - 5);
    }
    ctx.textAlign = "left";
    for (const [one, words, at] of [
      ["grpo", t("÷ spread (GRPO)"), 0],
      ["dr-grpo", t("not divided"), 128],
    ] as const) {
      // above the plot
      ctx.fillText(words, LEFT + at + 22, 12);
      line(one);
      ctx.beginPath();
      ctx.moveTo(LEFT + at, 8.5);
      ctx.lineTo(LEFT + at + 18, 8.5);
      ctx.stroke();
    }
    ctx.setLineDash([]);
    if (share !== undefined) {
      ctx.fillStyle = ink("--ink");
      ctx.beginPath();
      ctx.arc(x(share), y(weight(kind, share)), 4, 0, 2 * Math.PI);
      ctx.fill();
    }
    const ownGroup =
      share === undefined
        ? ""
        : ` ${t(
            "This group: {share} % right, weighs {weight}, {divided} with the spread divided out, {plain} without.",
            {
              share: Math.round(100 * share),
              weight: weight(kind, share).toFixed(2),
              divided: weight("grpo", share).toFixed(2),
              plain: weight("dr-grpo", share).toFixed(2),
            },
          )}`;
    this.#canvas.setAttribute(
      "aria-label",
      t("Dividing by the spread lifts groups that are nearly all right or nearly all wrong.") + ownGroup,
    );
    this.#canvas.title = t("1 = a group that is half right, half wrong.") + ownGroup;
  }
}
