// A strip over a whole text: what is in sight, what is selected; a click or a drag goes there.
import { h } from "./dom";

export class Strip {
  readonly canvas = h("canvas", { role: "img" });
  readonly #frame = h("div", { class: "frame" });
  readonly #needle = h("div", { class: "needle" });
  readonly element = h("div", { class: "map" }, this.canvas, this.#frame, this.#needle);
  #count = 0;

  constructor(onGo: (share: number) => void, signal: AbortSignal) {
    const go = (event: PointerEvent) => {
      const box = this.canvas.getBoundingClientRect();
      onGo(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    this.element.addEventListener(
      "pointerdown",
      (event) => {
        this.element.setPointerCapture(event.pointerId);
        go(event);
      },
      { signal },
    );
    this.element.addEventListener(
      "pointermove",
      (event) => {
        if (event.buttons) go(event);
      },
      { signal },
    );
  }

  /** Begins a new picture of `count` tokens; undefined while the strip has no width. */
  begin(count: number): { ctx: CanvasRenderingContext2D; width: number; height: number } | undefined {
    this.#count = count;
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return undefined;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const ctx = canvas.getContext("2d");
    ctx?.scale(scale, scale);
    return ctx ? { ctx, width, height } : undefined;
  }

  /** Frames the tokens in sight, and marks the selected one. */
  view([first, last]: readonly [number, number], selected: number | null): void {
    const share = (token: number) => `${(100 * token) / Math.max(1, this.#count)}%`;
    const all = first <= 0 && last >= this.#count - 0.5;
    this.#frame.style.cssText = `left:${share(first)};width:${share(last - first)};${all ? "display:none" : ""}`;
    this.#needle.style.cssText = selected === null ? "display:none" : `left:${share(selected + 0.5)}`;
  }
}
