import { savedModel, type DrawSaved } from "../../core/saved-model";
import { RewardSource } from "./source";
import { rewardView } from "./view";

export const drawSaved: DrawSaved = (host, saved, signal) =>
  rewardView(host, new RewardSource(savedModel(saved)), signal);
