// A strip of the differences over the whole text: up is more likely under b, down is less likely; or of the divergences.
import { Strip } from "../../core/strip";
import { t } from "../../core/words";
import { extremes, type Measure } from "./draw";
import type { PieceColumns } from "./piece-columns";

export interface StripColors {
  readonly less: string;
  readonly more: string;
  readonly kl: string;
  readonly rule: string;
}

export class DifferenceStrip extends Strip {
  draw(pieces: PieceColumns, measure: Measure, top: number, colors: StripColors): void {
    const name = measure === "kl" ? t("KL over the whole text") : t("Difference over the whole text");
    this.element.title = t("{curve}: click to go there", { curve: name });
    this.canvas.setAttribute("aria-label", name);
    const picture = this.begin(pieces.count);
    if (!picture) return;
    const { ctx, width, height } = picture;
    const zero = measure === "kl" ? height - 1 : height / 2;
    const columns = Math.max(1, Math.min(pieces.count, Math.floor(width / 2)));
    const wide = width / columns;
    const { low, high } = extremes(measure === "kl" ? pieces.kl : pieces.difference, columns);
    const bar = (i: number, value: number, color: string) => {
      const tall = Math.max(-1, Math.min(1, value / top)) * (zero - 1);
      if (Math.abs(tall) < 0.2) return;
      ctx.fillStyle = color;
      ctx.fillRect(i * wide, zero - tall, Math.max(1.5, wide - (wide > 3 ? 1 : 0)), tall);
    };
    ctx.fillStyle = colors.rule;
    ctx.fillRect(0, zero - 0.5, width, 1);
    high.forEach((value, i) => bar(i, value, measure === "kl" ? colors.kl : colors.more));
    low.forEach((value, i) => bar(i, value, colors.less));
  }
}
