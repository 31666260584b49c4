// The plugins for JupyterLab, one for each task, so that a failure of one does not affect the others.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { savedPicture } from "./saved-picture";
import { unsaved } from "./unsaved";
import { withoutKernel } from "./without-kernel";

const plugins: readonly JupyterFrontEndPlugin<void>[] = [savedPicture, unsaved, withoutKernel];

export default plugins;
