// The names of steps and other parts of a text, in the language of the page.
import type { Block } from "./contract";
import { t } from "./words";

/** The kind of a step; a step of no special kind is a "step". */
export const kindName = (kind: Block["kind"]): string =>
  ({
    plan: t("plan"),
    try: t("try"),
    check: t("check"),
    back: t("back"),
    end: t("end"),
    other: t("step"),
  })[kind];

/** "step 3", "answer", "tag", "prompt". */
export const partName = ({ role, number }: Pick<Block, "role" | "number">): string =>
  ({
    step: t("step {number}", { number }),
    answer: t("answer"),
    tag: t("tag"),
    prompt: t("prompt"),
  })[role];
