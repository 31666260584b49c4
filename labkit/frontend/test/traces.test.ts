import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Model } from "../src/core/kernel-channel";
import { rangeText, valueText } from "../src/views/traces/column-words";
import type { Column, Focus, Range } from "../src/views/traces/contract";
import { binsIn, binsOf, counted, rangeOf } from "../src/views/traces/histogram-bins";
import { NumberColumns } from "../src/views/traces/number-columns";
import { judgeOf, passes, shownRows, withRange } from "../src/views/traces/selection";
import { TracesSource } from "../src/views/traces/source";
import { thoughtModel } from "../src/views/traces/thought-model";
import python from "./traces.json";

const columns = python.columns as readonly Column[];
const bytesOf = (values: readonly (number | null)[][]): DataView =>
  new DataView(Float32Array.from(values.flatMap((column) => column.map((value) => value ?? NaN))).buffer);
const page = (first: number, count: number) => ({
  first,
  count,
  read: 0,
  done: false,
  skipped: 0,
  failure: "",
});

function numbersOf(values: readonly (number | null)[][] = python.values): NumberColumns {
  const numbers = new NumberColumns(columns);
  const count = values[0]?.length ?? 0;
  numbers.add(page(0, count), bytesOf(values));
  return numbers;
}

describe("Python and the browser", () => {
  test.each(python.shown)("show the same thoughts in the same order: %j", ({ focus, matches, rows }) => {
    expect(shownRows(numbersOf(), focus as Focus, matches ?? undefined)).toEqual(rows);
  });
  test("draw the same bars", () => {
    const numbers = numbersOf();
    const drawn = columns.map((column, i) => {
      const bins = binsOf(column, numbers.values(i));
      return bins ? { ...bins, counts: counted(bins, numbers.values(i)) } : null;
    });
    expect(drawn).toEqual(python.bins);
    expect(judgeOf(numbers)).toBe(python.judge);
  });
  test.each(python.texts)("write the value of column %i, %f, as %s", (column, value, text) => {
    expect(valueText(columns[Number(column)] as Column, Number(value))).toBe(text);
  });
  test.each(python.ranges as unknown as readonly (readonly [number, Range, string])[])(
    "write the filter of column %i, %j, as %s",
    (column, range, text) => {
      expect(rangeText(columns[column] as Column, range)).toBe(text);
    },
  );
});

describe("the numbers", () => {
  test("grow page by page; a page that leaves a gap is not added", () => {
    const numbers = new NumberColumns(columns.slice(0, 2));
    const data = (value: number, count: number) =>
      bytesOf([new Array<number>(count).fill(value), new Array<number>(count).fill(-value)]);
    expect(numbers.add(page(0, 1000), data(1, 1000))).toBe(true);
    expect(numbers.add(page(1001, 5), data(2, 5))).toBe(false);
    expect(numbers.add(page(1000, 500), data(2, 500))).toBe(true);
    expect([numbers.count, numbers.values(0)[999], numbers.values(0)[1000], numbers.values(1)[1499]]).toEqual(
      [1500, 1, 2, -2],
    );
  });
  test("show one of the two lengths, and no column without a value", () => {
    const names = (numbers: NumberColumns) => numbers.shown().map((i) => columns[i]?.name);
    expect(names(numbersOf())).toEqual(["characters", "reward", "correct", "repeats", "finish"]);
    expect(names(numbersOf([[3], [4], [null], [null], [0], [0]]))).toEqual(["tokens", "repeats", "finish"]);
  });
});

describe("a histogram", () => {
  const bins = { low: 0, width: 0.1, count: 11 };
  const tenths = Float32Array.from({ length: 11 }, (_, i) => i / 10);
  test("counts a value on the edge of a bar in that bar, as its filter does", () => {
    expect(counted(bins, tenths)).toEqual(new Array(11).fill(1));
    const range = { column: "reward", low: 0.6, high: 0.7 };
    expect([...tenths].map((value) => passes(value, range)).indexOf(true)).toBe(6);
    expect(passes(tenths[7] ?? NaN, range)).toBe(false);
  });
  test("counts what is infinite at its ends, and the table writes it", () => {
    expect(counted({ ...bins, count: 3 }, Float32Array.of(Infinity, -Infinity, 0.15))).toEqual([1, 1, 1]);
    const reward = columns.find(({ name }) => name === "reward") as Column;
    expect([Infinity, -Infinity].map((value) => valueText(reward, value))).toEqual(["∞", "−∞"]);
  });
});

describe("a filter", () => {
  const [, characters] = columns as [Column, Column];
  const bins = { low: 100, width: 50, count: 10 };
  test("has the edges of its bars; the ends of the histogram stay open", () => {
    expect(rangeOf(characters, bins, 2, 3)).toEqual({ column: "characters", low: 200, high: 300 });
    expect(rangeOf(characters, bins, 0, 3)).toEqual({ column: "characters", low: null, high: 300 });
    expect(rangeOf(characters, bins, 4, 9)).toEqual({ column: "characters", low: 300, high: null });
    expect(rangeOf(characters, bins, 0, 9)).toBeUndefined();
  });
  test.each([
    [2, 3],
    [0, 0],
    [9, 9],
  ])("is found again among the bars: %i to %i", (first, last) => {
    const range = rangeOf(characters, bins, first, last);
    expect(range && binsIn(bins, range)).toEqual([first, last]);
  });
  test("holds its lower end and not its upper end, and no unknown value", () => {
    const range = { column: "reward", low: 1, high: 2 };
    expect([0.9, 1, 1.9, 2, NaN].map((value) => passes(value, range))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });
  test("replaces that of its column alone", () => {
    const [one, other] = [
      { column: "reward", low: 1, high: null },
      { column: "tokens", low: 2, high: null },
    ];
    expect(withRange([one, other], "reward", { ...one, low: 5 })).toEqual([other, { ...one, low: 5 }]);
    expect(withRange([one, other], "reward", undefined)).toEqual([other]);
  });
});

describe("the source", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const NO_FILTER: Focus = { row: null, sort: "number", down: false, ranges: [], search: "", extreme: "" };

  function open() {
    const sent: Record<string, unknown>[] = [];
    const receivers = new Map<string, (...args: never[]) => void>();
    const values: Record<string, unknown> = { scene: { title: "a", columns, expected: 9 }, focus: NO_FILTER };
    const model: Model = {
      get: (name) => values[name],
      set: (name, value) => void (values[name] = value),
      save_changes: () => undefined,
      send: (content) => void sent.push(content as Record<string, unknown>),
      on: (name, receive) => void receivers.set(name, receive),
    };
    const source = new TracesSource(model);
    const reply = async (header: object, bytes?: DataView) => {
      const { id } = sent.at(-1) as { id: number };
      receivers.get("msg:custom")?.(...([{ id, ...header }, bytes ? [bytes] : []] as never[]));
      await vi.advanceTimersByTimeAsync(200);
    };
    return { source, sent, reply };
  }

  test("requests numbers until all are measured, from where it is", async () => {
    const { source, sent, reply } = open();
    expect(sent.map(({ ask, first }) => [ask, first])).toEqual([["numbers", 0]]);
    await reply(page(0, 2), bytesOf(columns.map(() => [1, 2])));
    expect(sent.at(-1)).toMatchObject({ ask: "numbers", first: 2 });
    await reply({ ...page(2, 1), done: true }, bytesOf(columns.map(() => [3])));
    expect([sent.length, source.numbers.count, source.progress.done]).toEqual([2, 3, true]);
  });

  test("requests each text once, and again for another search", async () => {
    const { source, sent, reply } = open();
    await reply({ ...page(0, 2), done: true }, bytesOf(columns.map(() => [1, 2])));
    source.fetchTexts([0, 1]);
    source.fetchTexts([0, 1]);
    expect(sent.at(-1)).toMatchObject({ ask: "texts", rows: [0, 1], search: "" });
    await reply({ texts: [{ row: 0, prompt: "p", answer: "a", match: "" }] });
    expect([sent.length, source.text(0)?.prompt, source.text(1)]).toEqual([2, "p", undefined]);
    source.setFocus({ search: "x" });
    expect(source.text(0)).toBeUndefined();
    expect(sent.at(-1)).toMatchObject({ ask: "search", text: "x", first: 0 });
  });

  test("requests texts again that were refused, when the view draws again", async () => {
    const { source, sent, reply } = open();
    await reply({ ...page(0, 2), done: true }, bytesOf(columns.map(() => [1, 2])));
    let updates = 0;
    source.onUpdate(() => (updates += 1), new AbortController().signal);
    source.fetchTexts([0]);
    await reply({ kind: "refused", error: "The file changed." });
    source.fetchTexts([0]);
    expect([sent.length, updates]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(updates).toBe(1);
    source.fetchTexts([0]);
    expect([sent.length, sent.at(-1)]).toMatchObject([3, { ask: "texts", rows: [0] }]);
  });

  test("answers for the token view of an opened thought", async () => {
    const { source, reply } = open();
    await reply({ ...page(0, 2), done: true }, bytesOf(columns.map(() => [1, 2])));
    const model = thoughtModel(source, { row: 1, place: "", scene: { prompt: "p" }, focus: {} });
    const replies: object[] = [];
    model.on("msg:custom", (header) => replies.push(header));
    model.send({ ask: "columns", id: 7 });
    await vi.advanceTimersByTimeAsync(0); // the model sends after this call
    await reply({ texts: ["a"] });
    await vi.advanceTimersByTimeAsync(10);
    expect([model.get("scene"), ...replies]).toEqual([{ prompt: "p" }, { texts: ["a"], id: 7 }]);
  });

  test("collects the matches of the newest search, and drops those of the one before", async () => {
    const { source, sent, reply } = open();
    await reply({ ...page(0, 2), done: true }, bytesOf(columns.map(() => [1, 2])));
    source.setFocus({ search: "old" });
    source.setFocus({ search: "new" });
    const rows = (...numbers: number[]) => new DataView(Uint32Array.from(numbers).buffer);
    await reply({ first: 0, count: 2, searched: 5, done: false }, rows(1, 3));
    expect(sent.at(-1)).toMatchObject({ ask: "search", text: "new", first: 2 });
    await reply({ first: 2, count: 1, searched: 9, done: true }, rows(7));
    expect(source.matches).toMatchObject({ text: "new", rows: [1, 3, 7], done: true });
    const n = sent.length;
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent.length).toBe(n);
    source.setFocus({ search: "" });
    expect(source.matches).toBeUndefined();
  });
});
