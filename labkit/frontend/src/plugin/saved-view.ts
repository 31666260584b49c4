// A view that is drawn from the data in a notebook, when the reader comes near it.
import { whenNear } from "../core/near";
import { drawPayload } from "../saved/registry";

export class SavedView {
  readonly node = document.createElement("div");
  readonly #changed: () => void;
  #payload: unknown;
  #stop = new AbortController();
  #drawn = false;

  /** `changed` is called when the view was drawn. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether the view is on the page. */
  get drawn(): boolean {
    return this.#drawn;
  }

  /** Draws a payload, in place of the one before, as soon as the output with its picture comes near the screen. */
  show(payload: unknown): void {
    const [was, now] = [this.#payload, payload].map((each) => JSON.stringify(each));
    if (was === now) return;
    this.clear();
    this.#payload = payload;
    const place = this.node.parentElement ?? this.node; // this node has no height yet, below the picture
    whenNear(place, () => void this.#draw(), this.#stop.signal);
  }

  /** Removes the view and its listeners. */
  clear(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.node.replaceChildren();
    this.#payload = undefined;
    this.#drawn = false;
  }

  async #draw(): Promise<void> {
    const { signal } = this.#stop;
    const host = document.createElement("div");
    this.node.append(host);
    const drawn = await drawPayload(host, this.#payload, signal).catch(() => false); // damaged data: the picture stays
    if (signal.aborted) return;
    if (!drawn) host.remove();
    this.#drawn = drawn;
    this.#changed();
  }
}
