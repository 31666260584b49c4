// How much a group weighs, by the share of it that is right: with the spread divided out, and without.
import { weight, type Kind } from "../draw/reward";
import { penOf } from "./canvas";
import { h } from "./dom";

const [WIDE, TALL, LEFT, TOP, BOTTOM] = [226, 108, 6, 24, 18];

export class Curve {
  readonly #canvas = h("canvas", { role: "img" });
  readonly element = h("figure", {}, h("figcaption", {}, "What a group weighs, by its share of right answers"), this.#canvas);

  /** `share` is that of this group's right answers; undefined where these are not known. */
  show(kind: Kind, share: number | undefined, ink: (name: string) => string): void {
    const pen = penOf(this.#canvas, WIDE, TALL);
    if (!pen) return;
    const x = (p: number) => LEFT + p * (WIDE - 2 * LEFT);
    const y = (v: number) => TOP + (1 - v) * (TALL - TOP - BOTTOM);
    pen.font = `10px ${getComputedStyle(this.#canvas).fontFamily}`;
    pen.setLineDash([]);
    pen.lineWidth = 1;
    pen.strokeStyle = ink("--rule");
    pen.strokeRect(x(0), y(1), x(1) - x(0), y(0) - y(1));
    const line = (one: Kind) => {
      const mine = (one === "grpo") === (kind === "grpo");
      pen.strokeStyle = ink(mine ? "--accent" : "--muted");
      pen.lineWidth = mine ? 2 : 1;
      pen.setLineDash(mine ? [] : [3, 3]);
    };
    for (const one of ["dr-grpo", "grpo"] as const) {
      line(one);
      pen.beginPath();
      for (let i = 0; i <= 100; i++) pen.lineTo(x(i / 100), y(weight(one, i / 100)));
      pen.stroke();
    }
    pen.fillStyle = ink("--muted");
    for (const [p, words, align] of [[0, "none", "left"], [0.5, "half", "center"], [1, "all right", "right"]] as const) {
      pen.textAlign = align;
      pen.fillText(words, x(p), TALL - 5);
    }
    pen.textAlign = "left";
    for (const [one, words, at] of [["grpo", "÷ spread (GRPO)", 0], ["dr-grpo", "not divided", 128]] as const) { // above the plot
      pen.fillText(words, LEFT + at + 22, 12);
      line(one);
      pen.beginPath();
      pen.moveTo(LEFT + at, 8.5);
      pen.lineTo(LEFT + at + 18, 8.5);
      pen.stroke();
    }
    pen.setLineDash([]);
    if (share !== undefined) {
      pen.fillStyle = ink("--ink");
      pen.beginPath();
      pen.arc(x(share), y(weight(kind, share)), 4, 0, 2 * Math.PI);
      pen.fill();
    }
    const here = share === undefined ? "" : ` This group: ${Math.round(100 * share)} % right, weighs ${weight(kind, share).toFixed(2)}, ${weight("grpo", share).toFixed(2)} with the spread divided out, ${weight("dr-grpo", share).toFixed(2)} without.`;
    this.#canvas.setAttribute("aria-label", `Dividing by the spread lifts groups that are nearly all right or nearly all wrong.${here}`);
    this.#canvas.title = `1 = a group that is half right, half wrong.${here}`;
  }
}
