// Ask many times: what a group of thoughts shows that one thought does not.
import { h } from "../../core/dom";
import { START, type State } from "../address";
import { wording } from "../countdown";
import { spelledAnswer } from "../rules/rewards";
import type { Thought } from "../thought";
import type { Experiment, Lab, Outcome, Text } from "./experiment";
import { drawGuide } from "./guide";
import { bar, cite, count, drawGroup, percent, R1, table } from "./parts";
import { atK, parties, voteOf, type Ballot } from "./votes";

const COLD = "r1-mini-cold"; // before reinforcement learning
const SIZE = 8; // thoughts of a group
const KS = [1, 2, 4, 8];
const FIRST: State = { ...START, model: COLD, puzzle: { numbers: [10, 12, 14], target: 5 } };
const HOT = 1.2; // the temperature of the third experiment
const OTHER: State = { ...FIRST, puzzle: { numbers: [4, 19, 11], target: 25 } };

/** The group of the first experiment, which the next two use. */
class Drawn {
  ballots: readonly Ballot[] = [];
}

function ballotOf({ source, verdict }: Thought): Ballot {
  return { answer: spelledAnswer(source.text, source.answerRange), right: verdict.right };
}

/** Draws a group and shows how often each answer came, while it grows. */
async function poll(lab: Lab, state: State, host: HTMLElement, signal: AbortSignal): Promise<Ballot[]> {
  const ballots: Ballot[] = [];
  const place = h("div", {});
  const progress = h("p", { role: "status" }, `Thought 1 of ${SIZE} …`);
  host.append(place, progress);
  await drawGroup(lab, state, SIZE, signal, (thought) => {
    ballots.push(ballotOf(thought));
    place.replaceChildren(answerTable(state, ballots));
    progress.textContent = ballots.length < SIZE ? `Thought ${ballots.length + 1} of ${SIZE} …` : "";
  });
  progress.remove();
  return ballots;
}

function answerTable(state: State, ballots: readonly Ballot[]): HTMLElement {
  const rows = parties(ballots).map(({ answer, right, votes }) => [
    h("code", {}, answer || "no answer"),
    h("b", { class: right ? "right" : "wrong" }, right ? "✓ right" : "✗ wrong"),
    String(votes),
    bar(votes / SIZE, right ? "good" : "bad"),
  ]);
  const caption = `${wording(state.puzzle)} Temperature ${state.temperature}`;
  return table(caption, ["answer", "verdict", "thoughts", "share"], rows);
}

const different = (ballots: readonly Ballot[]): number =>
  parties(ballots.filter(({ answer }) => answer)).length;

const rightOf = (ballots: readonly Ballot[]): number => ballots.filter(({ right }) => right).length;

function howMany(lab: Lab, drawn: Drawn): Experiment {
  return {
    title: "One puzzle, eight thoughts",
    introduction: () => [
      "The next model is R1-mini before its reinforcement learning. It was trained on thoughts that a program wrote, and has not been rewarded yet. A model that is always right has nothing to vote about.",
      [
        `It gets the same puzzle ${SIZE} times: `,
        h("b", {}, wording(FIRST.puzzle)),
        " Only the random numbers differ.",
      ],
    ],
    question: `How many different answers will the ${SIZE} thoughts give?`,
    options: ["one or two", "three or four", "five or more"],
    action: `Draw ${SIZE} thoughts`,
    again: `Draw ${SIZE} others`,
    run: async (host, attempt, signal): Promise<Outcome> => {
      drawn.ballots = [];
      const ballots = await poll(lab, { ...FIRST, seed: attempt }, host, signal);
      drawn.ballots = ballots;
      const answers = different(ballots);
      return { option: answers <= 2 ? 0 : answers <= 4 ? 1 : 2, paragraphs: answersText(ballots) };
    },
  };
}

function answersText(ballots: readonly Ballot[]): Text[] {
  const right = rightOf(ballots);
  return [
    `The ${SIZE} thoughts gave ${count(different(ballots), "different answer")}, and ${right} of the thoughts ${right === 1 ? "is" : "are"} right.`,
    [
      `One thought, taken at random from these, is right with a probability of ${percent(right / SIZE)}. This figure is pass@1. The authors of `,
      R1(),
      " also sample each question several times and report the mean (section 3).",
    ],
  ];
}

function vote(drawn: Drawn): Experiment {
  return {
    title: "Let them vote",
    introduction: () => [
      "Now only one answer may be submitted. In a vote, the most frequent answer is submitted; a tie is decided at random. The chance that the vote of k thoughts is right is maj@k. The chance that at least one of k thoughts is right is pass@k.",
    ],
    question: `Which is larger for these ${SIZE} thoughts?`,
    options: ["maj@8, the vote", "pass@8, at least one right thought", "they are equal"],
    action: "Count",
    again: "",
    run: (host): Promise<Outcome> => {
      const rows = KS.map((k) => atK(drawn.ballots, k));
      host.append(
        table(
          "The eight thoughts above: all ways to take k of them",
          ["k", "maj@k", "as a bar", "pass@k", "as a bar"],
          rows.map(({ k, pass, majority }) => [
            String(k),
            majority.toFixed(2),
            bar(majority),
            pass.toFixed(2),
            bar(pass, "good"),
          ]),
        ),
      );
      const { pass, majority } = atK(drawn.ballots, SIZE);
      return Promise.resolve({
        option: pass > majority ? 1 : 2,
        paragraphs: voteText(drawn.ballots, pass, majority),
      });
    },
  };
}

function voteText(ballots: readonly Ballot[], pass: number, majority: number): Text[] {
  const alone = rightOf(ballots) / ballots.length;
  const gain =
    majority > alone
      ? "more often right than one thought alone"
      : majority < alone
        ? "less often right than one thought alone"
        : "right as often as one thought alone";
  return [
    `The vote of all ${SIZE} is right with probability ${majority.toFixed(2)}, and one thought with ${alone.toFixed(2)}. Here the vote is ${gain}.`,
    pass > majority
      ? "A right thought is among the eight, and the vote does not always recognise it. A program that checks answers, a verifier, would."
      : pass > 0
        ? "The vote chose the right answer, so a verifier could do no better here."
        : "None of the eight is right, so neither a vote nor a verifier can help.",
    [
      "The vote can never be ahead of pass@k: where the vote is right, a right thought is among the k. Voting is called self-consistency (",
      cite("Wang et al., arXiv 2203.11171", "https://arxiv.org/abs/2203.11171"),
      ").",
    ],
  ];
}

function hotter(lab: Lab, drawn: Drawn): Experiment {
  return {
    title: "A higher temperature",
    introduction: () => [
      [
        `The thoughts above were drawn at temperature ${FIRST.temperature}, as the authors of `,
        R1(),
        ` do (section 3). A higher temperature brings the probabilities of the tokens closer to each other. The same puzzle again, at ${HOT}.`,
      ],
    ],
    question: "How many different answers will there be, compared with the first eight?",
    options: ["fewer", "as many", "more"],
    action: `Draw ${SIZE} thoughts at ${HOT}`,
    again: `Draw ${SIZE} others at ${HOT}`,
    run: async (host, attempt, signal): Promise<Outcome> => {
      const ballots = await poll(lab, { ...FIRST, temperature: HOT, seed: attempt }, host, signal);
      const change = different(ballots) - different(drawn.ballots);
      return { option: Math.sign(change) + 1, paragraphs: hotText(drawn.ballots, ballots) };
    },
  };
}

function hotText(before: readonly Ballot[], now: readonly Ballot[]): Text[] {
  const right = rightOf(now) - rightOf(before);
  return [
    `At ${FIRST.temperature}: ${count(different(before), "different answer")}, ${rightOf(before)} of ${SIZE} right. At ${HOT}: ${count(different(now), "different answer")}, ${rightOf(now)} of ${SIZE} right.`,
    right === 0
      ? "As many thoughts are right as before."
      : `${count(Math.abs(right), "thought")} ${right < 0 ? "fewer" : "more"} ${Math.abs(right) === 1 ? "is" : "are"} right than before.`,
    "Eight thoughts of one puzzle are a small sample: another draw may show another order. The lesson measures it on a hundred puzzles, with intervals.",
  ];
}

function whereVotesFail(lab: Lab): Experiment {
  return {
    title: "Where a vote fails",
    introduction: () => [["Another puzzle for the same model: ", h("b", {}, wording(OTHER.puzzle))]],
    question: "What will the vote of eight thoughts give?",
    options: [
      "the right answer",
      "a wrong answer, although a right thought is among the eight",
      "a wrong answer, and none of the eight is right",
    ],
    action: `Draw ${SIZE} thoughts`,
    again: `Draw ${SIZE} others`,
    run: async (host, attempt, signal): Promise<Outcome> => {
      const ballots = await poll(lab, { ...OTHER, seed: attempt }, host, signal);
      const [wins, right] = [voteOf(ballots), rightOf(ballots)];
      const leader = parties(ballots)[0];
      return {
        option: wins >= 0.5 ? 0 : right ? 1 : 2,
        paragraphs: [
          `The most frequent answer has ${count(leader?.votes ?? 0, "vote")}; ${right} of ${SIZE} thoughts are right. The vote is right with probability ${wins.toFixed(2)}.`,
          wins === 1
            ? right < SIZE
              ? "The right thoughts agree on one answer, and no wrong answer is as frequent."
              : "All of the thoughts are right, so the vote had nothing to decide."
            : wins > 0
              ? "A tie decides here, so chance does."
              : "The vote strengthens what the model already prefers, and here it prefers a wrong answer. A vote adds no knowledge.",
        ],
      };
    },
  };
}

drawGuide((lab) => {
  const drawn = new Drawn();
  return {
    model: COLD,
    experiments: [howMany(lab, drawn), vote(drawn), hotter(lab, drawn), whereVotesFail(lab)],
    question: {
      text: "A model has a pass@16 of 0.95 and a maj@16 of 0.60. What would you build next?",
      answers: [
        {
          text: "A vote of 64 thoughts",
          right: false,
          reply:
            "A larger vote strengthens what the model prefers. Where a wrong answer leads, it stays in the lead.",
        },
        {
          text: "A program that checks answers",
          right: true,
          reply:
            "A right answer is nearly always among the sixteen. What is missing is a verifier that recognises it.",
        },
        {
          text: "A temperature of 0, the safe choice",
          right: false,
          reply: "At temperature 0 all sixteen thoughts are the same one, so pass@16 falls to pass@1.",
        },
      ],
    },
  };
});
