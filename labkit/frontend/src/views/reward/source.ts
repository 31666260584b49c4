// The kernel as the source of a reward view.
import { KernelChannel } from "../../core/kernel-channel";
import { unpacked } from "../../core/packing";
import type { Ask, Focus, RolloutDetail, Scene } from "./contract";

/** A rollout with its logprobs: when it was sampled, under the policy, and under the reference. */
export interface OpenedRollout extends RolloutDetail {
  readonly old: Float32Array;
  readonly now: Float32Array;
  readonly ref: Float32Array;
}

export class RewardSource extends KernelChannel<Scene, Focus, Ask> {
  readonly #rollouts = new Map<number, Promise<OpenedRollout>>();

  /** A complete rollout, which never changes. */
  open(row: number): Promise<OpenedRollout> {
    const rollout = this.#rollouts.get(row) ?? this.#fetch(row);
    this.#rollouts.set(row, rollout);
    rollout.catch(() => this.#rollouts.delete(row));
    return rollout;
  }

  async #fetch(row: number): Promise<OpenedRollout> {
    const { header, bytes } = await this.request<RolloutDetail>({ ask: "open", row });
    const n = header.count;
    const buffer = unpacked(bytes, 12 * n);
    const column = (i: number) => new Float32Array(buffer, 4 * n * i, n);
    return { ...header, old: column(0), now: column(1), ref: column(2) };
  }
}
