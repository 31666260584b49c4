import { mountWidget } from "../../core/mount-widget";
import { LensSource } from "./source";
import { lensView } from "./view";

export default mountWidget((model) => new LensSource(model), lensView);
