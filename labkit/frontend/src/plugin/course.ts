// Finds the lessons of the course among the server's files, and copies them there if they are missing.
import { Dialog, Notification, showDialog } from "@jupyterlab/apputils";
import type { Contents } from "@jupyterlab/services";
import { t } from "../core/words";
import type { Context } from "./command-actions";
import { evaluate } from "./evaluate";

const LESSON = /^(\d\d)-[\w-]+\.ipynb$/;
const FIRST = /^01-watch-it-think\.ipynb$/;
const FOLDER = "labkit-course"; // of the copies

const parent = (path: string): string => path.split("/").slice(0, -1).join("/");
const numberOf = (name: string): number => Number(LESSON.exec(name)?.[1] ?? 0);

async function filesOf({ app }: Context, folder: string): Promise<readonly Contents.IModel[]> {
  const listing = await app.serviceManager.contents.get(folder, { content: true });
  return listing.content as Contents.IModel[];
}

/** The path of the first lesson: in the folders given, or in one of the server's folders. */
async function firstLesson(context: Context, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const lesson = (await filesOf(context, folder)).find(({ name }) => FIRST.test(name));
    if (lesson) return lesson.path;
  }
  for (const { type, path } of await filesOf(context, "")) {
    if (type !== "directory") continue;
    const lesson = (await filesOf(context, path)).find(({ name }) => FIRST.test(name));
    if (lesson) return lesson.path;
  }
  return undefined;
}

/** Opens the first lesson; offers to copy the lessons if the server's folders do not have them. */
export async function openCourse(context: Context): Promise<void> {
  const { app, tracker } = context;
  const here = parent(tracker?.currentWidget?.context.path ?? "");
  const path = (await firstLesson(context, [context.cwd, here])) ?? (await copyLessons(context));
  if (path !== undefined) await app.commands.execute("docmanager:open", { path });
}

async function copyLessons(context: Context): Promise<string | undefined> {
  const { button } = await showDialog({
    title: t("The course"),
    body: t(
      "The folders of this server hold no lessons. They can be copied into the new folder {folder}; in a terminal: labkit course start {folder}",
      { folder: FOLDER },
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: t("Copy the lessons") })],
  });
  if (!button.accept) return undefined;
  const kernel = await context.app.serviceManager.kernels.startNew({ name: "python3" });
  try {
    const start = `__import__("labkit.course.lessons", fromlist=["start"]).start("${FOLDER}")`;
    await evaluate(kernel, start);
  } finally {
    await kernel.shutdown();
  }
  return firstLesson(context, [FOLDER]);
}

/** Opens the lesson after the one in front. */
export async function nextLesson(context: Context): Promise<void> {
  const { app, tracker } = context;
  const path = tracker?.currentWidget?.context.path ?? "";
  const name = path.split("/").at(-1) ?? "";
  if (!LESSON.test(name)) return openCourse(context);
  const lessons = (await filesOf(context, parent(path))).filter((file) => LESSON.test(file.name));
  const later = lessons.filter((file) => numberOf(file.name) > numberOf(name));
  const [next] = later.sort((a, b) => numberOf(a.name) - numberOf(b.name));
  if (next) await app.commands.execute("docmanager:open", { path: next.path });
  else Notification.info(t("This folder has no lesson after {name}.", { name }), { autoClose: 8_000 });
}
