// "Clean notebook": `labkit course clean` in the kernel of the notebook, so that both do the same.
import { Dialog, showDialog } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import { h } from "../core/dom";
import { t } from "../core/words";
import type { Context } from "./command-actions";
import { evaluate } from "./evaluate";

interface Cleaned {
  readonly removed: readonly string[];
  readonly remaining: readonly string[];
}

/** Saves the notebook in front, cleans its file, and shows the cleaned file. */
export async function cleanNotebook({ tracker }: Context): Promise<void> {
  const panel = tracker?.currentWidget;
  const kernel = panel?.sessionContext.session?.kernel;
  if (!panel || !kernel) throw new Error(t("Cleaning needs the kernel of the notebook: start it first."));
  await panel.context.save();
  const file = JSON.stringify(panel.context.path.split("/").at(-1)); // the kernel works in the notebook's folder
  const data = await evaluate(kernel, `__import__("labkit.course.clean", fromlist=["clean"]).clean(${file})`);
  await panel.context.revert();
  const { removed, remaining } = data["application/json"] as Cleaned;
  const body = new Widget({
    node: h(
      "div",
      {},
      ...list(t("Removed"), removed, t("There was nothing to remove.")),
      ...list(t("Left for you to mend"), remaining, t("The notebook can be committed.")),
    ),
  });
  await showDialog({ title: t("Clean notebook"), body, buttons: [Dialog.okButton({ label: t("Close") })] });
}

function list(title: string, items: readonly string[], none: string): Node[] {
  if (!items.length) return [h("p", {}, none)];
  return [h("h3", {}, title), h("ul", {}, ...items.map((item) => h("li", {}, item)))];
}
