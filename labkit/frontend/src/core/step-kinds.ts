// The colours of the kinds of steps, as in labkit/views/core/kind_colors.py; step-kinds.css has their values.

/** The colours of a user's own kinds. */
const OWN = ["plan", "check", "back", "end", "green", "magenta", "olive", "cyan"] as const;

type Color = (typeof OWN)[number] | "plain";

/** The colours of labkit's kinds and of the categories of Thought Anchors. */
const KNOWN: ReadonlyMap<string, Color> = new Map([
  ["plan", "plan"],
  ["try", "plain"],
  ["check", "check"],
  ["back", "back"],
  ["end", "end"],
  ["other", "plain"],
  ["problem_setup", "olive"],
  ["plan_generation", "plan"],
  ["fact_retrieval", "green"],
  ["active_computation", "plain"],
  ["uncertainty_management", "back"],
  ["result_consolidation", "magenta"],
  ["self_checking", "check"],
  ["final_answer_emission", "end"],
]);

/** The name of the colour of a kind; a kind that labkit does not know has one of eight, by its letters. */
export function kindColor(kind: string): Color {
  let sum = 0;
  for (const c of kind) sum += c.codePointAt(0) ?? 0;
  return KNOWN.get(kind) ?? OWN[sum % OWN.length] ?? "plain";
}
