import { KernelChannel } from "../../core/kernel-channel";
import { mountWidget } from "../../core/mount-widget";
import type { Focus, Scene } from "./contract";
import { catalogView } from "./view";

export default mountWidget((model) => new KernelChannel<Scene, Focus, never>(model), catalogView);
