// The models of the page: three that it loads when they are chosen, and a checkpoint from the reader's disk.
export interface ModelCard {
  readonly name: string; // in the link, and of its folder
  readonly title: string;
  readonly about: string;
}

export const MODELS: readonly ModelCard[] = [
  { name: "r1-mini", title: "R1-mini", about: "R1-mini" },
  {
    name: "r1-mini-cold",
    title: "R1-mini's cold start",
    about: "R1-mini's cold start: before reinforcement learning",
  },
  { name: "r1-nano", title: "r1-nano", about: "r1-nano: a quarter of the size, taught by R1-mini" },
];
/** The name of the checkpoint that the reader opens; a link cannot hold its weights. */
export const OWN: ModelCard = {
  name: "own",
  title: "your checkpoint",
  about: "A checkpoint from your disk",
};
export const FIRST = "r1-mini";

/** The card of a model; undefined for another name. */
export function cardOf(name: string): ModelCard | undefined {
  return [...MODELS, OWN].find((card) => card.name === name);
}

/** What the page calls a model. */
export function titleOf(name: string): string {
  return cardOf(name)?.title ?? name;
}
