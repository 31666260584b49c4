// Eight thoughts of one puzzle, each judged; a click shows one above.
import { h } from "../../core/dom";
import { wording, type Puzzle } from "../countdown";
import type { DrawPanel, Page } from "../panel";
import { Thought } from "../thought";

const ROLLOUTS = 8;
const MIXED: Puzzle = { numbers: [8, 2, 2], target: 32 }; // of 8 thoughts with seed 0, some are right and some are wrong

export const drawRollouts: DrawPanel = async (host, _, page, signal) => {
  const state = { ...page.state, prefix: [] };
  const list = h("ul", {});
  const summary = h("p", { role: "status" }, "Drawing …");
  host.replaceChildren(h("h2", {}, `${ROLLOUTS} thoughts of ${wording(state.puzzle)}`), list, summary);
  const all = Array.from(
    { length: ROLLOUTS },
    (__, index) => new Thought(page.client, state, { count: ROLLOUTS, index }),
  );
  signal.addEventListener("abort", () => {
    for (const thought of all) thought.stop();
  });
  let right = 0;
  for (const thought of all) {
    const fault = await thought.finished;
    if (signal.aborted) return;
    if (fault) return page.say(fault);
    right += Number(thought.verdict.right);
    list.append(h("li", {}, row(thought, page)));
  }
  summary.textContent =
    right === 0 || right === ROLLOUTS
      ? `${right} of ${ROLLOUTS} are right. All rewards are equal, so every advantage is 0 and GRPO learns nothing here. `
      : `${right} of ${ROLLOUTS} are right: the mean reward is ${(right / ROLLOUTS).toFixed(2)}. GRPO makes the right ones more likely.`;
  if (right === 0 || right === ROLLOUTS) summary.append(mixedPuzzle(page));
};

function mixedPuzzle(page: Page): HTMLElement {
  const button = h("button", { type: "button" }, `Try ${wording(MIXED).replace("Using", "with")}`);
  button.addEventListener("click", () => void page.run({ ...page.state, puzzle: MIXED, prefix: [] }));
  return button;
}

function row(thought: Thought, page: Page): HTMLElement {
  const { right, why } = thought.verdict;
  const button = h(
    "button",
    { type: "button", class: right ? "right" : "wrong" },
    h("b", {}, right ? "✓ right" : "✗ wrong"),
    h("span", {}, `${thought.ids.length} tokens`),
    h("span", { class: "why" }, why),
  );
  button.addEventListener("click", () => page.show(thought));
  return button;
}
