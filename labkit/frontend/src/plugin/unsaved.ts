// JupyterLab writes the kernel's spec and language into a notebook that it opens, and calls the notebook unsaved.
import type { NotebookPanel } from "./lab";

/** Clears the unsaved mark as long as nothing else has changed since the notebook was opened. */
export async function keepSaved({ ready, model }: NotebookPanel["context"]): Promise<void> {
  await ready;
  if (!model || model.dirty) return; // a new notebook, or one that an older format was brought up from
  const opened = model.toJSON();
  const look = (): void => {
    if (!model.dirty) return;
    if (sameButKernel(opened, model.toJSON())) model.dirty = false;
    else model.stateChanged.disconnect(look); // the reader's change: from now on the mark is JupyterLab's
  };
  model.stateChanged.connect(look);
  look();
}

interface Named {
  readonly name?: string;
}
interface Notebook {
  readonly metadata: {
    readonly kernelspec?: Named;
    readonly language_info?: Named;
    readonly [name: string]: unknown;
  };
}

/** Whether two contents differ in what the kernel is called at most; another kernel is a difference. */
export function sameButKernel(was: unknown, now: unknown): boolean {
  const [before, after] = [was as Notebook, now as Notebook];
  const kernel = before.metadata.kernelspec?.name;
  if (kernel !== undefined && kernel !== after.metadata.kernelspec?.name) return false;
  return bare(before) === bare(after);
}

function bare({ metadata: { kernelspec, language_info, ...metadata }, ...rest }: Notebook): string {
  return JSON.stringify(rest) + JSON.stringify(Object.entries(metadata).sort());
}
