// The Python code that does in a notebook what the page did, as text and as a notebook.
import { argumentOf } from "./address";
import { wording } from "./countdown";
import type { LinkedFork } from "./fork-link";
import type { Notebook } from "./host-messages";
import type { Thought } from "./thought";

export interface Cell {
  readonly kind: "markdown" | "code";
  readonly source: string;
}

/** What the code needs of a thought. */
export type Origin = Pick<Thought, "state" | "rollout">;

const ROLLOUTS = 8;
const IDS_A_LINE = 20;

const ROUNDING = `The playground computes with weights that are rounded to 16 bits; here they have 32. Where two tokens are almost
equally likely, the rounding can decide between them, and the two thoughts differ from that token on.`;
const REPLACED =
  "In the playground, the first tokens of the thought were given: the model continues after them.";

/** The cells of a notebook with the same thought, the same forks and the same views. */
export function cellsOf({ state, rollout }: Origin, forks: readonly LinkedFork[] = []): readonly Cell[] {
  const { model, puzzle, temperature, seed, prefix } = state;
  const prompt = wording(puzzle);
  const settings = `temperature=${temperature}, seed=${seed}`;
  return [
    markdown(`# ${prompt}`, `The thought of labkit's reasoning playground, in Python. ${ROUNDING}`),
    code(
      "import labkit",
      "",
      `model = labkit.load(${argumentOf(model)})`,
      `prompt = ${JSON.stringify(prompt)}`,
    ),
    ...(rollout.count === 1
      ? [code(`trace = model.think(prompt, ${settings})`)]
      : [
          markdown(`Rollout ${rollout.index} of the ${rollout.count} that share the seed:`),
          code(
            `group = model.sample(prompt, n=${rollout.count}, ${settings})`,
            `trace = group[${rollout.index}]`,
            "labkit.TokenView(trace)",
          ),
        ]),
    ...(prefix.length ? [markdown(REPLACED), code(...replacing(prefix, settings))] : []),
    ...(forks.length
      ? [
          code(
            "forks = [",
            ...forks.map((fork) => `    ${callOf(fork)},`),
            "]",
            "labkit.ForkView(trace, forks=forks)",
          ),
        ]
      : []),
    markdown("## Who looked where?", "The attention of each head, at each token."),
    code("labkit.AttentionView(trace)"),
    markdown(
      `## ${ROLLOUTS} thoughts of the same puzzle`,
      "GRPO compares such thoughts: right ones become more likely, and wrong ones less.",
    ),
    code(`group = model.sample(prompt, n=${ROLLOUTS}, ${settings})`, "labkit.RewardView(group)"),
  ];
}

/** The code of the thought itself, without text. */
export function pythonOf(origin: Origin, forks: readonly LinkedFork[] = []): string {
  const cells = cellsOf(origin, forks);
  const thought = cells.slice(
    0,
    cells.findIndex(({ source }) => source.startsWith("## ")),
  );
  return thought.flatMap(({ kind, source }) => (kind === "code" ? [source] : [])).join("\n\n");
}

export function notebookOf(origin: Origin, forks: readonly LinkedFork[] = []): Notebook {
  const cells = cellsOf(origin, forks).map(({ kind, source }, i) => ({
    cell_type: kind,
    id: `cell-${i}`,
    metadata: {},
    source,
    ...(kind === "code" ? { execution_count: null, outputs: [] } : {}),
  }));
  const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
  const metadata = { kernelspec, language_info: { name: "python" } };
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

/** The name of a file about the puzzle, without its ending. */
export function fileNameOf({ state: { puzzle } }: Origin): string {
  return `make-${puzzle.target}-from-${puzzle.numbers.join("-")}`;
}

/** A fork at the first token: the given tokens replace the model's, and the model continues. */
function replacing(given: readonly number[], settings: string): string[] {
  const lines = Array.from({ length: Math.ceil(given.length / IDS_A_LINE) }, (_, i) =>
    given.slice(i * IDS_A_LINE, (i + 1) * IDS_A_LINE).join(", "),
  );
  return [
    "given = [",
    ...lines.map((line) => `    ${line},`),
    "]",
    `trace = labkit.inside.fork(trace, at=0, replace=given, n=1, ${settings}).rollouts[0]`,
    "labkit.TokenView(trace)",
  ];
}

/** The call that makes a fork. */
function callOf({ at, step, put, n, seed, temperature }: LinkedFork): string {
  const place = step === null ? `at=${String(at)}` : `step=${step}`;
  const single = put.length === 1 && step === null;
  const replace = put.length ? `, replace=${single ? put.join() : `[${put.join(", ")}]`}` : "";
  return `labkit.inside.fork(trace, ${place}${replace}, n=${n}, seed=${seed}, temperature=${temperature})`;
}

const markdown = (...paragraphs: string[]): Cell => ({ kind: "markdown", source: paragraphs.join("\n\n") });
const code = (...lines: string[]): Cell => ({ kind: "code", source: lines.join("\n") });
