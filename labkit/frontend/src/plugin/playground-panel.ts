// The page of the playground in a frame. Its files lie beside the plugin's script: `static/play/` in the extension.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { PathExt } from "@jupyterlab/coreutils";
import type { Contents } from "@jupyterlab/services";
import { IFrame } from "@jupyterlab/ui-components";
import { Signal } from "@lumino/signaling";
import { h } from "../core/dom";
import { messageOf } from "../core/text";
import { t } from "../core/words";
import { IN_PANEL, type Notebook, type ToHost, type ToPage } from "../play/host-messages";
import { freeName } from "./free-name";

declare const __webpack_public_path__: string; // JupyterLab's builder puts the folder of the plugin's scripts here
const COMMAND = "labkit play";
const SANDBOX: IFrame.SandboxExceptions[] = [
  "allow-scripts",
  "allow-same-origin",
  "allow-forms",
  "allow-downloads",
  "allow-popups",
];

const pageAddress = (): URL => new URL("play/index.html", new URL(__webpack_public_path__, location.href));

/** Opens the page in a tab of the browser. */
export function openInTab(): void {
  window.open(pageAddress(), "_blank", "noopener");
}

export class PlaygroundPanel extends IFrame {
  /** Emits when another thought is shown. */
  readonly changed = new Signal<this, void>(this);
  readonly cwd: string;
  readonly #app: JupyterFrontEnd;
  readonly #frame: HTMLIFrameElement;
  readonly #end = new AbortController();
  #hash: string;

  /** `cwd` is the folder of new notebooks; `hash` the end of an address that the page had, or "". */
  constructor(app: JupyterFrontEnd, cwd: string, hash: string) {
    super({ sandbox: SANDBOX });
    this.#app = app;
    this.cwd = cwd;
    this.#hash = hash;
    this.#frame = this.node.querySelector("iframe") ?? h("iframe");
    this.#frame.title = t("Reasoning playground");
    this.#frame.style.visibility = "hidden"; // until it has the theme
    const { signal } = this.#end;
    this.#frame.addEventListener("load", () => this.#checkFiles(), { signal });
    window.addEventListener("message", (event: MessageEvent<ToHost>) => this.#receive(event), { signal });
    const theme = new MutationObserver(() => this.#sendTheme());
    theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    signal.addEventListener("abort", () => theme.disconnect());
    this.#setAddress();
  }

  get hash(): string {
    return this.#hash;
  }

  override dispose(): void {
    this.#end.abort();
    super.dispose();
  }

  /** The frame begins with this address when JupyterLab moves the panel, which loads the page anew. */
  #setAddress(): void {
    this.url = `${pageAddress().href}${IN_PANEL}${this.#hash}`;
  }

  #receive({ source, origin, data }: MessageEvent<ToHost>): void {
    if (source !== this.#frame.contentWindow || origin !== location.origin) return;
    if (data.labkit === "ready") this.#show();
    else if (data.labkit === "notebook") void this.#openNotebook(data.name, data.notebook);
    else {
      this.#hash = data.hash;
      this.#setAddress();
      this.changed.emit();
    }
  }

  #show(): void {
    this.#sendTheme();
    requestAnimationFrame(() => (this.#frame.style.visibility = "visible"));
  }

  #sendTheme(): void {
    this.#send({ labkit: "theme", dark: document.body.dataset["jpThemeLight"] === "false" });
  }

  #send(message: ToPage): void {
    this.#frame.contentWindow?.postMessage(message, location.origin);
  }

  async #openNotebook(name: string, notebook: Notebook): Promise<void> {
    try {
      const path = await writeNotebook(this.#app.serviceManager.contents, this.cwd, name, notebook);
      await this.#app.commands.execute("docmanager:open", { path });
      this.#send({ labkit: "say", message: t("The notebook is {path}.", { path }) });
    } catch (error) {
      this.#send({ labkit: "say", message: messageOf(error) });
    }
  }

  /** Says a sentence if the server sent another page. */
  #checkFiles(): void {
    if (this.#frame.contentDocument?.getElementById("playground")) return;
    const line = h("code", {}, COMMAND);
    const sentence = t(
      "The files of the playground are not beside labkit's plugin. Install labkit again, or open the playground in a tab of the browser with this line in a terminal:",
    );
    const text = h("p", { role: "alert" }, sentence, " ", line);
    text.style.cssText = "padding:24px;max-width:70ch;color:var(--jp-content-font-color1)";
    this.node.replaceChildren(text);
  }
}

/** Writes a notebook under a name that the folder does not have yet, and returns its path. */
async function writeNotebook(
  contents: Contents.IManager,
  folder: string,
  name: string,
  content: Notebook,
): Promise<string> {
  const files = ((await contents.get(folder, { content: true })).content ?? []) as readonly Contents.IModel[];
  const path = PathExt.join(folder, freeName(name, new Set(files.map((file) => file.name))));
  await contents.save(path, { type: "notebook", format: "json", content });
  return path;
}
