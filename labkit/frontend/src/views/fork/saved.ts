import { savedModel, type DrawSaved } from "../../core/saved-model";
import { ForkSource } from "./source";
import { forkView } from "./view";

export const drawSaved: DrawSaved = (host, saved, signal) =>
  forkView(host, new ForkSource(savedModel(saved)), signal);
