// The training view: curves, what is wrong, and thoughts through time.
import type { Focus, Progress, Scene } from "../contract_training";
import { ofChecks, ofCurve, type Inks } from "../draw/training";
import { Curves } from "../parts/curves";
import { h, on } from "../parts/dom";
import { link } from "../parts/link";
import { theme } from "../parts/theme";
import { Thoughts } from "../parts/thoughts";
import type { TrainingSource } from "../sources/training";
import css from "./training.css";

const STATES: Readonly<Record<Scene["state"], string>> = { running: "training", done: "done", stopped: "stopped", nan: "ended by numbers that are none" };

const GONE = "broken off: the kernel was restarted, or does not answer";
const QUIET = 10_000; // ms; a run that goes on says so four times a second

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function trainingView(host: HTMLElement, source: TrainingSource, signal: AbortSignal): void {
  new TrainingView(host, source, signal);
}

class TrainingView {
  private readonly title = h("b", {});
  private readonly status = h("span", { class: "status", role: "status" });
  private readonly stopButton = h("button", { class: "stop", title: "Stop training; the model stays as the last step left it" }, "Stop");
  private readonly summary = h("div", { class: "summary" });
  private readonly findings = h("div", { role: "status" });
  private readonly live = h("div", { class: "sr", "aria-live": "polite" });
  private readonly curves: Curves;
  private readonly thoughts: Thoughts;
  private readonly section: HTMLElement;
  private stopping = false;
  private dark = false;
  private told = "";
  private heard = performance.now(); // when the run last said something

  constructor(host: HTMLElement, private readonly source: TrainingSource, signal: AbortSignal) {
    this.curves = new Curves((step) => this.pick(step), (words) => (this.live.textContent = words), signal);
    const tell = link(() => this.thoughts.line?.key ?? "", (token) => token >= 0 && this.thoughts.select(token, false), signal);
    this.thoughts = new Thoughts(source, tell, signal);
    this.section = h("section", { class: "view", "aria-label": "Training view" },
      h("div", { class: "head" }, this.title, h("span", { class: "right" }, this.status, this.stopButton)),
      this.summary, this.curves.element, this.findings, this.thoughts.element, this.live);
    const root = host.attachShadow({ mode: "open" });
    root.append(h("style", {}, css), this.section);
    host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
    signal.addEventListener("abort", () => root.replaceChildren());
    on(this.stopButton, "click", () => {
      this.stopping = true;
      source.stop();
      this.label();
    }, signal);
    source.watch((what) => {
      if (what === "scene") this.heard = performance.now();
      this.show();
    }, signal);
    source.hear((progress) => {
      this.heard = performance.now();
      this.label(progress);
    }, signal);
    const quiet = setInterval(() => {
      if (this.source.scene.state === "running" && this.silent) this.label();
    }, QUIET / 5);
    signal.addEventListener("abort", () => clearInterval(quiet));
    theme(this.section, (dark) => {
      this.dark = dark;
      this.curves.paint(this.inks());
      this.show();
    }, () => this.curves.draw(), signal);
    this.show();
  }

  /** A step of the curves; the thoughts follow to the nearest one that is known. */
  private pick(step: number | null): void {
    const { scene, focus } = this.source;
    const lines = scene[focus.which];
    const near = step === null ? undefined : lines.findLast((line) => line.step <= step) ?? lines[0];
    this.source.look({ step, at: near ? lines.findIndex((line) => line.step === near.step) : null });
  }

  private show(): void {
    const { scene, focus } = this.source;
    this.title.textContent = `${scene.model} on ${scene.task}`;
    this.summary.textContent = scene.summary;
    this.label();
    this.diagnose(scene);
    this.curves.show([ofChecks(scene.checks), ...scene.curves.map(ofCurve)], scene.wanted, focus.step);
    this.thoughts.show(scene, this.known(scene, focus), this.dark);
  }

  /** A focus whose thought is there; a run that goes on may have dropped it. */
  private known(scene: Scene, focus: Focus): Focus {
    return focus.at !== null && focus.at >= scene[focus.which].length ? { ...focus, at: null } : focus;
  }

  private label(progress?: Progress): void {
    const { scene } = this.source;
    const wanted = scene.state === "running";
    const running = wanted && !this.silent;
    const done = scene.curves[0]?.values.length ?? 0;
    const doing = progress && running ? `${progress.doing}${progress.total ? ` ${progress.done} of ${progress.total}` : ""}` : wanted && !running ? GONE : STATES[scene.state];
    this.status.textContent = running ? `step ${Math.min(done + 1, scene.wanted)} of ${scene.wanted}, ${doing}` : `${done} step${done === 1 ? "" : "s"}, ${doing}`;
    this.status.classList.toggle("running", running);
    if (!running) this.stopping = false;
    this.stopButton.hidden = !running;
    this.stopButton.disabled = this.stopping;
    this.stopButton.textContent = this.stopping ? "Stopping …" : "Stop";
  }

  private get silent(): boolean {
    return this.source.gone || performance.now() - this.heard > QUIET;
  }

  private diagnose(scene: Scene): void {
    const words = JSON.stringify(scene.findings);
    if (words === this.told) return; // said once, not at every step
    this.told = words;
    this.findings.replaceChildren(...scene.findings.map((f) =>
      h("div", { class: "finding" }, h("b", {}, f.name), h("p", {}, `${f.what} ${f.why}`), h("code", {}, f.next))));
  }

  private inks(): Inks {
    const probe = h("i", {});
    this.section.append(probe);
    const color = (name: string) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const [ink, muted, rule, accent, band, paper] = ["ink", "muted", "rule", "line", "band", "paper"].map(color) as [string, string, string, string, string, string];
    probe.remove();
    return { ink, muted, rule, accent, band, paper, font: getComputedStyle(this.section).fontFamily };
  }
}
