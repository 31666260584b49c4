// The plugins for JupyterLab, one for each task, so that a failure of one does not affect the others.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { commands } from "./commands";
import { compare } from "./compare/compare";
import { documents } from "./documents/documents";
import { launcherCards } from "./launcher";
import { playground } from "./playground";
import { savedPicture } from "./saved-picture";
import { settings } from "./settings";
import { sidePanel } from "./side-panel";
import { statusItem } from "./status-bar";
import { unsaved } from "./unsaved";
import { withoutKernel } from "./without-kernel";

const plugins: readonly JupyterFrontEndPlugin<void>[] = [
  settings,
  savedPicture,
  unsaved,
  withoutKernel,
  commands,
  launcherCards,
  sidePanel,
  statusItem,
  documents,
  compare,
  playground,
];

export default plugins;
