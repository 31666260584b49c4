// JupyterLab writes the kernel's spec and language into a notebook that it opens, and marks the notebook as unsaved.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { NotebookPanel } from "@jupyterlab/notebook";

export const unsaved: JupyterFrontEndPlugin<void> = {
  id: "labkit:unsaved",
  description: "A notebook that was only opened has nothing to save.",
  autoStart: true,
  activate({ docRegistry }) {
    docRegistry.addWidgetExtension("Notebook", {
      createNew({ context }: NotebookPanel): undefined {
        void keepSaved(context);
      },
    });
  },
};

/** Clears the unsaved mark as long as nothing else has changed since the notebook was opened. */
export async function keepSaved({ ready, model }: NotebookPanel["context"]): Promise<void> {
  await ready;
  if (model.dirty) return; // a new notebook, or one converted from an older format
  const opened = model.toJSON();
  const check = (): void => {
    if (!model.dirty) return;
    if (sameButKernel(opened, model.toJSON())) model.dirty = false;
    else model.stateChanged.disconnect(check); // a change by the user: JupyterLab's mark is right
  };
  model.stateChanged.connect(check);
  check();
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

/** Whether two contents are equal apart from the metadata of the same kernel. */
export function sameButKernel(was: unknown, now: unknown): boolean {
  const [before, after] = [was as Notebook, now as Notebook];
  const kernel = before.metadata.kernelspec?.name;
  if (kernel !== undefined && kernel !== after.metadata.kernelspec?.name) return false;
  return withoutKernel(before) === withoutKernel(after);
}

function withoutKernel({ metadata: { kernelspec, language_info, ...metadata }, ...rest }: Notebook): string {
  return JSON.stringify(rest) + JSON.stringify(Object.entries(metadata).sort());
}
