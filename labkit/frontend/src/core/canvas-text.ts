// Texts and strokes on a canvas.

/** Draws a text, vertically centred at `y`. */
export function fillLabel(
  ctx: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  align: CanvasTextAlign = "right",
): void {
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
  ctx.fillText(words, x, y);
}

/** Draws a text upwards. */
export function fillLabelUpwards(
  ctx: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  align?: CanvasTextAlign,
): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(-Math.PI / 2);
  fillLabel(ctx, words, 0, 0, align);
  ctx.restore();
}

/** Sets the colour and width of the next strokes. */
export function setStroke(ctx: CanvasRenderingContext2D, color: string, wide = 1): void {
  ctx.strokeStyle = color;
  ctx.lineWidth = wide;
}

/** Sets the colour and font of the next texts. */
export function setFont(ctx: CanvasRenderingContext2D, color: string, size: number, font: string): void {
  ctx.fillStyle = color;
  ctx.font = `${size}px ${font}`;
}
