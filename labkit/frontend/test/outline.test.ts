import { describe, expect, test } from "vitest";
import { sectionsOf, sectionStarts } from "../src/views/token/sections";
import { readTrace, TraceSource } from "../src/views/token/trace-source";
import { python } from "./python";

describe("a thought has the sections that Python makes", () => {
  const complete = Object.entries(python.thoughts).filter(([, { outline }]) => outline);
  test.each(complete)("%s", (_, { trace, outline }) => {
    const sections = sectionsOf(new TraceSource(readTrace(trace)).columns.blocks);
    expect(sections.map((s) => [s.title, s.steps.length, s.tokens, s.isChecked])).toEqual(outline);
  });
  test("sections begin at the same kinds of steps", () => {
    for (const [kinds, limit, starts] of python.sections)
      expect(sectionStarts(kinds, limit), kinds.join(" ")).toEqual(starts);
  });
});

describe("sections", () => {
  const block = (number: number, kind: "plan" | "try" | "back" | "check" | "end") =>
    ({
      role: "step",
      first: 2 * number,
      last: 2 * number + 2,
      number,
      kind,
      gist: `${number} ${kind}`,
    }) as const;
  test("successive plans and returns begin one section, which has the title of the last", () => {
    const blocks = [block(1, "plan"), block(2, "try"), block(3, "back"), block(4, "plan"), block(5, "check")];
    expect(sectionsOf(blocks).map(({ title, steps }) => [title, steps.length])).toEqual([
      ["1 plan", 2],
      ["4 plan", 3],
    ]);
  });
  test("a conclusion may follow the check that ends a section", () => {
    const ends = (...kinds: ("try" | "check" | "end")[]) =>
      sectionsOf(kinds.map((kind, i) => block(i + 1, kind)))[0]?.isChecked;
    expect([ends("try", "check", "end"), ends("check", "try"), ends("end")]).toEqual([true, false, false]);
  });
  test("a growing thought of 20,000 steps is divided in a fraction of a second", () => {
    const kinds = Array.from({ length: 20_000 }, (_, i) => (i % 2 ? "try" : "back"));
    expect(sectionStarts(kinds).length).toBeLessThanOrEqual(24);
  }, 2_000);
});
