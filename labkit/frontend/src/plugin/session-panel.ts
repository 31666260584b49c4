// The content of the side panel: memory, what is running, the models and the results of a kernel. Names and prompts come
// from models and users, and enter the page as text nodes only.
import { Widget } from "@lumino/widgets";
import { h } from "../core/dom";
import { messageOf } from "../core/text";
import { onLocale, t } from "../core/words";
import type { CurrentSession } from "./current-session";
import { KeyedList, type Item } from "./keyed-list";
import type { SessionClient } from "./session-client";
import type { ComputationRow, Done, ModelRow, ResultRow, SessionState } from "./session-contract";
import { bytes, computationTitle, modelDetails, progress, resultDetails } from "./session-text";
import css from "./side-panel.css";

/** What the panel lets JupyterLab do. */
export interface Actions {
  open(row: ResultRow, client: SessionClient): Promise<void>;
  newNotebook(): void;
}

export class SessionPanel extends Widget {
  readonly #session: CurrentSession;
  readonly #actions: Actions;
  readonly #memory = new MemorySection();
  readonly #running = new KeyedList<ComputationRow>((row) => this.#computation(row));
  readonly #models = new KeyedList<ModelRow>((row) => this.#model(row));
  readonly #results = new KeyedList<ResultRow>((row) => this.#result(row));
  readonly #status = h("div", { role: "status" });
  readonly #whyNot = h("p");
  readonly #interrupt = h("button", { type: "button" });
  readonly #nothing = h("p");
  readonly #noModel = h("p");
  readonly #noResult = h("p");
  readonly #lists = h("div");
  readonly #empty = h("section");
  readonly #stop = new AbortController();

  constructor(session: CurrentSession, actions: Actions) {
    super({ node: h("div", { class: "labkit-panel", role: "region" }) });
    this.#session = session;
    this.#actions = actions;
    this.#interrupt.addEventListener("click", () => void this.#session.client?.kernel.interrupt());
    this.node.append(h("style", {}, css), this.#status, this.#empty, this.#lists);
    this.#label();
    onLocale(() => this.#label(), this.#stop.signal);
    session.changed.connect(this.#update, this);
  }

  /** Writes the fixed texts, and the rows anew: their buttons have texts, too. */
  #label(): void {
    this.node.setAttribute("aria-label", t("labkit: models, thoughts and runs"));
    const start = button(t("New reasoning notebook"));
    start.addEventListener("click", () => this.#actions.newNotebook());
    const about = t(
      "The notebook in front has not loaded labkit. Its models, thoughts and runs appear here.",
    );
    this.#empty.replaceChildren(h("p", {}, about), start);
    this.#interrupt.textContent = t("Interrupt the kernel");
    this.#nothing.textContent = t("Nothing is running.");
    this.#noModel.textContent = t("No model is loaded.");
    this.#noResult.textContent = t("No thought is in memory.");
    for (const list of [this.#running, this.#models, this.#results]) list.update([]);
    this.#lists.replaceChildren(
      this.#memory.element,
      section(t("Running"), this.#nothing, this.#running.element, this.#whyNot, this.#interrupt),
      section(t("Models"), this.#noModel, this.#models.element),
      section(t("Thoughts"), this.#noResult, this.#results.element),
    );
    this.#update();
  }

  override dispose(): void {
    this.#stop.abort();
    this.#session.changed.disconnect(this.#update, this);
    super.dispose();
  }

  #update(): void {
    const { client } = this.#session;
    const state = client?.state;
    this.#empty.hidden = Boolean(state);
    this.#lists.hidden = !state;
    if (!client || !state) return;
    this.#memory.update(state);
    this.#running.update(state.computations);
    this.#models.update(state.models);
    this.#results.update(state.results.toReversed()); // the newest first
    this.#nothing.hidden = state.computations.length > 0;
    this.#noModel.hidden = state.models.length > 0;
    this.#noResult.hidden = state.results.length > 0;
    const unreachable = this.#unreachable;
    this.#whyNot.textContent = unreachable ? client.whyNot : "";
    this.#whyNot.hidden = this.#interrupt.hidden = !unreachable;
  }

  /** Whether a request would wait for the running cell. */
  get #unreachable(): boolean {
    const { client } = this.#session;
    const running = client?.busy ?? false;
    return running && client?.whyNot !== "";
  }

  #computation(first: ComputationRow): Item<ComputationRow> {
    const [title, details] = [h("b"), h("small")];
    const bar = h("progress");
    const stop = button(t("Stop"));
    stop.addEventListener("click", () => void this.#act((client) => client.stop(first.number)));
    return {
      element: h("li", {}, h("div", { class: "row" }, title, details, bar), stop),
      update: (row) => {
        title.textContent = computationTitle(row);
        details.textContent = progress(row);
        bar.hidden = row.total < 2;
        bar.max = Math.max(row.total, 1);
        bar.value = row.done;
        bar.setAttribute("aria-label", computationTitle(row));
        stop.setAttribute("aria-label", t("Stop: {what}", { what: computationTitle(row) }));
        stop.disabled = row.stopping || this.#unreachable;
      },
    };
  }

  #model(first: ModelRow): Item<ModelRow> {
    const [name, details, hint] = [h("b"), h("small"), h("small")];
    const unload = button(t("Unload"));
    unload.addEventListener("click", () => void this.#act((client) => client.unload(first.number)));
    return {
      element: h("li", {}, h("div", { class: "row" }, name, details, hint), unload),
      update: (row) => {
        name.textContent = row.name;
        details.textContent = modelDetails(row);
        hint.textContent = row.hint;
        unload.hidden = !row.reloadable;
        unload.setAttribute("aria-label", t("Unload: {what}", { what: row.name }));
        unload.disabled = this.#unreachable;
      },
    };
  }

  #result(first: ResultRow): Item<ResultRow> {
    const [name, prompt, details] = [h("b"), h("span", { class: "prompt" }), h("small")];
    const open = h("button", { type: "button", class: "open row" }, name, prompt, details);
    let shown = first;
    open.addEventListener("click", () => {
      const { client } = this.#session;
      if (client) this.#actions.open(shown, client).catch((error: unknown) => this.say(messageOf(error)));
    });
    return {
      element: h("li", {}, open),
      update: (row) => {
        shown = row;
        name.textContent = row.variable;
        name.hidden = !row.variable;
        prompt.textContent = row.prompt;
        details.textContent = resultDetails(row);
        open.disabled = this.#unreachable;
      },
    };
  }

  async #act(request: (client: SessionClient) => Promise<Done>): Promise<void> {
    const { client } = this.#session;
    if (!client) return;
    try {
      const { message, next } = await request(client);
      this.say(message, next);
    } catch (error) {
      this.say(messageOf(error));
    }
  }

  /** Shows a sentence, and code to type next. */
  say(message: string, next = ""): void {
    const close = button("×");
    close.setAttribute("aria-label", t("Close this message"));
    close.addEventListener("click", () => this.#status.replaceChildren());
    this.#status.replaceChildren(h("div", {}, message), close, ...(next ? [h("code", {}, next)] : []));
  }
}

class MemorySection {
  readonly #text = h("p");
  readonly #bars = [h("i"), h("i")] as const;
  readonly #meter = h("div", { class: "meter", role: "meter", "aria-valuemin": 0 }, ...this.#bars);
  readonly #title = h("h2");
  readonly element = h("section", {}, this.#title, this.#meter, this.#text);

  update({ memory }: SessionState): void {
    this.#title.textContent = t("Memory");
    this.element.hidden = !memory;
    if (!memory) return;
    const { used, available, limit, source } = memory;
    const others = Math.max(0, limit - available - used);
    const values = { used: bytes(used), limit: bytes(limit), free: bytes(available) };
    const text =
      source === "container"
        ? t("This kernel holds {used}; {free} of the container's {limit} are left.", values)
        : t("This kernel holds {used}; {free} of the machine's {limit} are left.", values);
    this.#bars[0].style.width = `${(100 * used) / limit}%`;
    this.#bars[1].style.width = `${(100 * others) / limit}%`;
    this.#meter.classList.toggle("full", available < 0.1 * limit);
    for (const [name, value] of [
      ["max", limit],
      ["now", limit - available],
    ] as const)
      this.#meter.setAttribute(`aria-value${name}`, String(Math.round(value / 1e6)));
    this.#meter.setAttribute("aria-valuetext", text);
    this.#meter.setAttribute("aria-label", t("Memory"));
    this.#text.textContent = text;
  }
}

function button(label: string): HTMLButtonElement {
  return h("button", { type: "button" }, label);
}

function section(title: string, ...children: Node[]): HTMLElement {
  return h("section", { "aria-label": title }, h("h2", {}, title), ...children);
}
