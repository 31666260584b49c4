// What a canvas needs said at every stroke and word.

/** Writes on the middle of a line. */
export function write(pen: CanvasRenderingContext2D, words: string, x: number, y: number, align: CanvasTextAlign = "right"): void {
  pen.textAlign = align;
  pen.textBaseline = "middle";
  pen.fillText(words, x, y);
}

/** The same, upwards. */
export function writeUp(pen: CanvasRenderingContext2D, words: string, x: number, y: number, align?: CanvasTextAlign): void {
  pen.save();
  pen.translate(x, y);
  pen.rotate(-Math.PI / 2);
  write(pen, words, 0, 0, align);
  pen.restore();
}

/** The colour and width of the next strokes. */
export function ruled(pen: CanvasRenderingContext2D, color: string, wide = 1): void {
  pen.strokeStyle = color;
  pen.lineWidth = wide;
}

/** The colour and font of the next words. */
export function lettered(pen: CanvasRenderingContext2D, color: string, size: number, font: string): void {
  pen.fillStyle = color;
  pen.font = `${size}px ${font}`;
}
