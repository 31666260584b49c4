// The fork view: a thought, the changes to it, and their outcomes.
import { ENDS } from "../../core/contract";
import { h, on } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { drawable, spoken } from "../../core/text";
import { followTheme } from "../../core/theme";
import { ChangePanel, COUNTS, type Change } from "./change-panel";
import { CodeBlock } from "./code-block";
import type { Focus, Progress, Row } from "./contract";
import { about, letter, rowOf, shareText } from "./draw";
import { ForkList } from "./fork-list";
import { JobStatus } from "./job-status";
import { OutcomeTree } from "./outcome-tree";
import type { ForkSource } from "./source";
import { PAGE, TraceRows, type RowActions } from "./trace-rows";
import { fromPython, t, tn } from "../../core/words";
import css from "./style.css";

const hint = (): string =>
  t(
    "Click a token, or walk with the arrow keys, and put something else there. Tinted tokens are those of which the model was unsure. Click a step's number to edit the whole step.",
  );
const NAMES: readonly Focus["name"][] = ["forced-answer", "resampling", "counterfactual"];
const nameOf = (name: Focus["name"]): string =>
  ({
    "forced-answer": t("forced-answer"),
    resampling: t("resampling"),
    counterfactual: t("counterfactual"),
  })[name];
const helpOf = (name: Focus["name"]): string =>
  ({
    "forced-answer": t("The answer that is forced right after the step, against right before it"),
    resampling: t("Thinking on after the step, against thinking on from before it"),
    counterfactual: t("Thinking on after the step, against the resamples that wrote something else"),
  })[name];

/** Builds the view in `host`; removes it when the signal aborts. */
export function forkView(host: HTMLElement, source: ForkSource, signal: AbortSignal): void {
  new ForkView(host, source, signal);
}

class ForkView implements RowActions {
  readonly #source: ForkSource;
  readonly #signal: AbortSignal;
  readonly #traceRows: TraceRows;
  readonly #panel: ChangePanel;
  readonly #list = new ForkList((fork) => this.#source.setFocus({ fork, rollout: null }));
  readonly #tree: OutcomeTree;
  readonly #job: JobStatus;
  readonly #code: CodeBlock;
  readonly #notice = h("div", { class: "notice", role: "alert" });
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #weighButton = h("button", {
    title: t("All three importances of Thought Anchors, for every step"),
  });
  readonly #names = NAMES.map((name) => h("button", { role: "radio", title: helpOf(name) }, nameOf(name)));
  readonly #scale = h(
    "span",
    { class: "names", hidden: true },
    h("span", { class: "radios", role: "radiogroup", "aria-label": t("Importance") }, ...this.#names),
    h("span", { class: "ends" }, t("← harmed   helped →")),
  );
  readonly #emit: (token: number) => void;
  #wholeStep = false;
  #rows: readonly Row[] = []; // on the page
  #pageRequests = 0; // only the page of the newest request is shown
  #openKey = "";

  constructor(host: HTMLElement, source: ForkSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    this.#traceRows = new TraceRows(this, scene.starts, scene.count, signal);
    this.#panel = new ChangePanel(
      {
        sample: (change) => this.#sample(change),
        wholeStep: (on) => this.#setMode(on),
        count: () => this.#estimate(),
      },
      scene.unable,
      signal,
    );
    this.#tree = new OutcomeTree((rollout) => source.setFocus({ rollout }), signal);
    this.#job = new JobStatus(
      () => void source.stop().catch(() => undefined),
      () => void source.choices(0).catch(() => undefined),
      signal,
    );
    this.#code = new CodeBlock(t("The Python call that gives these importances again"), signal, t("Code"));
    this.#emit = joinSelection(
      () => source.scene.key,
      (token) => this.#selectFromOtherView(token),
      signal,
    );
    const n = tn("{n} token", "{n} tokens", scene.count);
    const prompt = h("div", { class: "prompt" }, h("span", {}, t("Prompt")), drawable(scene.prompt));
    const section = h(
      "section",
      { class: "view", "aria-label": t("Fork view") },
      h(
        "div",
        { class: "head" },
        h("b", {}, scene.model),
        h("span", { class: "status" }, [n, fromPython(ENDS[scene.finish]), fromPython(scene.own)].join(", ")),
      ),
      this.#notice,
      h(
        "div",
        { class: "main" },
        h(
          "div",
          { class: "left" },
          prompt,
          h("div", { class: "tools" }, this.#weighButton, this.#code.buttons, this.#scale),
          this.#code.element,
          this.#traceRows.element,
        ),
        this.#panel.element,
      ),
      this.#job.element,
      this.#list.element,
      this.#tree.element,
      this.#live,
    );
    attachView(host, section, css, signal);
    this.#notice.hidden = true;
    this.#weighButton.hidden = scene.unable !== "" || !scene.seconds.length;
    on(this.#weighButton, "click", () => this.#weigh(), signal);
    this.#names.forEach((button, i) =>
      on(button, "click", () => source.setFocus({ name: NAMES[i] ?? "resampling" }), signal),
    );
    this.#traceRows.label(
      t(
        "Thought of {model}, {n}. Left and right arrows: a token; up and down: a row; Enter: what to put there.",
        { model: scene.model, n },
      ),
    );
    followTheme(section, signal, () => this.#tree.paint());
    source.onChange((what) => (what === "scene" ? this.#showScene() : this.#showFocus()), signal);
    source.onProgress((progress) => this.#showProgress(progress), signal);
    source.onNotice((notice, unresponsive) => this.#showNotice(notice, unresponsive), signal);
    this.#panel.hint(hint());
    this.#showScene();
    this.#showFocus();
    if (source.focus.token === null) this.page(0);
  }

  // -- actions of the parts ----------------------------------------------------------------------------

  pick(token: number): void {
    this.#wholeStep = false;
    this.#source.setFocus({ token });
    this.#emit(token);
  }

  pickStep(number: number): void {
    this.#wholeStep = true;
    const first = this.#rows.find((r) => r.role === "step" && r.number === number)?.first ?? 0;
    this.#source.setFocus({ token: first });
    this.#emit(first);
  }

  page(first: number): void {
    const { starts } = this.#source.scene;
    const from = Math.max(0, Math.min(first, PAGE * Math.floor((starts.length - 1) / PAGE)));
    const request = ++this.#pageRequests;
    this.#source.rows(from, from + PAGE).then(
      (rows) => {
        if (this.#signal.aborted || request !== this.#pageRequests) return; // the user turned to another page
        this.#rows = rows;
        this.#traceRows.show(from, rows);
        this.#weights();
        this.#mark();
      },
      () => undefined,
    );
  }

  enter(): void {
    this.#panel.enter();
  }

  #setMode(wholeStep: boolean): void {
    this.#wholeStep = wholeStep;
    this.#mark();
  }

  #sample(change: Change): void {
    const { n, at, step } = change;
    const what =
      step === null
        ? t("{n} rollouts at {token}", { n, token: at ?? 0 })
        : t("{n} rollouts from step {step}", { n, step });
    this.#begin(what, this.#source.sample(change));
  }

  #weigh(): void {
    this.#begin(
      t("Every step, {n} rollouts each way", { n: this.#panel.n }),
      this.#source.weigh(this.#panel.n),
    );
  }

  #begin(what: string, started: Promise<unknown>): void {
    this.#job.begin(what);
    this.#running(true);
    started.catch(() => {
      // a notice shows why
      this.#job.end();
      this.#running(false);
    });
  }

  #running(on: boolean): void {
    this.#panel.running(on);
    this.#weighButton.disabled = on;
  }

  #selectFromOtherView(token: number): void {
    if (token < 0 || token >= this.#source.scene.count || token === this.#source.focus.token) return;
    this.#wholeStep = false;
    this.#source.setFocus({ token });
  }

  // -- changes ----------------------------------------------------------------------------------

  #showScene(): void {
    const { forks, weighed } = this.#source.scene;
    this.#list.show(forks, this.#source.focus.fork);
    this.#code.set(weighed);
    this.#estimate();
    this.#weights();
  }

  #showFocus(): void {
    const { token, fork, rollout } = this.#source.focus;
    if (token !== null && !this.#traceRows.holds(token))
      this.page(PAGE * Math.floor(rowOf(this.#source.scene.starts, token) / PAGE));
    else this.#mark();
    this.#weights();
    const key = `${fork} ${rollout}`;
    if (key === this.#openKey) return;
    this.#openKey = key;
    this.#list.show(this.#source.scene.forks, fork);
    if (fork === null) return this.#tree.clear();
    this.#source
      .tree(fork)
      .then(async (tree) => {
        if (this.#signal.aborted || key !== this.#openKey) return; // the user opened another
        this.#tree.show(tree);
        if (rollout === null) return;
        const text = await this.#source.text(fork, rollout);
        if (key === this.#openKey) this.#tree.read(rollout, text);
      })
      .catch(() => undefined);
  }

  #showProgress(progress: Progress): void {
    this.#running(!progress.over);
    this.#job.show(progress);
    if (!progress.over) return;
    if (progress.failed) this.#showNotice(progress.failed, false);
    const { forks } = this.#source.scene;
    const last = forks.at(-1);
    this.#live.textContent = last
      ? t("Fork {letter}: {where}, {result}", {
          letter: letter(forks.length - 1),
          where: fromPython(last.where),
          result: shareText(last),
        })
      : t("Done.");
  }

  #showNotice(notice: string, unresponsive: boolean): void {
    this.#notice.textContent = notice;
    this.#notice.hidden = !notice;
    if (!unresponsive) return;
    this.#job.end(); // progress from a kernel that answers again shows it again
    this.#running(false);
  }

  // -- display ---------------------------------------------------------------------------------

  /** The estimated time of "Resample each step". */
  #estimate(): void {
    const seconds = this.#source.scene.seconds[COUNTS.findIndex((n) => n === this.#panel.n)] ?? 0;
    this.#weighButton.textContent = t("Resample each step, {time}", { time: about(seconds) });
  }

  #weights(): void {
    const { scene, focus } = this.#source;
    this.#scale.hidden = !scene.bars.length;
    this.#names.forEach((button, i) => button.setAttribute("aria-checked", String(NAMES[i] === focus.name)));
    this.#traceRows.weigh(scene.bars.filter((bar) => bar.name === focus.name));
  }

  #mark(): void {
    const { token } = this.#source.focus;
    this.#traceRows.select(token, this.#wholeStep);
    if (token === null) return this.#panel.hint(hint());
    if (!this.#traceRows.holds(token)) return;
    const [text, row] = [this.#traceRows.text(token), this.#traceRows.row(token)];
    this.#panel.show(token, text, row, this.#wholeStep);
    this.#live.textContent = `${spoken(text)}, ${t("at {token}", { token })}`;
    this.#source.choices(token).then(
      ({ choices }) => {
        if (token === this.#source.focus.token) this.#panel.offer(choices, text);
      },
      () => undefined,
    );
  }
}
