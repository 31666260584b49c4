// The fork view: a thought that can be changed, and what became of each change.
import type { Focus, Progress, Row } from "../contract_fork";
import { ENDS } from "../contract";
import { about, letter, rowOf, shareSaid } from "../draw/fork";
import { drawable, spoken } from "../draw/text";
import { ChangePanel, COUNTS, type Change } from "../parts/change";
import { Code } from "../parts/code";
import { h, on } from "../parts/dom";
import { ForkList } from "../parts/forks";
import { JobBar } from "../parts/job";
import { link } from "../parts/link";
import { theme } from "../parts/theme";
import { TreePanel } from "../parts/tree";
import { PAGE, Trunk, type Picks } from "../parts/trunk";
import { SILENCE, type ForkSource, type Hears } from "../sources/fork";
import css from "./fork.css";

const HINT = "Click a token, or walk with the arrow keys, and put something else there. Tinted tokens are those of which the model was unsure. Click a step's number to edit the whole step.";
const NAMES: readonly Focus["name"][] = ["forced-answer", "resampling", "counterfactual"];
const HELP: Readonly<Record<Focus["name"], string>> = {
  "forced-answer": "The answer that is forced right after the step, against right before it",
  resampling: "Thinking on after the step, against thinking on from before it",
  counterfactual: "Thinking on after the step, against the resamples that wrote something else",
};

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function forkView(host: HTMLElement, source: ForkSource, signal: AbortSignal): void {
  new ForkView(host, source, signal);
}

class ForkView implements Picks, Hears {
  private readonly trunk: Trunk;
  private readonly panel: ChangePanel;
  private readonly list = new ForkList((fork) => this.source.look({ fork, rollout: null }));
  private readonly tree: TreePanel;
  private readonly job: JobBar;
  private readonly code: Code;
  private readonly notice = h("div", { class: "notice", role: "alert" });
  private readonly live = h("div", { class: "sr", "aria-live": "polite" });
  private readonly weighing = h("button", { title: "All three importances of Thought Anchors, for every step" });
  private readonly names = NAMES.map((name) => h("button", { role: "radio", title: HELP[name] }, name));
  private readonly scale = h("span", { class: "names", hidden: true }, h("span", { class: "radios", role: "radiogroup", "aria-label": "Importance" }, ...this.names), h("span", { class: "ends" }, "\u2190 harmed   helped \u2192"));
  private readonly tell: (token: number) => void;
  private whole = false;
  private asked = 0; // pages asked for, so that a late one does not show
  private opened = "";

  constructor(host: HTMLElement, private readonly source: ForkSource, private readonly signal: AbortSignal) {
    const { scene } = source;
    this.trunk = new Trunk(this, scene.starts, scene.count, signal);
    this.panel = new ChangePanel({ sample: (change) => this.sample(change), whole: (on) => this.turn(on), count: () => this.price() }, scene.unable, signal);
    this.tree = new TreePanel((rollout) => source.look({ rollout }), signal);
    this.job = new JobBar(() => void source.stop().catch(() => undefined), () => void source.choices(0).catch(() => undefined), signal);
    this.code = new Code("The Python call that gives these importances again", signal, "Code");
    this.tell = link(() => source.scene.key, (token) => this.listen(token), signal);
    const n = `${scene.count.toLocaleString("en")} token${scene.count === 1 ? "" : "s"}`;
    const prompt = h("div", { class: "prompt" }, h("span", {}, "Prompt"), drawable(scene.prompt));
    const section = h("section", { class: "view", "aria-label": "Fork view" },
      h("div", { class: "head" }, h("b", {}, scene.model), h("span", { class: "status" }, `${n}, ${ENDS[scene.finish]}, ${scene.own}`)),
      this.notice,
      h("div", { class: "main" },
        h("div", { class: "left" }, prompt, h("div", { class: "tools" }, this.weighing, this.code.buttons, this.scale), this.code.element, this.trunk.element), this.panel.element),
      this.job.element, this.list.element, this.tree.element, this.live);
    const root = host.attachShadow({ mode: "open" });
    root.append(h("style", {}, css), section);
    host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
    signal.addEventListener("abort", () => root.replaceChildren());
    this.notice.hidden = true;
    this.weighing.hidden = scene.unable !== "" || !scene.seconds.length;
    on(this.weighing, "click", () => this.weigh(), signal);
    this.names.forEach((button, i) => on(button, "click", () => source.look({ name: NAMES[i] ?? "resampling" }), signal));
    this.trunk.label(`Thought of ${scene.model}, ${n}. Left and right arrows: a token; up and down: a row; Enter: what to put there.`);
    theme(section, () => this.tree.paint(), () => undefined, signal);
    source.hear(this, signal);
    this.panel.hint(HINT);
    this.scene();
    this.focus();
    if (source.focus.token === null) this.page(0);
  }

  // -- what the parts ask ----------------------------------------------------------------------------

  pick(token: number): void {
    this.whole = false;
    this.source.look({ token });
    this.tell(token);
  }

  pickStep(number: number): void {
    this.whole = true;
    const first = this.rows.find((r) => r.role === "step" && r.number === number)?.first ?? 0;
    this.source.look({ token: first });
    this.tell(first);
  }

  page(first: number): void {
    const { starts } = this.source.scene;
    const from = Math.max(0, Math.min(first, PAGE * Math.floor((starts.length - 1) / PAGE)));
    const asked = ++this.asked;
    this.source.rows(from, from + PAGE).then((rows) => {
      if (this.signal.aborted || asked !== this.asked) return; // the reader turned on
      this.rows = rows;
      this.trunk.show(from, rows);
      this.weights();
      this.mark();
    }, () => undefined);
  }

  enter(): void {
    this.panel.enter();
  }

  private rows: readonly Row[] = [];

  private turn(whole: boolean): void {
    this.whole = whole;
    this.mark();
  }

  private sample(change: Change): void {
    const where = change.step === null ? `at ${change.at ?? 0}` : `from step ${change.step}`;
    this.begin(`${change.n} rollouts ${where}`, this.source.sample(change));
  }

  private weigh(): void {
    this.begin(`Every step, ${this.panel.n} rollouts each way`, this.source.weigh(this.panel.n));
  }

  private begin(what: string, started: Promise<unknown>): void {
    this.job.begin(what);
    this.running(true);
    started.catch(() => { // refused: the sentence is shown already
      this.job.end();
      this.running(false);
    });
  }

  private running(on: boolean): void {
    this.panel.running(on);
    this.weighing.disabled = on;
  }

  private listen(token: number): void {
    if (token < 0 || token >= this.source.scene.count || token === this.source.focus.token) return;
    this.whole = false;
    this.source.look({ token });
  }

  // -- what changes ----------------------------------------------------------------------------------

  scene(): void {
    const { forks, weighed } = this.source.scene;
    this.list.show(forks, this.source.focus.fork);
    this.code.set(weighed);
    this.price();
    this.weights();
  }

  focus(): void {
    const { token, fork, rollout } = this.source.focus;
    if (token !== null && !this.trunk.holds(token)) this.page(PAGE * Math.floor(rowOf(this.source.scene.starts, token) / PAGE));
    else this.mark();
    this.weights();
    const key = `${fork} ${rollout}`;
    if (key === this.opened) return;
    this.opened = key;
    this.list.show(this.source.scene.forks, fork);
    if (fork === null) return this.tree.clear();
    this.source.tree(fork).then(async (tree) => {
      if (this.signal.aborted || key !== this.opened) return; // the reader opened another
      this.tree.show(tree);
      if (rollout === null) return;
      const text = await this.source.text(fork, rollout);
      if (key === this.opened) this.tree.read(rollout, text);
    }).catch(() => undefined);
  }

  progress(progress: Progress): void {
    this.running(!progress.over);
    this.job.show(progress);
    if (!progress.over) return;
    if (progress.failed) this.words(progress.failed);
    const { forks } = this.source.scene;
    const last = forks.at(-1);
    this.live.textContent = last ? `Fork ${letter(forks.length - 1)}: ${last.where}, ${shareSaid(last)}` : "Done.";
  }

  words(words: string): void {
    this.notice.textContent = words;
    this.notice.hidden = !words;
    if (words !== SILENCE) return;
    this.job.end(); // it may come back: then its progress shows again
    this.running(false);
  }

  // -- what is shown ---------------------------------------------------------------------------------

  /** What "Resample each step" would take. */
  private price(): void {
    const seconds = this.source.scene.seconds[COUNTS.findIndex((n) => n === this.panel.n)] ?? 0;
    this.weighing.textContent = `Resample each step, ${about(seconds)}`;
  }

  private weights(): void {
    const { scene, focus } = this.source;
    this.scale.hidden = !scene.bars.length;
    this.names.forEach((button, i) => button.setAttribute("aria-checked", String(NAMES[i] === focus.name)));
    this.trunk.weigh(scene.bars.filter((bar) => bar.name === focus.name));
  }

  private mark(): void {
    const { token } = this.source.focus;
    this.trunk.select(token, this.whole);
    if (token === null) return this.panel.hint(HINT);
    if (!this.trunk.holds(token)) return;
    const [text, row] = [this.trunk.text(token), this.trunk.row(token)];
    this.panel.show(token, text, row, this.whole);
    this.live.textContent = `${spoken(text)}, at ${token}`;
    this.source.choices(token).then(({ choices }) => {
      if (token === this.source.focus.token) this.panel.offer(choices, text);
    }, () => undefined);
  }
}
