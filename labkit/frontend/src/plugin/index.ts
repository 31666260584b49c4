// The plugins for JupyterLab, one for each task, so that a failure of one does not affect the others.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { savedPicture } from "./saved-picture";
import { unsaved } from "./unsaved";

const plugins: readonly JupyterFrontEndPlugin<void>[] = [savedPicture, unsaved];

export default plugins;
