import { mountWidget } from "../../core/mount-widget";
import { KernelSource } from "./kernel-source";
import { tokenView } from "./view";

export default mountWidget((model) => new KernelSource(model), tokenView);
