// What is being sampled, how far it is, and Stop.
import type { Progress } from "../contract_fork";
import { h, on } from "./dom";

const QUIET = 6000; // ms without a word

export class JobBar {
  readonly #what = h("span", {});
  readonly #bar = h("progress", { max: 1, "aria-label": "Rollouts that have ended" });
  readonly #count = h("span", { class: "done" });
  readonly #stop = h("button", { class: "stop", title: "Stop sampling; what there is stays" }, "Stop");
  readonly element = h("div", { class: "job", role: "status" }, this.#what, this.#bar, this.#count, this.#stop);

  #quiet = 0;

  /** `ask` is called after a silence: whether anybody is there. */
  constructor(stop: () => void, private readonly ask: () => void, signal: AbortSignal) {
    this.element.hidden = true;
    signal.addEventListener("abort", () => clearInterval(this.#quiet));
    on(this.#stop, "click", () => {
      [this.#stop.disabled, this.#stop.textContent] = [true, "Stopping \u2026"];
      stop();
    }, signal);
  }

  begin(what: string): void {
    this.element.hidden = false;
    [this.#stop.disabled, this.#stop.textContent] = [false, "Stop"];
    this.#what.textContent = what;
    this.#bar.removeAttribute("value"); // it may have to wait for another thought
    this.#count.textContent = "";
    this.#listen();
  }

  show(p: Progress): void {
    if (p.over) return this.end();
    this.element.hidden = false;
    this.#listen();
    this.#what.textContent = p.what;
    [this.#bar.max, this.#bar.value] = [p.total, p.done];
    this.#count.textContent = `${p.done} of ${p.total} ended, ${p.steps.toLocaleString("en")} tokens deep`;
  }

  end(): void {
    this.element.hidden = true;
    clearInterval(this.#quiet);
  }

  #listen(): void {
    clearInterval(this.#quiet);
    this.#quiet = setInterval(this.ask, QUIET);
  }
}
