// The playground: type a puzzle, watch R1-mini think, take another token, draw eight thoughts.
import { copy, h } from "../core/dom";
import { drawable, messageOf } from "../core/text";
import { responderOf, savedModel } from "../core/saved-model";
import { AttentionSource } from "../views/attention/source";
import { attentionView } from "../views/attention/view";
import { tokenView } from "../views/token/view";
import { EngineAttention } from "./attention";
import { addressOf, pythonOf, readAddress, type State } from "./address";
import { judge, readPuzzle, unlikeTraining, wording, type Puzzle, type Verdict } from "./countdown";
import { EngineClient } from "./engine-client";
import { EngineSource } from "./engine-source";
import type { Finish } from "./messages";

const MODEL = "R1-mini";
const ROLLOUTS = 8;
const MIXED: Puzzle = { numbers: [8, 2, 2], target: 32 }; // of 8 thoughts with seed 0, some are right and some are wrong
const GUIDE = [
  "Press Think. The model writes a thought, token by token, in this page.",
  "Click a coloured token: the model was not sure there. Take another token, and see what changes.",
  "Draw eight thoughts of the same puzzle. GRPO compares such thoughts: it needs right ones and wrong ones.",
];

class Playground {
  readonly #numbers = h("input", {
    id: "numbers",
    value: "3, 5, 9",
    autocomplete: "off",
    inputmode: "numeric",
  });
  readonly #target = h("input", { id: "target", value: "24", autocomplete: "off", inputmode: "numeric" });
  readonly #temperature = h("input", { id: "temperature", type: "range", min: 0, max: 15, value: 6 });
  readonly #temperatureText = h("output", { for: "temperature" }, "0.6");
  readonly #seed = h("input", { id: "seed", type: "number", min: 0, max: 2 ** 32 - 1, value: 0 });
  readonly #think = h("button", { class: "main", disabled: true }, "Think");
  readonly #draw = h("button", { disabled: true }, `Draw ${ROLLOUTS}`);
  readonly #link = h("button", {}, "Copy link");
  readonly #python = h("button", {}, "Copy as Python");
  readonly #progress = h("progress", { max: 1, value: 0, "aria-label": "Loading the model" });
  readonly #status = h("p", { class: "status", role: "status" }, "Loading the model: 3.6 MB, once.");
  readonly #verdict = h("p", { class: "verdict", role: "status" });
  readonly #view = h("div", { class: "thought" });
  readonly #others = h("div", { class: "others", hidden: true });
  readonly #look = h("button", { type: "button", hidden: true }, "Who looked where?");
  readonly #attention = h("div", { class: "attention" });
  readonly #rollouts = h("div", { class: "rollouts", hidden: true });
  readonly #guide = h("ol", { class: "guide" }, ...GUIDE.map((line) => h("li", {}, line)));
  readonly #client: EngineClient;
  #state: State;
  #source: EngineSource | undefined;
  #drawing: AbortController | undefined; // of the view that is shown
  #stopAll: () => void = () => undefined;

  constructor(root: HTMLElement) {
    this.#state = readAddress(location.hash);
    this.#showState();
    root.replaceChildren(
      this.#guide,
      this.#form(),
      h("div", { class: "load" }, this.#progress, this.#status),
      this.#verdict,
      this.#view,
      this.#others,
      this.#look,
      this.#attention,
      this.#rollouts,
    );
    this.#client = new EngineClient("worker.js", {
      loading: (read, total) => (this.#progress.value = total ? read / total : 0.5),
      ready: () => this.#ready(),
      failed: (message) => this.#say(message),
    });
    this.#look.addEventListener("click", () => this.#start(() => this.#showAttention()));
    addEventListener("hashchange", () => this.#follow());
  }

  #form(): HTMLElement {
    const field = (label: string, ...inputs: HTMLElement[]) =>
      h("span", { class: "field" }, h("label", { for: inputs[0]?.id ?? "" }, label), ...inputs);
    const form = h(
      "form",
      {},
      field("Numbers", this.#numbers),
      field("make", this.#target),
      this.#think,
      this.#draw,
      h(
        "details",
        {},
        h("summary", {}, "More"),
        field("Temperature", this.#temperature, this.#temperatureText),
        field("Seed", this.#seed),
        this.#link,
        this.#python,
      ),
    );
    this.#think.type = "submit";
    for (const button of [this.#draw, this.#link, this.#python]) button.type = "button";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start(() => this.#thinkOnce());
    });
    this.#draw.addEventListener("click", () => this.#start(() => this.#drawMany()));
    this.#temperature.addEventListener("input", () => {
      this.#temperatureText.textContent = (Number(this.#temperature.value) / 10).toFixed(1);
    });
    this.#link.addEventListener("click", () => this.#copy(this.#link, location.href));
    this.#python.addEventListener("click", () => this.#copy(this.#python, this.#asPython()));
    return form;
  }

  // -- the state, in the fields and in the address ----------------------------------------------

  #showState(): void {
    const { puzzle, temperature, seed } = this.#state;
    this.#numbers.value = puzzle.numbers.join(", ");
    this.#target.value = String(puzzle.target);
    this.#temperature.value = String(Math.round(10 * temperature));
    this.#temperatureText.textContent = temperature.toFixed(1);
    this.#seed.value = String(seed);
  }

  /** The state that the fields show, with these tokens given. Throws an `Error` whose message is a sentence. */
  #readFields(prefix: readonly number[]): State {
    const seed = Number(this.#seed.value);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new Error("The seed is a whole number from 0. Write 0.");
    return {
      puzzle: readPuzzle(this.#numbers.value, this.#target.value),
      temperature: Number(this.#temperature.value) / 10,
      seed,
      prefix,
    };
  }

  #follow(): void {
    if (location.hash === addressOf(this.#state)) return;
    this.#state = readAddress(location.hash);
    this.#showState();
    void this.#run(this.#state);
  }

  // -- actions ----------------------------------------------------------------------------------

  #ready(): void {
    this.#progress.hidden = true;
    this.#say("");
    for (const button of [this.#think, this.#draw]) button.disabled = false;
    void this.#run(this.#state);
  }

  #start(action: () => Promise<void>): void {
    action().catch((error: unknown) => this.#say(messageOf(error)));
  }

  async #thinkOnce(): Promise<void> {
    this.#done(0);
    await this.#run(this.#readFields([]));
  }

  /** Generates one thought and shows it while it grows. */
  async #run(state: State): Promise<void> {
    this.#stopAll();
    this.#setState(state);
    this.#rollouts.hidden = true;
    this.#rollouts.replaceChildren();
    const { source, finished } = this.#generate(state, 1, 0);
    this.#show(source);
    await finished;
    if (this.#source === source) this.#judge(source);
  }

  async #drawMany(): Promise<void> {
    this.#done(2);
    this.#stopAll();
    const state = this.#readFields([]);
    this.#setState(state);
    this.#rollouts.hidden = false;
    this.#rollouts.replaceChildren(h("h2", {}, `${ROLLOUTS} thoughts of ${wording(state.puzzle)}`));
    const list = h("ul", {});
    const summary = h("p", { role: "status" }, "Drawing …");
    this.#rollouts.append(list, summary);
    const all = Array.from({ length: ROLLOUTS }, (_, index) => this.#generate(state, ROLLOUTS, index));
    this.#stopAll = () => {
      for (const each of all) each.stop();
    };
    if (all[0]) this.#show(all[0].source); // the thought of the puzzle before would stand beside this one
    let right = 0;
    for (const { source, finished } of all) {
      await finished;
      if (!list.isConnected) return; // another run began
      if (source === this.#source) this.#judge(source);
      const verdict = this.#verdictOf(source);
      right += Number(verdict.right);
      list.append(h("li", {}, this.#row(source, verdict)));
    }
    summary.textContent =
      right === 0 || right === ROLLOUTS
        ? `${right} of ${ROLLOUTS} are right. All rewards are equal, so every advantage is 0 and GRPO learns nothing here. `
        : `${right} of ${ROLLOUTS} are right: the mean reward is ${(right / ROLLOUTS).toFixed(2)}. GRPO makes the right ones more likely.`;
    if (right === 0 || right === ROLLOUTS) summary.append(this.#mixedPuzzle());
  }

  #mixedPuzzle(): HTMLElement {
    const button = h("button", { type: "button" }, `Try ${wording(MIXED).replace("Using", "with")}`);
    button.addEventListener("click", () => {
      this.#numbers.value = MIXED.numbers.join(", ");
      this.#target.value = String(MIXED.target);
      this.#start(() => this.#drawMany());
    });
    return button;
  }

  #row(source: EngineSource, { right, why }: Verdict): HTMLElement {
    const row = h(
      "button",
      { type: "button", class: right ? "right" : "wrong" },
      h("b", {}, right ? "✓ right" : "✗ wrong"),
      h("span", {}, `${source.tokens.length} tokens`),
      h("span", { class: "why" }, why),
    );
    row.addEventListener("click", () => {
      this.#show(source);
      this.#judge(source);
    });
    return row;
  }

  #generate(
    { puzzle, temperature, seed, prefix }: State,
    count: number,
    index: number,
  ): { readonly source: EngineSource; readonly finished: Promise<void>; stop(): void } {
    const prompt = wording(puzzle);
    const request = { prompt, prefix, temperature, seed, count, index };
    const running = this.#client.think(request, (tokens) => source.add(tokens));
    const source = new EngineSource(MODEL, prompt, () => running.stop());
    const finished = running.finished.then(
      (finish: Finish) => source.end(finish),
      (error: unknown) => {
        source.end("interrupted");
        this.#say(messageOf(error));
      },
    );
    this.#stopAll = () => running.stop();
    return { source, finished, stop: () => running.stop() };
  }

  // -- display ----------------------------------------------------------------------------------

  #show(source: EngineSource): void {
    this.#drawing?.abort();
    this.#drawing = new AbortController();
    this.#source = source;
    this.#verdict.replaceChildren();
    this.#attention.replaceChildren();
    this.#others.hidden = true;
    this.#look.hidden = source.scene.running;
    const host = h("div", {});
    this.#view.replaceChildren(host);
    tokenView(host, source, this.#drawing.signal);
    source.on("focus", () => this.#offerOthers(source), this.#drawing.signal);
  }

  /** The attention of each head of each layer, computed in this page; a click selects the token in both views. */
  async #showAttention(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#look.hidden = true;
    this.#say("Computing the attention …");
    const { prompt, key, model } = source.scene;
    const completion = source.tokens.map(({ id }) => id);
    const { promptTexts, ...inside } = await this.#client.look({ prompt, completion });
    if (this.#source !== source) return;
    const first = promptTexts.length;
    const parts = source.columns.blocks.map((block) => ({
      ...block,
      first: first + block.first,
      last: first + block.last,
    }));
    const attention = new EngineAttention({
      ...inside,
      prompt: first,
      texts: [...promptTexts, ...source.columns.texts].map(drawable),
      parts: [{ role: "prompt", first: 0, last: first, number: 0, kind: "other", gist: "" }, ...parts],
    });
    const token = first + (source.focus.token ?? Math.max(0, source.answerToken));
    const focus = {
      layer: Math.floor(inside.queries.length / 2),
      head: 0,
      token,
      mode: "tokens",
      how: "max",
    };
    const saved = { scene: attention.scene(key, model), focus };
    const host = h("div", {});
    this.#attention.replaceChildren(h("h2", {}, "Who looked where"), host);
    attentionView(host, new AttentionSource(savedModel(saved, responderOf(attention))), this.#signal);
    this.#say("");
  }

  get #signal(): AbortSignal {
    return (this.#drawing ??= new AbortController()).signal;
  }

  /** The other tokens that the model could have written at the selected place. */
  #offerOthers(source: EngineSource): void {
    const { token } = source.focus;
    const chosen = token === null ? undefined : source.tokens[token];
    this.#others.hidden = !chosen || source.scene.running;
    if (!chosen || token === null || source.scene.running) return;
    this.#done(1);
    const before = source.tokens.slice(0, token).map(({ id }) => id);
    const buttons = chosen.topIds.flatMap((id, k) => {
      if (id === chosen.id || k > 5) return [];
      const percent = (100 * Math.exp(chosen.topLogprobs[k] ?? -Infinity)).toFixed(1);
      const text = drawable(chosen.topTexts[k] ?? "").replaceAll("\n", "⏎");
      const button = h("button", { type: "button" }, h("code", {}, text), ` ${percent} %`);
      button.addEventListener("click", () =>
        this.#start(() => this.#run({ ...this.#state, prefix: [...before, id] })),
      );
      return [button];
    });
    this.#others.replaceChildren("Take another token here: ", ...buttons);
  }

  #verdictOf(source: EngineSource): Verdict {
    return judge(source.answer, this.#state.puzzle);
  }

  #judge(source: EngineSource): void {
    this.#look.hidden = false;
    const { right, why } = this.#verdictOf(source);
    const note = unlikeTraining(this.#state.puzzle);
    this.#verdict.replaceChildren(
      h("b", { class: right ? "right" : "wrong" }, right ? "✓ Right. " : "✗ Wrong. "),
      why,
      note ? ` ${note}` : "",
    );
  }

  #setState(state: State): void {
    this.#state = state;
    this.#showState();
    history.replaceState(null, "", addressOf(state));
    this.#say("");
  }

  #asPython(): string {
    const source = this.#source;
    const given = source?.columns.texts.slice(0, this.#state.prefix.length).join("") ?? "";
    return pythonOf(this.#state, wording(this.#state.puzzle), given);
  }

  #copy(button: HTMLButtonElement, text: string): void {
    const words = button.textContent;
    copy(text)
      .then(
        () => (button.textContent = "Copied"),
        () => (button.textContent = "Not allowed"),
      )
      .finally(() => setTimeout(() => (button.textContent = words), 1500));
  }

  #done(step: number): void {
    this.#guide.children[step]?.classList.add("done");
  }

  #say(message: string): void {
    this.#status.textContent = message;
    if (message) this.#progress.hidden = true;
  }
}

const root = document.getElementById("playground");
if (root) new Playground(root);
if ("serviceWorker" in navigator && location.protocol !== "file:")
  navigator.serviceWorker.register("service-worker.js").catch(() => undefined); // the page works without it
