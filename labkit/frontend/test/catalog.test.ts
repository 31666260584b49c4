import { describe, expect, test } from "vitest";
import type { Entry, Focus } from "../src/views/catalog/contract";
import { count, matches, ordered, size } from "../src/views/catalog/draw";
import { python } from "./python";

const entry = (name: string, change: Partial<Entry> = {}): Entry => ({
  name,
  group: "",
  hub: "",
  base: "",
  load: "",
  family: "",
  parameters: 1e9,
  bits: 16,
  active: null,
  context: null,
  kv: null,
  sizes: {},
  licence: null,
  shape: "",
  date: "",
  mark: "",
  kind: "",
  thought: "",
  sampling: "",
  note: "",
  unverified: [],
  source: "",
  ...change,
});
const focus = (change: Partial<Focus>): Focus => ({
  sort: "name",
  down: false,
  precision: "bf16",
  open: "",
  ...change,
});
const names = (entries: readonly Entry[]) => entries.map((e) => e.name).join("");

test.each(python.sizes)("%i is written as in Python", (n, bytes, parameters) => {
  expect([size(n), count(n)]).toEqual([bytes, parameters]);
});

describe("the rows", () => {
  const entries = [
    entry("b", { context: 8192, mark: "<think>", kind: "token" }),
    entry("c"),
    entry("a", { context: 4096, sizes: { int4: { weights: 5, fits: true, said: "", why: "" } } }),
    entry("d", { context: 8192 }),
  ];
  test("keep the order of the file by name, and turn around", () => {
    expect([names(ordered(entries, focus({}))), names(ordered(entries, focus({ down: true })))]).toEqual([
      "bcad",
      "dacb",
    ]);
  });
  test("are sorted by a figure; unknown values come last in both directions, and equal ones keep their order", () => {
    expect(names(ordered(entries, focus({ sort: "context" })))).toBe("abdc");
    expect(names(ordered(entries, focus({ sort: "context", down: true })))).toBe("bdac");
  });
  test("are sorted by the weights of the chosen precision, and by text", () => {
    expect(names(ordered(entries, focus({ sort: "weights", precision: "int4" })))).toBe("abcd");
    expect(names(ordered(entries, focus({ sort: "thought" })))).toBe("bcad");
  });
  test("are not changed in place", () => {
    ordered(entries, focus({ sort: "context" }));
    expect(names(entries)).toBe("bcad");
  });
});

test("a search finds the rows that have every word of it somewhere", () => {
  const rows = [
    entry("qwen3-8b", { group: "Qwen", licence: "Apache-2.0" }),
    entry("gemma-4-31b", { group: "Nvidia and Google", mark: "<|channel>thought" }),
  ];
  const matching = (search: string) => names(rows.filter((row) => matches(row, search)));
  expect(matching("")).toBe("qwen3-8bgemma-4-31b");
  expect(matching("QWEN apache")).toBe("qwen3-8b");
  expect(matching("channel google ")).toBe("gemma-4-31b");
  expect(matching("qwen google")).toBe("");
});
