import { mountWidget } from "../../core/mount-widget";
import { ForkSource } from "./source";
import { forkView } from "./view";

export default mountWidget((model) => new ForkSource(model), forkView);
