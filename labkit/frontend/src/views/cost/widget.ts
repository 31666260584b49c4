import { KernelChannel } from "../../core/kernel-channel";
import { mountWidget } from "../../core/mount-widget";
import type { Focus, Scene } from "./contract";
import { costView } from "./view";

export default mountWidget((model) => new KernelChannel<Scene, Focus, never>(model), costView);
