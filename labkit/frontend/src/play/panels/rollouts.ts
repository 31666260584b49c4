// Eight thoughts of one puzzle: what each is paid, and what GRPO makes of it. The reward view is that of JupyterLab.
import { h } from "../../core/dom";
import { responderOf, savedModel } from "../../core/saved-model";
import { number } from "../../views/reward/draw";
import { RewardSource } from "../../views/reward/source";
import { rewardView } from "../../views/reward/view";
import { addressOf, START, type State } from "../address";
import { wording, type Puzzle } from "../countdown";
import type { DrawPanel, Page } from "../panel";
import { Thought } from "../thought";
import { EngineRewards, FOCUS } from "./rollouts-data";
import { RolloutList } from "./rollouts-list";

const ROLLOUTS = 8;
const MIXED: Puzzle = { numbers: [8, 2, 2], target: 32 }; // of 8 thoughts with seed 0, some are right and some are wrong

export const drawRollouts: DrawPanel = async (host, _, page, signal) => {
  const state: State = { ...page.state, prefix: [] };
  const list = new RolloutList((thought) => page.show(thought));
  page.onShow((thought) => list.mark(thought), signal);
  const drawing = new Drawing();
  const summary = h("p", { class: "summary", role: "status", tabindex: -1 });
  const title = h("h2", {}, `${ROLLOUTS} thoughts of “${wording(state.puzzle)}”`);
  host.replaceChildren(title, drawing.element, summary, list.element);
  const drawn = await drawing.draw(page, state, signal, (thought) => list.add(thought));
  const limit = await longest(page, state);
  if (signal.aborted) return;
  const hadFocus = drawing.element.contains(document.activeElement);
  drawing.element.remove();
  if (drawn.length < ROLLOUTS)
    summary.append(`Stopped: ${drawn.length} of ${ROLLOUTS} thoughts were drawn. `);
  if (drawn.length < 2) {
    summary.append("An advantage compares at least two. ");
    summary.append(button("Draw again", () => void drawRollouts(host, _, page, signal)));
  } else {
    const sources = drawn.map(({ source }) => source);
    const rewards = new EngineRewards(sources, state.puzzle, limit);
    summary.append(...summaryOf(rewards, page));
    host.append(...graded(rewards, signal));
  }
  if (hadFocus) summary.focus(); // the button that had it is gone
};

/** Draws the thoughts one after the other, with a progress bar and a button that stops. */
class Drawing {
  readonly #bar = h("progress", { max: ROLLOUTS, value: 0, "aria-label": "Thoughts drawn" });
  readonly #count = h("span", { role: "status" });
  readonly element: HTMLElement;
  #thoughts: readonly Thought[] = [];
  #stopped = false;

  constructor() {
    const stop = button("Stop", () => this.#stop());
    this.element = h("div", { class: "drawing" }, this.#bar, this.#count, stop);
    this.#show(0);
  }

  /** The thoughts that have ended, fewer than all if the reader stopped; `ended` receives each of them. */
  async draw(
    page: Page,
    state: State,
    signal: AbortSignal,
    ended: (thought: Thought) => void,
  ): Promise<Thought[]> {
    const numbers = Array.from({ length: ROLLOUTS }, (_, index) => ({ count: ROLLOUTS, index }));
    this.#thoughts = numbers.map((rollout) => new Thought(page.client, state, rollout));
    signal.addEventListener("abort", () => this.#stop());
    const drawn: Thought[] = [];
    for (const thought of this.#thoughts) {
      const fault = await thought.finished;
      if (fault) {
        this.element.remove();
        throw new Error(fault); // the page shows it
      }
      if (this.#stopped) break;
      drawn.push(thought);
      ended(thought);
      this.#show(drawn.length);
    }
    return drawn;
  }

  #stop(): void {
    this.#stopped = true;
    for (const thought of this.#thoughts) thought.stop();
  }

  #show(drawn: number): void {
    this.#bar.value = drawn;
    this.#count.textContent = `${drawn} of ${ROLLOUTS} drawn`;
  }
}

/** The most tokens that a completion of the prompt can have. */
async function longest({ client }: Page, { puzzle }: State): Promise<number> {
  const { capacity, ids } = await client.look({ prompt: wording(puzzle), completion: [] });
  return capacity - ids.length;
}

function summaryOf(rewards: EngineRewards, page: Page): (string | HTMLElement)[] {
  const { rollouts } = rewards.scene();
  const counted = `${rollouts.filter(({ right }) => right).length} of ${rollouts.length} are right`;
  const { teaches, mean } = rewards.group;
  if (teaches)
    return [
      `${counted}, and the mean reward is ${number(mean)}. GRPO makes a thought with more than the mean more likely, and one with less than the mean less likely.`,
    ];
  const all = `${counted}, and all rewards are ${number(mean)}. Every advantage is 0, so GRPO learns nothing here. `;
  const mixed: State = { ...START, model: page.state.model, puzzle: MIXED };
  if (addressOf(mixed) === addressOf({ ...page.state, prefix: [] })) return [all]; // it is this one
  return [all, button(`Try ${wording(MIXED).replace("Using", "with")}`, () => void page.run(mixed))];
}

/** The reward view, with its heading. */
function graded(rewards: EngineRewards, signal: AbortSignal): HTMLElement[] {
  const view = h("div", {});
  const saved = { scene: rewards.scene(), focus: FOCUS };
  rewardView(view, new RewardSource(savedModel(saved, responderOf(rewards))), signal);
  const note =
    "A right answer is paid 1, and the format 0.2. The advantage says how much better a thought did than its group. " +
    "Open a row to see which words were judged, and move a weight to see what changes.";
  return [h("h3", {}, "What each thought is paid"), h("p", { class: "note" }, note), view];
}

function button(words: string, action: () => void): HTMLButtonElement {
  const element = h("button", { type: "button" }, words);
  element.addEventListener("click", action);
  return element;
}
