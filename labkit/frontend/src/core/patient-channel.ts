// A channel to a kernel that may be busy for long: a running cell or a large model delays replies.
import { KernelChannel, listen, RequestError, type Model, type Question, type Reply } from "./kernel-channel";

const PATIENCE = 8000; // ms

/** Receives a sentence for the user, "" when it no longer holds; `unresponsive` if it is about the kernel itself. */
export type NoticeListener = (notice: string, unresponsive: boolean) => void;

export class PatientChannel<
  Scene,
  Focus extends object,
  Ask extends { readonly id: number },
> extends KernelChannel<Scene, Focus, Ask> {
  readonly #unresponsive: string;
  readonly #listeners = new Set<NoticeListener>();
  #notice = "";

  /** `unresponsive` is the notice while the kernel does not answer. */
  constructor(model: Model, unresponsive: string) {
    super(model);
    this.#unresponsive = unresponsive;
  }

  /** Calls the listener when a request is refused, is late or cannot be sent, and when that is over. */
  onNotice(listener: NoticeListener, signal: AbortSignal): void {
    listen(this.#listeners, listener, signal);
    if (this.#notice) listener(this.#notice, this.#notice === this.#unresponsive);
  }

  override async request<R extends object>(question: Question<Ask>): Promise<Reply<R>> {
    const late = setTimeout(() => this.#setNotice(this.#unresponsive), PATIENCE);
    try {
      const reply = await super.request<R>(question);
      this.#setNotice("");
      return reply;
    } catch (error) {
      const refused = error instanceof RequestError;
      this.#setNotice(refused ? error.message : this.#unresponsive);
      throw refused ? error : new Error(this.#unresponsive, { cause: error });
    } finally {
      clearTimeout(late);
    }
  }

  #setNotice(notice: string): void {
    if (notice === this.#notice) return;
    this.#notice = notice;
    for (const listener of this.#listeners) listener(notice, notice === this.#unresponsive);
  }
}
