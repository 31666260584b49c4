// The session of the notebook that is in front; shared by the side panel and the status bar.
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";
import { SessionClient } from "./session-client";

const clients = new WeakMap<Kernel.IKernelConnection, SessionClient>();
const sessions = new WeakMap<INotebookTracker, CurrentSession>();

/** The one `CurrentSession` of a tracker. */
export function currentSession(tracker: INotebookTracker): CurrentSession {
  const session = sessions.get(tracker) ?? new CurrentSession(tracker);
  sessions.set(tracker, session);
  return session;
}

export class CurrentSession {
  readonly changed = new Signal<this, void>(this);
  client: SessionClient | undefined;
  #panel: NotebookPanel | null = null;
  readonly #tracker: INotebookTracker;

  constructor(tracker: INotebookTracker) {
    this.#tracker = tracker;
    tracker.currentChanged.connect(this.#follow, this);
    this.#follow();
  }

  /** The notebook in front. */
  get panel(): NotebookPanel | null {
    return this.#tracker.currentWidget;
  }

  #follow(): void {
    this.#panel?.sessionContext.kernelChanged.disconnect(this.#useKernel, this);
    this.#panel = this.#tracker.currentWidget;
    this.#panel?.sessionContext.kernelChanged.connect(this.#useKernel, this);
    this.#useKernel();
  }

  #useKernel(): void {
    const kernel = this.#panel?.sessionContext.session?.kernel;
    const client = kernel ? (clients.get(kernel) ?? new SessionClient(kernel)) : undefined;
    if (kernel && client) clients.set(kernel, client);
    if (client !== this.client) {
      this.client?.changed.disconnect(this.#emit, this);
      client?.changed.connect(this.#emit, this);
      this.client = client;
    }
    this.#emit();
  }

  #emit(): void {
    this.changed.emit();
  }
}
