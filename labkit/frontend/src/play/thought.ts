// A thought of the model of this page, from its first token on.
import { messageOf } from "../core/text";
import type { State } from "./address";
import { judge, wording, type Verdict } from "./countdown";
import type { EngineClient } from "./engine-client";
import { EngineSource } from "./engine-source";
import { titleOf } from "./models";

/** Rollout `index` of the `count` that share a seed. */
export interface RolloutNumber {
  readonly count: number;
  readonly index: number;
}

export class Thought {
  readonly state: State;
  readonly rollout: RolloutNumber;
  readonly source: EngineSource;
  /** Resolves when the thought has ended, with "" or with a sentence about what went wrong. */
  readonly finished: Promise<string>;
  readonly #stop: () => void;

  constructor(client: EngineClient, state: State, rollout: RolloutNumber = { count: 1, index: 0 }) {
    const { puzzle, prefix, temperature, seed } = state;
    const prompt = wording(puzzle);
    [this.state, this.rollout] = [state, rollout];
    const running = client.think({ prompt, prefix, temperature, seed, ...rollout }, (tokens) =>
      this.source.add(tokens),
    );
    this.#stop = () => running.stop();
    this.source = new EngineSource(titleOf(state.model), prompt, this.#stop);
    this.finished = running.finished.then(
      (finish) => {
        this.source.end(finish);
        return "";
      },
      (error: unknown) => {
        this.source.end("interrupted");
        return messageOf(error);
      },
    );
  }

  /** The ids of its tokens. */
  get ids(): number[] {
    return this.source.tokens.map(({ id }) => id);
  }

  get running(): boolean {
    return this.source.scene.running;
  }

  /** What Countdown's rules say of its answer. */
  get verdict(): Verdict {
    return judge(this.source.answer, this.state.puzzle);
  }

  stop(): void {
    this.#stop();
  }
}
