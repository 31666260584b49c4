import { KernelChannel } from "../../core/kernel-channel";
import { savedModel, type DrawSaved } from "../../core/saved-model";
import type { Focus, Scene } from "./contract";
import { catalogView } from "./view";

export const drawSaved: DrawSaved = (host, saved, signal) =>
  catalogView(host, new KernelChannel<Scene, Focus, never>(savedModel(saved)), signal);
