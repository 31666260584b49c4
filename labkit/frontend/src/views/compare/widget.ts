import { mountWidget } from "../../core/mount-widget";
import { CompareSource } from "./source";
import { compareView } from "./view";

export default mountWidget((model) => new CompareSource(model), compareView);
