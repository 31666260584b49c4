// The playground: type a puzzle, watch R1-mini think, take another token, and look further in the panels.
import { h } from "../core/dom";
import { drawable, messageOf } from "../core/text";
import { tokenView } from "../views/token/view";
import { addressOf, readAddress, type State } from "./address";
import { unlikeTraining } from "./countdown";
import { download } from "./download";
import { EngineClient } from "./engine-client";
import { FirstSteps, type Step } from "./first-steps";
import { forksText, readForks, type LinkedFork } from "./fork-link";
import { PuzzleForm } from "./form";
import { hostOf } from "./host";
import { OWN, titleOf } from "./models";
import { holdOffline } from "./offline";
import type { Page, Panel } from "./panel";
import { fileNameOf, notebookOf, pythonOf } from "./python";
import { Tabs } from "./tabs";
import { Thought } from "./thought";

const PANELS: readonly Panel[] = [
  {
    name: "rollouts",
    title: "Eight thoughts",
    of: "puzzle",
    load: async () => (await import("./panels/rollouts")).drawRollouts,
  },
  {
    name: "forks",
    title: "What if?",
    of: "thought",
    load: async () => (await import("./panels/forks")).drawForks,
  },
  {
    name: "attention",
    title: "Who looked where?",
    of: "thought",
    load: async () => (await import("./panels/attention")).drawAttention,
  },
  {
    name: "lens",
    title: "What would each layer say?",
    of: "thought",
    load: async () => (await import("./panels/lens")).drawLens,
  },
];
const ALTERNATIVES = 5; // tokens that are offered in place of the selected one

class Playground implements Page {
  readonly client: EngineClient;
  state: State;
  readonly #host = hostOf((message) => this.say(message)); // JupyterLab, if the page is in a panel
  readonly #form: PuzzleForm;
  readonly #progress = h("progress", { max: 1, value: 0, "aria-label": "Loading the model" });
  readonly #status = h("p", { class: "status", role: "status" });
  readonly #verdict = h("p", { class: "verdict", role: "status" });
  readonly #view = h("div", { class: "thought" });
  readonly #others = h("div", { class: "others", hidden: true });
  readonly #steps: FirstSteps;
  readonly #tabs: Tabs;
  #thought: Thought | undefined;
  #forked: { readonly thought: Thought; readonly forks: readonly LinkedFork[] } | undefined; // in the address
  #shown: AbortController | undefined; // of the view of the thought
  readonly #showing = new Set<(thought: Thought) => void>();

  constructor(root: HTMLElement) {
    this.state = readAddress(location.hash);
    this.#form = new PuzzleForm(this.state, {
      think: () => this.#start(() => this.#thinkOnce()),
      draw: () => this.#start(() => this.#drawMany()),
      open: (files) => this.#start(() => this.#open(files)),
      link: () => location.href,
      python: () => this.#python(),
      notebookWords: this.#host ? "Open in a notebook" : "Download as notebook",
      notebook: () => this.#notebook(),
      share: () => this.#start(() => this.#share()),
    });
    this.#tabs = new Tabs(PANELS, (panel, host, signal) =>
      this.#start(() => this.#drawPanel(panel, host, signal)),
    );
    this.#steps = new FirstSteps(this.#firstSteps(), afterTheSteps());
    root.replaceChildren(
      this.#steps.element,
      this.#form.element,
      h("div", { class: "load" }, this.#progress, this.#status),
      this.#verdict,
      this.#view,
      this.#others,
      this.#tabs.element,
    );
    this.client = new EngineClient(new URL("worker.js", import.meta.url), (read, total) => {
      this.#progress.hidden = false;
      this.#progress.value = total ? read / total : 0.5;
    });
    addEventListener("hashchange", () => this.#follow());
    this.#start(() => this.#openAddress(location.hash).finally(() => this.#ready()));
  }

  // -- actions ----------------------------------------------------------------------------------

  /** The first thought has ended, or the model could not be loaded. */
  #ready(): void {
    this.#form.enable();
    if (!this.#host) holdOffline(); // the panel's folder is JupyterLab's
  }

  async #open(files: readonly File[]): Promise<void> {
    await this.client.open(files);
    await this.run({ ...this.#form.read(), model: OWN.name });
  }

  /** Loads the model of a state if it is not there yet; false if that is not possible, which the page says. */
  async #load({ model }: State): Promise<boolean> {
    this.client.model = model;
    if (this.client.isLoaded) return true;
    this.#clear();
    this.#status.textContent = `Loading ${titleOf(model)}, once …`;
    try {
      await this.client.load();
    } catch (error) {
      this.say(messageOf(error));
      return false;
    }
    this.say("");
    this.#progress.hidden = true;
    this.#form.enable();
    return true;
  }

  #start(action: () => Promise<void>): void {
    action().catch((error: unknown) => this.say(messageOf(error)));
  }

  async #thinkOnce(): Promise<void> {
    this.#steps.done(0);
    await this.run(this.#form.read());
  }

  async #drawMany(): Promise<void> {
    this.#steps.done(2);
    const state = this.#form.read();
    this.#tabs.open("rollouts");
    await this.run(state);
  }

  async run(state: State, forks: readonly LinkedFork[] = []): Promise<void> {
    this.#thought?.stop();
    const keepsPuzzle = addressOf({ ...state, prefix: [] }) === addressOf({ ...this.state, prefix: [] });
    [this.state, this.#forked] = [state, undefined];
    this.#form.show(state);
    this.#setAddress(forks);
    this.say("");
    this.#tabs.clear(keepsPuzzle ? ["thought"] : ["puzzle", "thought"]);
    if (!(await this.#load(state)) || this.state !== state) return; // or another one was asked for
    const thought = new Thought(this.client, state);
    this.#forked = { thought, forks };
    this.#draw(thought);
    const fault = await thought.finished;
    if (this.#thought !== thought) return;
    if (fault) {
      this.say(fault);
      return;
    }
    this.#judge(thought);
    this.#tabs.enable();
  }

  show(thought: Thought): void {
    this.#tabs.clear(["thought"]);
    this.#draw(thought);
    this.#judge(thought);
    this.#tabs.enable();
    this.#view.scrollIntoView({ block: "nearest" });
  }

  onShow(listener: (thought: Thought) => void, signal: AbortSignal): void {
    this.#showing.add(listener);
    signal.addEventListener("abort", () => this.#showing.delete(listener));
  }

  /** The address was changed by hand, or by the buttons of the browser. */
  #follow(): void {
    if (location.hash !== addressOf(this.state) + forksText(this.#forked?.forks ?? []))
      this.#start(() => this.#openAddress(location.hash));
  }

  /** Shows what an address holds. */
  async #openAddress(hash: string): Promise<void> {
    const forks = readForks(hash);
    if (forks.length) this.#tabs.open("forks");
    await this.run(readAddress(hash), forks);
  }

  linkedForks(thought: Thought): readonly LinkedFork[] {
    return thought === this.#forked?.thought ? this.#forked.forks : [];
  }

  holdForks(thought: Thought, forks: readonly LinkedFork[]): void {
    if (thought !== this.#thought) return;
    // One of several rollouts has no seed of its own: the address gives all of its tokens.
    this.state = thought.rollout.count > 1 ? { ...thought.state, prefix: thought.ids } : thought.state;
    this.#forked = { thought, forks };
    this.#setAddress(forks);
  }

  /** Lets the address hold the state and the forks. */
  #setAddress(forks: readonly LinkedFork[]): void {
    const address = addressOf(this.state) + forksText(forks);
    history.replaceState(null, "", address);
    this.#host?.remember(address);
  }

  // -- display ----------------------------------------------------------------------------------

  #clear(): void {
    this.#shown?.abort();
    this.#thought = undefined;
    this.#view.replaceChildren();
    this.#verdict.replaceChildren();
    this.#others.hidden = true;
  }

  #draw(thought: Thought): void {
    this.#clear();
    this.#shown = new AbortController();
    this.#thought = thought;
    const host = h("div", {});
    this.#view.replaceChildren(host);
    tokenView(host, thought.source, this.#shown.signal);
    thought.source.on("focus", () => this.#offerOthers(thought), this.#shown.signal);
    for (const listener of this.#showing) listener(thought);
  }

  async #drawPanel(panel: Panel, host: HTMLElement, signal: AbortSignal): Promise<void> {
    const thought = this.#thought;
    if (!thought) return;
    host.replaceChildren(h("p", { role: "status" }, "Computing …"));
    const draw = await panel.load();
    if (!signal.aborted) await draw(host, thought, this, signal);
  }

  /** The other tokens that the model could have written at the selected place. */
  #offerOthers({ source, state, running, ids }: Thought): void {
    const { token } = source.focus;
    const chosen = token === null ? undefined : source.tokens[token];
    this.#others.hidden = !chosen || running;
    this.#steps.update();
    if (!chosen || token === null || running) return;
    const before = ids.slice(0, token);
    const buttons = chosen.topIds.flatMap((id, k) => {
      if (id === chosen.id || k > ALTERNATIVES) return [];
      const percent = (100 * Math.exp(chosen.topLogprobs[k] ?? -Infinity)).toFixed(1);
      const text = drawable(chosen.topTexts[k] ?? "").replaceAll("\n", "⏎");
      const button = h("button", { type: "button" }, h("code", {}, text), ` ${percent} %`);
      button.addEventListener("click", () => {
        this.#steps.done(1);
        this.#start(() => this.run({ ...state, prefix: [...before, id] }));
      });
      return [button];
    });
    this.#others.replaceChildren("Take another token here: ", ...buttons);
  }

  #judge({ verdict, state }: Thought): void {
    const note = state.model === OWN.name ? "" : unlikeTraining(state.puzzle, titleOf(state.model));
    this.#verdict.replaceChildren(
      h("b", { class: verdict.right ? "right" : "wrong" }, verdict.right ? "✓ Right. " : "✗ Wrong. "),
      verdict.why,
      note ? ` ${note}` : "",
    );
  }

  // -- what the reader takes along --------------------------------------------------------------

  #python(): string {
    return this.#thought ? pythonOf(this.#thought, this.#forked?.forks) : "";
  }

  #notebook(): void {
    const thought = this.#thought;
    if (!thought) return;
    const [name, notebook] = [`${fileNameOf(thought)}.ipynb`, notebookOf(thought, this.#forked?.forks)];
    if (this.#host) this.#host.openNotebook(name, notebook);
    else download(name, "application/x-ipynb+json", JSON.stringify(notebook, undefined, 1));
  }

  async #share(): Promise<void> {
    const thought = this.#thought;
    if (!thought || thought.running) throw new Error("The thought has not ended yet.");
    const { sharedPage } = await import("./share");
    download(`${fileNameOf(thought)}.html`, "text/html", await sharedPage(thought, location));
  }

  #firstSteps(): Step[] {
    return [
      {
        title: "Ask",
        text: "Type three numbers and a target, or keep these. Then press Think.",
        control: () => this.#form.think,
      },
      {
        title: "Change one token",
        text: "Click a coloured token: the model was not sure there. Then take another token in its place.",
        control: () => (this.#others.hidden ? this.#view : this.#others),
      },
      {
        title: "Compare eight thoughts",
        text: "Press Draw 8. Training compares such thoughts: it needs right ones and wrong ones.",
        control: () => this.#form.draw,
      },
    ];
  }

  say(message: string): void {
    this.#status.textContent = message;
    if (message) this.#progress.hidden = true;
  }
}

/** Where to go when the three steps are done. */
function afterTheSteps(): HTMLElement {
  const link = (page: string, title: string): HTMLElement =>
    h("a", { href: new URL(`../${page}.html`, import.meta.url).href }, title);
  const guides = [
    link("watch", "Watch it think"),
    ", ",
    link("many", "Ask many times"),
    " and ",
    link("rewards", "Rewards"),
  ];
  return h(
    "p",
    { class: "end" },
    "Done. The tabs under the thought look further into it. Three pages guide you on: ",
    ...guides,
    ".",
  );
}

const root = document.getElementById("playground");
if (root) new Playground(root);
