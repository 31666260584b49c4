import { mountWidget } from "../../core/mount-widget";
import { TrainingSource } from "./source";
import { trainingView } from "./view";

export default mountWidget((model) => new TrainingSource(model), trainingView);
