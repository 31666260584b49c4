// A thought or a rollout whose tokens are known: its text, its steps and its answer, as labkit/traces.
import type { Block } from "../core/contract";
import { segment, split, tile, type Range } from "../views/token/draw-steps";
import { END, FAMILY, TAGS } from "./family";
import type { Finish } from "./messages";

export type Step = ReturnType<typeof segment>[number];

export class Completion {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly finish: Finish;
  readonly text: string;
  /** The character at which each token begins, and the length of the text. */
  readonly starts: readonly number[];
  readonly answer: Range;
  readonly steps: readonly Step[];

  constructor(ids: readonly number[], texts: readonly string[], finish: Finish) {
    [this.ids, this.texts, this.finish] = [ids, texts, finish];
    const written = texts.map(writtenText);
    this.text = written.join("");
    let at = 0;
    this.starts = [0, ...written.map((text) => (at += text.length))];
    const { thinking, answer } = split(this.text, TAGS);
    this.answer = answer;
    this.steps = segment(this.text.slice(...thinking), thinking[0], FAMILY);
  }

  get blocks(): Block[] {
    return tile(this.text, this.starts.slice(0, -1), this.steps, this.answer);
  }

  /** The tokens `[first, last)` that begin in the characters of a step, counted from 1; undefined if there are none. */
  tokensOf(step: number): Range | undefined {
    const { start, end } = this.steps[step - 1] ?? { start: 0, end: 0 };
    const inside = this.ids.flatMap((_, i) => {
      const at = this.starts[i] ?? 0;
      return start <= at && at < end ? [i] : [];
    });
    const [first, last] = [inside[0], inside.at(-1)];
    return first === undefined || last === undefined ? undefined : [first, last + 1];
  }

  /** The first token of a step; the last token of all if none begins in it. */
  firstOf(step: number): number {
    return this.tokensOf(step)?.[0] ?? this.ids.length - 1;
  }

  /** The text of a step; "" if the thought has no such step. */
  stepText(step: number): string {
    const { start, end } = this.steps[step - 1] ?? { start: 0, end: 0 };
    return this.text.slice(start, end);
  }
}

/** What a token adds to the text. */
export const writtenText = (text: string): string => (text === END ? "" : text);
