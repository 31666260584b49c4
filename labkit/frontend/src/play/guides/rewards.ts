// Rewards: what a rule pays for, what training makes of it, and what else would earn the pay.
import { h } from "../../core/dom";
import { split } from "../../views/token/draw-steps";
import { groupOf, number, type Group } from "../../views/reward/draw";
import { START, type State } from "../address";
import { wording } from "../countdown";
import { rewardParts, WEIGHTS } from "../rules/rewards";
import type { Thought } from "../thought";
import type { Experiment, Lab, Outcome, Text } from "./experiment";
import { drawGuide } from "./guide";
import { bar, cite, drawGroup, R1, table } from "./parts";

const COLD = "r1-mini-cold"; // before reinforcement learning
const SIZE = 8; // thoughts of a group
const FIRST: State = { ...START, model: COLD, puzzle: { numbers: [10, 12, 14], target: 5 }, temperature: 1 };
const SIGN = "Check"; // the word that the third rule pays for
const HONEST = "3 * 5 = 15: 15 + 9 = 24.</think><answer>3 * 5 + 9</answer>";
const CHECKED = "3 * 5 = 15: 15 + 9 = 24.\nCheck: 15 + 9 = 24.</think><answer>3 * 5 + 9</answer>";
const TAGS = { opened: false, open_tag: "<think>", close_tag: "</think>" }; // as a rule reads a text
const LAZY = "Check.</think><answer>24</answer>";

/** A thought with the values of the two rules: is it right, and does it keep the form? */
interface Judged {
  readonly tokens: number;
  readonly right: boolean;
  readonly values: readonly number[];
  readonly why: readonly string[];
}

function judged({ source, ids, state }: Thought): Judged {
  const parts = rewardParts(source.text, source.answerRange, state.puzzle);
  return {
    tokens: ids.length,
    right: parts[0]?.value === 1,
    values: parts.map(({ value }) => value),
    why: parts.map(({ why }) => why),
  };
}

const groupOfAll = (rows: readonly Judged[]): Group =>
  groupOf(
    rows.map(({ values }) => values),
    WEIGHTS,
    "grpo",
  );

const verdict = (right: boolean): HTMLElement =>
  h("b", { class: right ? "right" : "wrong" }, right ? "✓ right" : "✗ wrong");

/** The group of the first experiment, which the next two use. */
class Drawn {
  rows: readonly Judged[] = [];
}

function ruleJudges(lab: Lab, drawn: Drawn): Experiment {
  return {
    title: "A rule judges",
    introduction: () => [
      [
        "R1-Zero was trained with two kinds of rules: is the answer right, and does it keep the form? No human graded a thought, and no second model did (",
        R1(),
        ", section 2.2.2).",
      ],
      [
        `Here R1-mini before its reinforcement learning answers one puzzle ${SIZE} times: `,
        h("b", {}, wording(FIRST.puzzle)),
        " A right answer is paid 1, and the form is paid 0.2.",
      ],
    ],
    question: `How many of the ${SIZE} thoughts will be right?`,
    options: ["none or one", "two to four", "five to eight"],
    action: `Draw ${SIZE} thoughts`,
    again: `Draw ${SIZE} others`,
    run: async (host, attempt, signal): Promise<Outcome> => {
      drawn.rows = [];
      const rows: Judged[] = [];
      const place = h("div", {});
      const progress = h("p", { role: "status" }, `Thought 1 of ${SIZE} …`);
      host.append(place, progress);
      await drawGroup(lab, { ...FIRST, seed: attempt }, SIZE, signal, (thought) => {
        rows.push(judged(thought));
        place.replaceChildren(judgedTable(rows));
        progress.textContent = rows.length < SIZE ? `Thought ${rows.length + 1} of ${SIZE} …` : "";
      });
      progress.remove();
      drawn.rows = rows;
      const right = rows.filter((row) => row.right).length;
      return { option: right < 2 ? 0 : right < 5 ? 1 : 2, paragraphs: judgedText(rows) };
    },
  };
}

function judgedTable(rows: readonly Judged[]): HTMLElement {
  const { rewards } = groupOfAll(rows);
  return table(
    `${wording(FIRST.puzzle)} Temperature ${FIRST.temperature}`,
    ["verdict", "reward", "why", "form"],
    rows.map(({ right, why, values }, i) => [
      verdict(right),
      number(rewards[i] ?? null),
      why[0] ?? "",
      values[1] ? "✓" : (why[1] ?? ""),
    ]),
  );
}

function judgedText(rows: readonly Judged[]): Text[] {
  const [right, form] = [
    rows.filter((row) => row.right).length,
    rows.filter(({ values }) => values[1]).length,
  ];
  return [
    `${right} of ${SIZE} thoughts ${right === 1 ? "is" : "are"} right, and ${form} ${form === 1 ? "keeps" : "keep"} the form.`,
    "The rule reads the answer and computes it. It never runs text of the model as a program, and it gives a reason, which a reader can check.",
  ];
}

function advantage(drawn: Drawn): Experiment {
  return {
    title: "From rewards to advantages",
    introduction: () => [
      [
        "Is a reward of 1.2 good? That depends on the others of its group. The advantage is the reward minus the mean of the group, divided by the standard deviation (",
        R1(),
        ", eq. 3). A positive advantage makes each token of the thought likelier, and a negative one makes it less likely.",
      ],
    ],
    question: "When does a right thought get a larger advantage?",
    options: [
      "when most of its group are wrong",
      "when most of its group are right",
      "it is the same in both",
    ],
    action: "Compute",
    again: "",
    run: (host): Promise<Outcome> => {
      const made = [1, 4, 7].map((right): [string, readonly number[]] => [
        `${right} of ${SIZE} right`,
        Array.from({ length: SIZE }, (_, i) => Number(i < right)),
      ]);
      const own = drawn.rows.map(({ values }) => values[0] ?? 0).sort((a, b) => b - a);
      const groups = [...made, [`your group: ${sum(own)} of ${SIZE} right`, own] as const].map(
        ([name, rewards]) => [name, advantagesOf(rewards)] as const,
      );
      host.append(
        table(
          "Advantages with a reward of 1 for a right answer, and of 0 for a wrong one",
          ["group", "a right thought", "a wrong thought"],
          groups.map(([name, { right, wrong }]) => [name, number(right, true), number(wrong, true)]),
        ),
      );
      const [rare, , frequent] = groups.map(([, { right }]) => right ?? 0);
      const option = (rare ?? 0) > (frequent ?? 0) ? 0 : (rare ?? 0) < (frequent ?? 0) ? 1 : 2;
      return Promise.resolve({ option, paragraphs: advantageText(drawn.rows) });
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The advantages of right and of wrong thoughts; null if the group has none of that kind. */
function advantagesOf(rewards: readonly number[]): {
  readonly right: number | null;
  readonly wrong: number | null;
} {
  const { advantages } = groupOf(
    rewards.map((reward) => [reward]),
    [1],
    "grpo",
  );
  const of = (reward: number): number | null => advantages[rewards.indexOf(reward)] ?? null;
  return { right: of(1), wrong: of(0) };
}

function advantageText(rows: readonly Judged[]): Text[] {
  const group = groupOfAll(rows);
  return [
    "A rare success stands far above the mean of its group, so it gets a large advantage.",
    group.teaches
      ? `In your group the mean reward is ${number(group.mean)} and the standard deviation ${number(group.spread)}, with the pay for the form. It teaches something, because its rewards differ.`
      : "In your group all rewards are equal, so every advantage is 0: it teaches nothing.",
    [
      "A group in which all rewards are equal teaches nothing. DAPO drops such groups and draws others (",
      cite("arXiv 2503.14476", "https://arxiv.org/abs/2503.14476"),
      ", section 3.2).",
    ],
  ];
}

function payLength(drawn: Drawn): Experiment {
  return {
    title: "Pay for length",
    introduction: () => [
      "Suppose that you pay for long thoughts, because long thoughts look careful. A thought of your group is then paid by its number of tokens alone.",
    ],
    question: "The thought with the highest pay: will its answer be right?",
    options: ["yes", "no"],
    action: "Pay for length",
    again: "",
    run: (host): Promise<Outcome> => {
      const rows = [...drawn.rows].sort((a, b) => b.tokens - a.tokens);
      const most = rows[0]?.tokens ?? 1;
      host.append(
        table(
          "Your group, the longest thought first",
          ["tokens", "as a bar", "verdict"],
          rows.map(({ tokens, right }) => [
            String(tokens),
            bar(tokens / most, right ? "good" : "bad"),
            verdict(right),
          ]),
        ),
      );
      return Promise.resolve({ option: rows[0]?.right ? 0 : 1, paragraphs: lengthText(rows) });
    },
  };
}

function lengthText(rows: readonly Judged[]): Text[] {
  const mean = (of: readonly Judged[]): string =>
    of.length ? (sum(of.map(({ tokens }) => tokens)) / of.length).toFixed(0) : "-";
  const [right, wrong] = [rows.filter((row) => row.right), rows.filter((row) => !row.right)];
  const best = rows[0]?.right ?? false;
  return [
    right.length && wrong.length
      ? `The right thoughts have ${mean(right)} tokens on average, and the wrong ones ${mean(wrong)}.`
      : `All of these thoughts are ${right.length ? "right" : "wrong"}, so length cannot choose between them.`,
    best
      ? "Here the longest thought is right. That is no proof: the rule did not look at the answer, and eight thoughts are a small sample."
      : "The pay goes to a wrong thought, and training would make such thoughts likelier. A reward that rises while what we want falls is called reward hacking.",
    "The lesson measures this on a hundred puzzles, with intervals.",
  ];
}

function hack(): Experiment {
  const text = h("textarea", {
    rows: 4,
    "aria-label": "Your completion",
    spellcheck: false,
    maxlength: 2000,
  });
  text.value = LAZY;
  return {
    title: "Hack it",
    introduction: () => [
      [
        "Good thoughts check their result. So a third rule pays 1 for the word ",
        h("code", {}, SIGN),
        ". You are the model now, and the puzzle is ",
        h("b", {}, wording(START.puzzle)),
        " You want the pay without the work. Write what you like:",
      ],
      [text],
    ],
    question: "Your text, compared with a right answer that has the form and no check: what will it earn?",
    options: ["less", "as much", "more"],
    action: "Judge my text",
    again: "Judge it again",
    run: (host): Promise<Outcome> => {
      const mine = payOf(text.value);
      const honest = payOf(HONEST);
      host.append(
        table(
          "What each text earns",
          ["text", "right", "form", SIGN, "sum"],
          [
            ["a right answer", ...cells(honest)],
            ["a right answer with a check", ...cells(payOf(CHECKED))],
            ["yours", ...cells(mine)],
          ],
        ),
      );
      const difference = Math.round(10 * (mine.total - honest.total));
      return Promise.resolve({ option: Math.sign(difference) + 1, paragraphs: hackText(mine, honest) });
    },
  };
}

interface Pay {
  readonly right: number;
  readonly form: number;
  readonly sign: number;
  readonly total: number;
  readonly why: string;
}

/** The pay of a text by the three rules. */
function payOf(text: string): Pay {
  const [accuracy, format] = rewardParts(text, split(text, TAGS).answer, START.puzzle);
  const [right, form] = [accuracy?.value ?? 0, (WEIGHTS[1] ?? 0) * (format?.value ?? 0)];
  const sign = Number(text.includes(SIGN));
  return {
    right,
    form,
    sign,
    total: right + form + sign,
    why: `${accuracy?.why ?? ""} ${format?.why ?? ""}`,
  };
}

const cells = ({ right, form, sign, total }: Pay): string[] =>
  [right, form, sign, total].map((value) => number(value));

function hackText(mine: Pay, honest: Pay): Text[] {
  const lesson = mine.right
    ? "Your text is right, so the work is done. Change the answer, keep the rest, and judge it again: what does the third rule still pay?"
    : mine.total >= honest.total - 1e-9
      ? "Your text is wrong, and it earns at least as much as a right answer. The third rule pays for a word and not for a check: it is a proxy, and every proxy has such a hole."
      : mine.sign
        ? "The third rule paid for the word. The form is missing: write a thought, its closing tag and one answer, and judge it again."
        : `Your text earns less than a right answer. Write the word ${SIGN}, and judge it again.`;
  return [`Of your text the rules say: ${mine.why}`, lesson];
}

drawGuide((lab) => {
  const drawn = new Drawn();
  return {
    model: COLD,
    experiments: [ruleJudges(lab, drawn), advantage(drawn), payLength(drawn), hack()],
    question: {
      text: "What makes a rule hard to hack?",
      answers: [
        {
          text: "It is strict.",
          right: false,
          reply:
            "The rule for the word was strict: no word, no pay. A strict rule about the wrong thing is easy to satisfy.",
        },
        {
          text: "It is about the goal itself.",
          right: true,
          reply:
            "The accuracy rule computes the value of the answer, so a right answer is the only way to earn its pay.",
        },
        {
          text: "It checks each step.",
          right: false,
          reply: "Thirty true steps may be about nothing. A text that repeats 1 + 1 = 2 has true steps only.",
        },
      ],
    },
  };
});
