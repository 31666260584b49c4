// The training view: curves, problems of the run, and thoughts through time.
import { h, on } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { followTheme, paletteOf } from "../../core/theme";
import { CheckpointBrowser } from "./checkpoint-browser";
import type { Focus, Progress, Scene } from "./contract";
import { Curves } from "./curves";
import { COLORS, ofChecks, ofCurve } from "./draw";
import type { TrainingSource } from "./source";
import { fromPython, t, tn } from "../../core/words";
import css from "./style.css";

const stateName = (state: Scene["state"]): string =>
  ({
    running: t("training"),
    done: t("done"),
    stopped: t("stopped"),
    nan: t("ended: a number was NaN or infinite"),
  })[state];

const QUIET = 10_000; // ms; a running trainer sends progress four times a second

/** Builds the view in `host`; removes it when the signal aborts. */
export function trainingView(host: HTMLElement, source: TrainingSource, signal: AbortSignal): void {
  new TrainingView(host, source, signal);
}

class TrainingView {
  readonly #source: TrainingSource;
  readonly #title = h("b", {});
  readonly #status = h("span", { class: "status", role: "status" });
  readonly #stopButton = h(
    "button",
    { class: "stop", title: t("Stop training; the model stays as the last step left it") },
    t("Stop"),
  );
  readonly #summary = h("div", { class: "summary" });
  readonly #findings = h("div", { role: "status" });
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #curves: Curves;
  readonly #thoughts: CheckpointBrowser;
  readonly #section: HTMLElement;
  #stopping = false;
  #dark = false;
  #shownFindings = "";
  #lastMessage = performance.now();

  constructor(host: HTMLElement, source: TrainingSource, signal: AbortSignal) {
    this.#source = source;
    this.#curves = new Curves(
      (step) => this.#pick(step),
      (words) => (this.#live.textContent = words),
      signal,
    );
    const emit = joinSelection(
      () => this.#thoughts.line?.key ?? "",
      (token) => token >= 0 && this.#thoughts.select(token, false),
      signal,
    );
    this.#thoughts = new CheckpointBrowser(source, emit, signal);
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Training view") },
      h("div", { class: "head" }, this.#title, h("span", { class: "right" }, this.#status, this.#stopButton)),
      this.#summary,
      this.#curves.element,
      this.#findings,
      this.#thoughts.element,
      this.#live,
    );
    attachView(host, this.#section, css, signal);
    on(
      this.#stopButton,
      "click",
      () => {
        this.#stopping = true;
        source.stop();
        this.#label();
      },
      signal,
    );
    source.onChange((what) => {
      if (what === "scene") this.#lastMessage = performance.now();
      this.#show();
    }, signal);
    source.onProgress((progress) => {
      this.#lastMessage = performance.now();
      this.#label(progress);
    }, signal);
    const quiet = setInterval(() => {
      if (this.#source.scene.state === "running" && this.#silent) this.#label();
    }, QUIET / 5);
    signal.addEventListener("abort", () => clearInterval(quiet));
    followTheme(
      this.#section,
      signal,
      (dark) => {
        this.#dark = dark;
        this.#curves.paint(paletteOf(this.#section, COLORS));
        this.#show();
      },
      () => this.#curves.draw(),
    );
    this.#show();
  }

  /** Selects a step of the curves, and the thought nearest to it. */
  #pick(step: number | null): void {
    const { scene, focus } = this.#source;
    const lines = scene[focus.which];
    const near = step === null ? undefined : (lines.findLast((line) => line.step <= step) ?? lines[0]);
    this.#source.setFocus({ step, at: near ? lines.findIndex((line) => line.step === near.step) : null });
  }

  #show(): void {
    const { scene, focus } = this.#source;
    this.#title.textContent = t("{model} on {task}", { model: scene.model, task: scene.task });
    this.#summary.textContent = fromPython(scene.summary);
    this.#label();
    this.#diagnose(scene);
    this.#curves.show([ofChecks(scene.checks), ...scene.curves.map(ofCurve)], scene.wanted, focus.step);
    this.#thoughts.show(scene, this.#existing(scene, focus), this.#dark);
  }

  /** A focus without its thought if a running trainer has dropped that thought. */
  #existing(scene: Scene, focus: Focus): Focus {
    return focus.at !== null && focus.at >= scene[focus.which].length ? { ...focus, at: null } : focus;
  }

  #label(progress?: Progress): void {
    const { scene } = this.#source;
    const unfinished = scene.state === "running";
    const running = unfinished && !this.#silent;
    const done = scene.curves[0]?.values.length ?? 0;
    const doing =
      progress && running
        ? progressText(progress)
        : unfinished && !running
          ? this.#source.saved
            ? t("not finished")
            : t("broken off: the kernel was restarted, or does not answer")
          : stateName(scene.state);
    this.#status.textContent = running
      ? `${t("step {i} of {n}", { i: Math.min(done + 1, scene.wanted), n: scene.wanted })}, ${doing}`
      : `${tn("{n} step", "{n} steps", done)}, ${doing}`;
    this.#status.classList.toggle("running", running);
    if (!running) this.#stopping = false;
    this.#stopButton.hidden = !running;
    this.#stopButton.disabled = this.#stopping;
    this.#stopButton.textContent = this.#stopping ? t("Stopping …") : t("Stop");
  }

  get #silent(): boolean {
    return this.#source.saved || this.#source.gone || performance.now() - this.#lastMessage > QUIET;
  }

  #diagnose(scene: Scene): void {
    const key = JSON.stringify(scene.findings);
    if (key === this.#shownFindings) return; // a live region must not repeat them at every step
    this.#shownFindings = key;
    this.#findings.replaceChildren(
      ...scene.findings.map((f) =>
        h(
          "div",
          { class: "finding" },
          h("b", {}, fromPython(f.name)),
          h("p", {}, `${fromPython(f.what)} ${fromPython(f.why)}`),
          h("code", {}, f.next),
        ),
      ),
    );
  }
}

/** What the trainer is doing, with the number of rollouts that have ended. */
function progressText({ doing, done, total }: Progress): string {
  const name = { sampling: t("sampling"), learning: t("learning"), judging: t("judging"), "": "" }[doing];
  return total ? t("{what} {done} of {total}", { what: name, done, total }) : name;
}
