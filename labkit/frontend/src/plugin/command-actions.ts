// What the commands do. Each throws an `Error` whose message is a sentence.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { InputDialog } from "@jupyterlab/apputils";
import type { IDocumentManager } from "@jupyterlab/docmanager";
import { FileDialog } from "@jupyterlab/filebrowser";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { t } from "../core/words";
import { cleanNotebook } from "./clean-notebook";
import { nextLesson, openCourse } from "./course";
import { currentSession } from "./current-session";
import { preferences } from "./preferences";

/** What a command has; each token may be missing. */
export interface Context {
  readonly app: JupyterFrontEnd;
  readonly tracker: INotebookTracker | null;
  readonly documents: IDocumentManager | null;
  readonly cwd: string;
}

const PROMPT = "Using 3, 5 and 9, make 24.";

export const actions: Readonly<Record<string, (context: Context) => Promise<unknown>>> = {
  "new-notebook": (context) => newNotebook(context, PROMPT),
  "new-thought": newThought,
  "open-trace": openTrace,
  "open-course": openCourse,
  "next-lesson": nextLesson,
  "clean-notebook": cleanNotebook,
};

/** A cell in which a model thinks. A JSON text is a Python text. */
function cellOf(prompt: string, variable = ""): string {
  const think = (model: string): string => `trace = ${model}.think(${JSON.stringify(prompt)})`;
  if (variable) return think(variable);
  return `import labkit\n\nmodel = labkit.load(${JSON.stringify(preferences.defaultModel)})\n${think("model")}`;
}

async function newNotebook({ app, cwd }: Context, prompt: string): Promise<NotebookPanel> {
  const panel = (await app.commands.execute("notebook:create-new", {
    cwd,
    kernelName: app.serviceManager.kernelspecs.specs?.kernelspecs["python3"] ? "python3" : "",
  })) as NotebookPanel | undefined;
  if (!panel) throw new Error(t("This page cannot create a notebook."));
  await panel.context.ready;
  panel.content.model?.cells.get(0).sharedModel.setSource(cellOf(prompt));
  panel.content.activeCellIndex = 0;
  return panel;
}

async function newThought(context: Context): Promise<void> {
  const { value } = await InputDialog.getText({
    title: t("New thought"),
    label: t("Prompt"),
    text: PROMPT,
    okLabel: t("Think"),
  });
  const prompt = value?.trim();
  if (!prompt) return;
  const { app, tracker } = context;
  const panel = tracker?.currentWidget;
  if (tracker && panel) {
    const models = currentSession(tracker).client?.state?.models ?? [];
    const variable = models.findLast((model) => model.variable)?.variable;
    await app.commands.execute("notebook:insert-cell-below");
    panel.content.activeCell?.model.sharedModel.setSource(cellOf(prompt, variable));
  } else {
    const created = await newNotebook(context, prompt);
    await created.sessionContext.ready;
  }
  await app.commands.execute("notebook:run-cell");
}

async function openTrace({ app, documents }: Context): Promise<void> {
  if (!documents) throw new Error(t("This page has no files."));
  const { value } = await FileDialog.getOpenFiles({
    manager: documents,
    title: t("Open a thought"),
    filter: ({ type, name }) => (type === "directory" || name.endsWith(".trace.json") ? {} : null),
  });
  for (const { path } of value ?? []) await app.commands.execute("docmanager:open", { path });
}
