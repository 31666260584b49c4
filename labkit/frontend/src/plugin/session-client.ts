// The connection to the labkit of one kernel (labkit/jupyter/session_channel.py). The kernel sends its state after each
// cell and once a second while something is computed; this side requests nothing while nothing runs.
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import { Signal } from "@lumino/signaling";
import { t } from "../core/words";
import { evaluate } from "./evaluate";
import type { Done, SessionState, ViewReply } from "./session-contract";

const PAUSE = 300; // ms after the end of a cell
const TARGET = "labkit.session";
const VIEW = "application/vnd.labkit.view+json"; // an output of labkit: the kernel has imported it
// Only a kernel that has imported labkit listens; the others are left as they are.
const LISTEN =
  '__import__("labkit.jupyter.session_channel", fromlist=["listen"]).listen() ' +
  'if "labkit" in __import__("sys").modules else None';

interface Message {
  readonly state?: SessionState;
  readonly id?: number;
  readonly answer?: unknown;
}
type Comm = Kernel.IComm & { readonly subshellId?: string | null; readonly subshellStarted?: Promise<void> };

export class SessionClient {
  readonly kernel: Kernel.IKernelConnection;
  readonly changed = new Signal<this, void>(this);
  state: SessionState | undefined;
  #comm: Comm | undefined;
  #connecting = false;
  #retry = false;
  #timer = 0;
  #count = 0;
  readonly #own = new Set<string>(); // our own requests
  readonly #running = new Set<string>(); // cells
  readonly #waiting = new Map<number, (answer: unknown) => void>();

  constructor(kernel: Kernel.IKernelConnection) {
    this.kernel = kernel;
    kernel.iopubMessage.connect(this.#onMessage, this);
    kernel.statusChanged.connect((_, status) => {
      if (/restarting|terminating|dead/.test(status)) this.#disconnect();
    });
    kernel.disposed.connect(() => this.#disconnect());
    void this.#connect();
  }

  /** Whether a cell runs. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Why Stop and Unload do not reach this kernel while a cell runs; "" if they do. */
  get whyNot(): string {
    if (!this.#comm || this.#comm.subshellId) return "";
    return t(
      "This kernel reads no message while a cell runs: subshells need ipykernel 7 and JupyterLab 4.4. Interrupt ends the generation and keeps its tokens.",
    );
  }

  /** Ends one computation, or all of them. */
  async stop(number?: number): Promise<Done> {
    return (await this.#request("stop", number)) as Done;
  }

  async unload(number: number): Promise<Done> {
    return (await this.#request("unload", number)) as Done;
  }

  /** A result as a view, or the sentence of an error. */
  async view(number: number): Promise<ViewReply | Done> {
    return (await this.#request("view", number)) as ViewReply | Done;
  }

  #request(action: string, number?: number): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      if (!this.#comm) return reject(new Error(t("This kernel has gone.")));
      this.#waiting.set(id, resolve);
      this.#comm.send({ id, action, number: number ?? null });
    });
  }

  #onMessage(_: unknown, { header, parent_header, content }: KernelMessage.IIOPubMessage): void {
    const parent = parent_header as Partial<KernelMessage.IHeader>;
    if (header.msg_type === "status" && parent.msg_type === "execute_request") {
      const id = parent.msg_id ?? "";
      if (this.#own.has(id)) return; // otherwise each request would cause the next one
      if ((content as { execution_state: string }).execution_state === "busy") this.#running.add(id);
      else this.#running.delete(id);
      this.changed.emit();
      if (!this.busy) this.#connectSoon();
    } else if (header.msg_type === "display_data" && VIEW in (content as { data: object }).data)
      void this.#connect();
  }

  /** Connects when no cell has followed the last one: a request between two cells would wait for all of them. */
  #connectSoon(): void {
    if (this.#comm) return;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (!this.busy) void this.#connect();
    }, PAUSE);
  }

  async #connect(): Promise<void> {
    if (this.#comm || this.kernel.isDisposed) return;
    if (this.#connecting) {
      this.#retry = true; // the request under way may be older than the import of labkit
      return;
    }
    this.#connecting = true;
    this.#retry = false;
    try {
      const info = await this.kernel.info;
      if (info.language_info.name !== "python" || !(await this.#listens())) return;
      const comm = this.kernel.createComm(TARGET) as Comm;
      comm.onMsg = (message) => this.#receive(message.content.data);
      comm.onClose = () => this.#disconnect();
      if (this.kernel.supportsSubshells) await comm.subshellStarted;
      this.#comm = comm;
      comm.open({});
    } catch {
      // The kernel was restarted in the meantime; the next cell tries it again.
    } finally {
      this.#connecting = false;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set while the requests are under way
      if (this.#retry) void this.#connect();
    }
  }

  /** Whether the kernel has imported labkit and accepts the comm. */
  async #listens(): Promise<boolean> {
    const inside = this.busy || this.kernel.status === "busy" ? await this.#subshell() : undefined;
    try {
      const data = await evaluate(inside ?? this.kernel, LISTEN, (id) => this.#own.add(id));
      return data["text/plain"] === "True";
    } finally {
      inside?.dispose(); // deletes the subshell
    }
  }

  /** A connection to a new subshell; undefined if the kernel has none, and the request waits for the cell. */
  async #subshell(): Promise<Kernel.IKernelConnection | undefined> {
    if (!this.kernel.supportsSubshells) return undefined;
    const { content } = await this.kernel.requestCreateSubshell({}).done;
    const inside = this.kernel.clone({ handleComms: false });
    inside.subshellId = content.subshell_id;
    return inside;
  }

  #receive({ state, id, answer }: Message): void {
    if (state) {
      this.state = state;
      this.changed.emit();
    } else if (id !== undefined) {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    }
  }

  #disconnect(): void {
    this.#comm = this.state = undefined;
    this.#running.clear();
    this.#waiting.clear();
    if (!this.kernel.isDisposed) this.changed.emit();
  }
}
