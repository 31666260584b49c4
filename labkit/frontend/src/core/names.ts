// The names of steps and other parts of a text, in the language of the page.
import type { Block } from "./contract";
import { drawable } from "./text";
import { t } from "./words";

/** The short name of the kind of a step; a step of no special kind is a "step", a user's own kind is as it is. */
export function kindName(kind: string): string {
  const names: Readonly<Record<string, string>> = {
    plan: t("plan"),
    try: t("try"),
    check: t("check"),
    back: t("back"),
    end: t("end"),
    other: t("step"),
    problem_setup: t("setup"),
    plan_generation: t("plan"),
    fact_retrieval: t("fact"),
    active_computation: t("compute"),
    uncertainty_management: t("uncertain"),
    result_consolidation: t("result"),
    self_checking: t("check"),
    final_answer_emission: t("answer"),
  };
  return (Object.hasOwn(names, kind) && names[kind]) || drawable(kind);
}

/** "step 3", "answer", "tag", "prompt". */
export const partName = ({ role, number }: Pick<Block, "role" | "number">): string =>
  ({
    step: t("step {number}", { number }),
    answer: t("answer"),
    tag: t("tag"),
    prompt: t("prompt"),
  })[role];
