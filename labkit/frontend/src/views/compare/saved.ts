import { savedModel, type DrawSaved } from "../../core/saved-model";
import { CompareSource } from "./source";
import { compareView } from "./view";

export const drawSaved: DrawSaved = (host, saved, signal) =>
  compareView(host, new CompareSource(savedModel(saved)), signal);
