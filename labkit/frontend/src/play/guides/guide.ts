// A guided page: experiments in which the reader predicts, runs and reads what the run shows, and a question at the end.
import { h } from "../../core/dom";
import { messageOf } from "../../core/text";
import { EngineClient } from "../engine-client";
import { holdOffline } from "../offline";
import { ExperimentSection, type Experiment, type Lab } from "./experiment";
import { questionSection, type Question } from "./question";

export interface GuideContent {
  /** The name of the model that thinks in the page. */
  readonly model: string;
  readonly experiments: readonly Experiment[];
  readonly question: Question;
}

const LOADING = "Loading the model: 3.6 MB, once. Make your prediction meanwhile.";

/** Draws a guided page into the element with the id `guide`. */
export function drawGuide(content: (lab: Lab) => GuideContent): void {
  const root = document.getElementById("guide");
  if (root) new Guide(root, content);
}

class Guide {
  readonly #sections: readonly ExperimentSection[];
  readonly #question: HTMLElement;
  readonly #path: HTMLElement;
  readonly #progress = h("progress", { max: 1, value: 0, "aria-label": "Loading the model" });
  readonly #status = h("span", { role: "status" }, LOADING);

  constructor(root: HTMLElement, content: (lab: Lab) => GuideContent) {
    const loading = (read: number, total: number) => (this.#progress.value = total ? read / total : 0.5);
    const client = new EngineClient(new URL("worker.js", import.meta.url), loading);
    const { experiments, question, model } = content({ client });
    client.model = model;
    client.load().then(
      () => this.#ready(model),
      (error: unknown) => this.#say(messageOf(error)),
    );
    this.#sections = experiments.map(
      (experiment, i) => new ExperimentSection(experiment, i + 1, (state) => this.#follow(i, state)),
    );
    this.#question = questionSection(question, experiments.length + 1);
    this.#path = h(
      "ol",
      { class: "path", "aria-label": "The steps of this page" },
      ...[...experiments.map(({ title }) => title), "A question"].map((title) => h("li", {}, title)),
    );
    root.replaceChildren(
      this.#path,
      h("p", { class: "load" }, this.#progress, this.#status),
      ...this.#sections.map(({ element }) => element),
      this.#question,
    );
    this.#open(0);
  }

  #ready(model: string): void {
    holdOffline(model);
    this.#say("");
    for (const section of this.#sections) section.enable();
  }

  #say(message: string): void {
    this.#progress.hidden = true;
    this.#status.textContent = message;
  }

  /** After a run of experiment `i` the next one opens; a new run closes those that used the old result. */
  #follow(i: number, state: "running" | "done"): void {
    if (state === "running") {
      for (const section of this.#sections.slice(i + 1)) section.reset();
      this.#question.hidden = true;
      this.#mark(i);
    } else this.#open(i + 1);
  }

  #open(i: number): void {
    this.#sections[i]?.open();
    this.#question.hidden = i < this.#sections.length;
    this.#mark(i);
  }

  #mark(current: number): void {
    Array.from(this.#path.children).forEach((row, i) => {
      row.className = i < current ? "done" : "";
      if (i === current) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
  }
}
