// The progress of sampling, and Stop.
import { h, on } from "../../core/dom";
import type { Progress } from "./contract";
import { fromPython, t, whole } from "../../core/words";

const QUIET = 6000; // ms without a message

export class JobStatus {
  readonly #probe: () => void;
  readonly #what = h("span", {});
  readonly #bar = h("progress", { max: 1, "aria-label": t("Rollouts that have ended") });
  readonly #count = h("span", { class: "done" });
  readonly #stop = h("button", { class: "stop", title: t("Stop sampling; what there is stays") }, t("Stop"));
  readonly element = h(
    "div",
    { class: "job", role: "status" },
    this.#what,
    this.#bar,
    this.#count,
    this.#stop,
  );

  #quiet = 0;

  /** `probe` is called after a silence; its failure shows that the kernel does not answer. */
  constructor(stop: () => void, probe: () => void, signal: AbortSignal) {
    this.#probe = probe;
    this.element.hidden = true;
    signal.addEventListener("abort", () => clearInterval(this.#quiet));
    on(
      this.#stop,
      "click",
      () => {
        [this.#stop.disabled, this.#stop.textContent] = [true, t("Stopping …")];
        stop();
      },
      signal,
    );
  }

  begin(what: string): void {
    this.element.hidden = false;
    [this.#stop.disabled, this.#stop.textContent] = [false, t("Stop")];
    this.#what.textContent = what;
    this.#bar.removeAttribute("value"); // indeterminate: it may wait for another job
    this.#count.textContent = "";
    this.#watch();
  }

  show(p: Progress): void {
    if (p.over) return this.end();
    this.element.hidden = false;
    this.#watch();
    this.#what.textContent = fromPython(p.what);
    [this.#bar.max, this.#bar.value] = [p.total, p.done];
    this.#count.textContent = t("{done} of {total} ended, {n} tokens deep", {
      done: p.done,
      total: p.total,
      n: whole(p.steps),
    });
  }

  end(): void {
    this.element.hidden = true;
    clearInterval(this.#quiet);
  }

  #watch(): void {
    clearInterval(this.#quiet);
    this.#quiet = setInterval(this.#probe, QUIET);
  }
}
