import { mountWidget } from "../../core/mount-widget";
import { RewardSource } from "./source";
import { rewardView } from "./view";

export default mountWidget((model) => new RewardSource(model), rewardView);
