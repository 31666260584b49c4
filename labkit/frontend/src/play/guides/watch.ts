// Watch it think: where a model hesitates, and what one token changes.
import { h } from "../../core/dom";
import { drawable, visible } from "../../core/text";
import { START, type State } from "../address";
import { wording, type Puzzle } from "../countdown";
import type { Thought } from "../thought";
import type { Experiment, Lab, Outcome, Text } from "./experiment";
import { drawGuide } from "./guide";
import { cite, count, percent, showThought, table } from "./parts";
import { FORK_KINDS, kindOfToken, mostUncertain, SURE, sureCount, type TokenKind } from "./uncertain";

const FOUR: Puzzle = { numbers: [2, 4, 6, 8], target: 24 };
const LISTED = 8; // of the most uncertain tokens

/** What the experiments of the page know of the first thought. */
class Watched {
  thought: Thought | undefined;

  get first(): Thought {
    if (!this.thought) throw new Error("Run the first experiment again.");
    return this.thought;
  }

  /** The token at which the second thought takes another way: the most uncertain choice of a number, or of anything. */
  get fork(): {
    readonly at: number;
    readonly chosen: string;
    readonly other: string;
    readonly id: number;
    readonly p: number;
  } {
    const { source } = this.first;
    const order = mostUncertain(source.columns.entropy, source.columns.texts.length);
    const texts = source.columns.texts;
    const at = order.find((i) => kindOfToken(texts, i) === "plan") ?? order[0] ?? 0;
    const token = source.tokens[at];
    const k = token?.topIds.findIndex((id) => id !== token.id) ?? -1;
    if (!token || k < 0)
      throw new Error("This thought has no other token to take. Run the first experiment again.");
    return {
      at,
      chosen: texts[at] ?? "",
      other: token.topTexts[k] ?? "",
      id: token.topIds[k] ?? 0,
      p: Math.exp(token.topLogprobs[k] ?? -Infinity),
    };
  }
}

function howSure(lab: Lab, watched: Watched): Experiment {
  return {
    title: "How sure is it?",
    introduction: () => [
      "R1-mini writes one token after another: a word, a number or a sign. Before each token it gives a probability to every token that it knows. If nearly all of the probability is on one token, the model is sure of it.",
      [
        "The model gets a puzzle: ",
        h("b", {}, wording(START.puzzle)),
        " It writes a thought first, and then an answer.",
      ],
    ],
    question: "Of how many of its tokens will the model be nearly certain?",
    options: ["of fewer than half", "of half to nine tenths", "of more than nine tenths"],
    action: "Think",
    again: "Think again, with other random numbers",
    run: async (host, attempt, signal): Promise<Outcome> => {
      watched.thought = undefined;
      const thought = await showThought(lab, { ...START, seed: attempt }, host, signal);
      watched.thought = thought;
      const { entropy } = thought.source.columns;
      const sure = sureCount(entropy);
      const share = sure / entropy.length;
      return {
        option: share < 0.5 ? 0 : share <= 0.9 ? 1 : 2,
        paragraphs: sureText(thought, sure, entropy.length),
      };
    },
  };
}

function sureText(thought: Thought, sure: number, all: number): Text[] {
  const { right, why } = thought.verdict;
  return [
    `${sure} of the ${all} tokens, ${percent(sure / all)}, have an entropy below ${SURE} nats. Entropy measures how widely the probability is spread: it is 0 if one token has all of it. Colour marks the tokens that could well have been others. Click one to see which.`,
    [
      "Large models hesitate, too: in the chains of thought of Qwen3, about 20\u00a0% of the tokens have high entropy (",
      cite("Wang et al., arXiv 2506.01939", "https://arxiv.org/abs/2506.01939"),
      ").",
    ],
    `You do not have to trust the answer, because a rule can check it. ${right ? "It is right." : "It is wrong."} ${why}`,
  ];
}

const WHERE: readonly TokenKind[] = ["result", "plan", "other", "answer"];

function whereUnsure(watched: Watched): Experiment {
  return {
    title: "Where does it hesitate?",
    introduction: () => [
      `The next button lists the ${LISTED} tokens of this thought with the highest entropy. A click on a row shows the token in the thought above.`,
    ],
    question: "What do most of them do?",
    options: [
      "they are results, after a sign such as 15 + 9 =",
      "they choose the numbers of a plan, as in First 3 and 5",
      "they stand elsewhere in the thought: verdicts, signs, words",
      "they stand after the thought: tags and the answer",
    ],
    action: "List them",
    again: "",
    run: (host): Promise<Outcome> => {
      const { source } = watched.first;
      const { texts, entropy } = source.columns;
      const top = mostUncertain(entropy, LISTED);
      const kinds = top.map((i) => kindOfToken(texts, i));
      const rows = top.map((i, row) => {
        const button = h("button", { type: "button" }, h("code", {}, visible(texts[i] ?? "")));
        button.addEventListener("click", () => source.setFocus({ token: i }));
        const before = drawable(texts.slice(Math.max(0, i - 4), i).join("")).replaceAll("\n", " ⏎ ");
        return [
          (entropy[i] ?? 0).toFixed(2),
          h("code", {}, before),
          button,
          FORK_KINDS[kinds[row] ?? "other"],
        ];
      });
      host.append(
        table(
          "The tokens with the highest entropy",
          ["entropy", "text before", "token", "what it does"],
          rows,
        ),
      );
      const counts = WHERE.map((kind) => kinds.filter((each) => each === kind).length);
      const most = counts.indexOf(Math.max(...counts));
      return Promise.resolve({ option: most, paragraphs: whereText(counts, most) });
    },
  };
}

function whereText(counts: readonly number[], most: number): Text[] {
  const of = WHERE.map((kind, i) => `${FORK_KINDS[kind]}: ${counts[i] ?? 0}`).join(", ");
  const meaning = [
    "A result follows from the calculation before it, and here the model is not sure of it all the same.",
    "Such tokens are called forks: when the numbers of a plan are chosen, the calculations follow from them.",
    "Here the model decides how to go on: what a result means, or which sign comes next.",
    "The thought was clear, and the form of the answer was not.",
  ][most];
  return [
    `What the ${LISTED} tokens do: ${of}.`,
    meaning ?? "",
    "Entropy shows that a token was open. It does not show why: it says nothing about whether the token is right.",
  ];
}

function changeOne(lab: Lab, watched: Watched): Experiment {
  return {
    title: "Change one token",
    introduction: () => {
      const { at, chosen, other, p } = watched.fork;
      return [
        [
          `At token ${at + 1} the model wrote `,
          h("code", {}, visible(chosen)),
          ". It gave another token, ",
          h("code", {}, visible(other)),
          `, a probability of ${percent(p)}. The next button writes that token in its place and lets the model continue.`,
        ],
      ];
    },
    question: "How long will the new thought be, compared with the first one?",
    options: ["shorter, by a tenth or more", "about as long", "longer, by a tenth or more"],
    action: "Take the other token",
    again: "",
    run: async (host, _, signal): Promise<Outcome> => {
      const { first, fork } = watched;
      const prefix = [...first.ids.slice(0, fork.at), fork.id];
      const state: State = { ...first.state, prefix };
      const second = await showThought(lab, state, host, signal);
      const [before, after] = [first.ids.length, second.ids.length];
      const ratio = after / before;
      return {
        option: ratio <= 0.9 ? 0 : ratio < 1.1 ? 1 : 2,
        paragraphs: changeText(first, second, fork.p),
      };
    },
  };
}

function changeText(first: Thought, second: Thought, p: number): Text[] {
  const lines = (thought: Thought): string[] =>
    thought.source.columns.texts
      .join("")
      .split("\n")
      .filter((line) => line.trim());
  const [old, now] = [new Set(lines(first)), lines(second)];
  const shared = now.filter((line) => old.has(line)).length;
  return [
    `The first thought has ${count(first.ids.length, "token")}, the new one ${second.ids.length}. Of the ${count(now.length, "line")} of the new thought, ${shared} also stand in the first one.`,
    `The new answer is ${second.verdict.right ? "right" : "wrong"}. ${second.verdict.why} ${
      second.verdict.right === first.verdict.right
        ? "Both thoughts have the same verdict."
        : "So one token decided whether the answer is right."
    }`,
    `The probability of the other token was ${percent(p)}, so it could have been drawn in the first thought, too.`,
  ];
}

function fourNumbers(lab: Lab): Experiment {
  return {
    title: "Where it fails",
    introduction: () => [
      [
        "The next puzzle has four numbers: ",
        h("b", {}, wording(FOUR)),
        " R1-mini learned puzzles with three.",
      ],
    ],
    question: "What will the answer be?",
    options: ["right", "wrong: it leaves out a number", "wrong in another way"],
    action: "Think",
    again: "Think again, with other random numbers",
    run: async (host, attempt, signal): Promise<Outcome> => {
      const { verdict, source } = await showThought(
        lab,
        { ...START, puzzle: FOUR, seed: attempt },
        host,
        signal,
      );
      const left = verdict.why.includes("leaves out");
      const sure = sureCount(source.columns.entropy);
      return {
        option: verdict.right ? 0 : left ? 1 : 2,
        paragraphs: [
          verdict.why,
          verdict.right
            ? "The model found an answer for a kind of puzzle that it did not learn. One right answer does not show that it will find the next one."
            : `The model was nearly certain of ${percent(sure / source.columns.entropy.length)} of its tokens here, and the answer is wrong. A fluent thought is no proof.`,
        ],
      };
    },
  };
}

drawGuide((lab) => {
  const watched = new Watched();
  return {
    model: START.model,
    experiments: [howSure(lab, watched), whereUnsure(watched), changeOne(lab, watched), fourNumbers(lab)],
    question: {
      text: "A token of a thought has an entropy of nearly 0. What do you know?",
      answers: [
        {
          text: "The token is right.",
          right: false,
          reply:
            "A model can be certain of a wrong token. Entropy is about the probabilities and not about the truth.",
        },
        {
          text: "The model gave nearly all of the probability to one token.",
          right: true,
          reply: "That is what a low entropy means, and it is all that it means.",
        },
        {
          text: "The model has seen this puzzle before.",
          right: false,
          reply: "The entropy shows how the probability is spread. It does not show what caused that.",
        },
        {
          text: "The token was drawn at random.",
          right: false,
          reply:
            "Every token of these thoughts was drawn at random, by its probability. With an entropy of nearly 0 the draw has one likely result.",
        },
      ],
    },
  };
});
