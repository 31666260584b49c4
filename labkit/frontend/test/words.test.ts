import { afterEach, describe, expect, test } from "vitest";
import de from "../locales/de.json";
import { fromPython, t, tn, tParts, whole } from "../src/core/words";
import { wordsOf, wordsOfSource } from "./words";

const german: Record<string, string> = de.views;
const python: Record<string, string> = de.python;
const { keys, misused, untranslated } = wordsOfSource();
// In English: the playground and its engine; code, icons and file types of the plugin, which JupyterLab reads at its start.
const ENGLISH = /^(engine|play)\/|^plugin\/(documents\/|mime\.|icons\.|session-client\.|command-actions\.)/;
const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe("the German table", () => {
  test("has each sentence of the source", () => {
    const missing = keys.filter(({ text }) => !german[text]);
    expect(Object.fromEntries(missing.map(({ text, where }) => [text, where]))).toEqual({});
  });
  test("has no sentence that the source lacks", () => {
    const used = new Set(keys.map(({ text }) => text).concat(","));
    expect(Object.keys(german).filter((key) => !used.has(key))).toEqual([]);
  });
  test.each(Object.entries({ ...german, ...python }))("has the same places for values: %s", (key, words) => {
    expect(places(words)).toEqual(places(key));
    expect(words).not.toBe("");
  });
});

describe("the source", () => {
  test("passes literals to the translation, at the time when a view is drawn", () => {
    expect(misused).toEqual([]);
  });
  test("shows no text that is not translated", () => {
    expect(
      untranslated.filter(({ where }) => !ENGLISH.test(where)).map(({ text, where }) => `${where}: ${text}`),
    ).toEqual([]);
  });
});

describe("the reading of a source", () => {
  test.each([
    ['h("b", {}, "Answer")', "Answer"],
    ['h("b", {}, open ? t("Answer") : "None here")', "None here"],
    ['h("b", { title: `Step ${n}` })', "Step "],
    ['element.setAttribute("aria-label", "Prompt")', "Prompt"],
    ['element.textContent = "Copied"', "Copied"],
    ['const HINT = "Click a token.";', "Click a token."],
    ['ctx.fillText("after", 0, 0)', "after"],
    ['throw new Error("Broken.")', "Broken."],
    ['h("b", {}, t("{n} of {all}", { n: "none", all }))', "none"],
  ])("finds a text that a reader would see: %s", (source, text) => {
    expect(wordsOf("a.ts", source).untranslated.map((one) => one.text)).toEqual([text]);
  });
  test.each([
    'h("b", { class: "big red" }, "→", t("Answer"))',
    'element.setAttribute("aria-checked", "true")',
    'if (kind === "of a kind") focus({ kind: "other" })',
    "element.style.transform = `translate(${x}px, ${y}px)`",
  ])("leaves out what no reader sees: %s", (source) => {
    expect(wordsOf("a.ts", source).untranslated).toEqual([]);
  });
  test("finds a sentence that is made at the start, or at run time", () => {
    expect(wordsOf("a.ts", 'const A = t("A");').misused).toHaveLength(1);
    expect(wordsOf("a.ts", "const f = () => t(`a ${b}`);").misused).toHaveLength(1);
    expect(wordsOf("a.ts", 'class A { b = t("A"); static c = tn("a", "b", 2); }').misused).toHaveLength(1);
  });
});

describe("a translation", () => {
  const page = globalThis as { [key: symbol]: unknown };
  const TABLE = Symbol.for("labkit.words");
  const words = (table: Record<string, string>) => (page[TABLE] = new Map(Object.entries(table)));
  afterEach(() => (page[TABLE] = undefined));

  test("is English without a table, or without the sentence", () => {
    expect(t("step {n} of {all}", { n: 3, all: "{n}" })).toBe("step 3 of {n}");
    words({ other: "anders" });
    expect(t("step {n}", { n: 3 })).toBe("step 3");
    expect(fromPython("came to its end")).toBe("came to its end");
  });
  test("may move its values, and reads none of them as a sentence", () => {
    words({ "{a} after {b}": "nach {b} kommt {a}", hostile: "feindlich" });
    expect(t("{a} after {b}", { a: "hostile", b: "$& {a}" })).toBe("nach $& {a} kommt hostile");
    expect(tParts("{a} after {b}", { a: 1, b: 2 })).toEqual(["nach ", 2, " kommt ", 1, ""]);
  });
  test("counts things", () => {
    expect([0, 1, 2000].map((n) => tn("{n} token", "{n} tokens", n))).toEqual([
      "0 tokens",
      "1 token",
      "2,000 tokens",
    ]);
    words({ ",": "\u202f", "{n} tokens": "{n} Token" });
    expect(tn("{n} token", "{n} tokens", 12_345)).toBe("12\u202f345 Token");
    expect(whole(1234.5)).toBe("1\u202f234.5");
  });
  test("of a text from Python is exact, or by a pattern, part by part", () => {
    const german = {
      "": "de",
      ",": "\u202f",
      "~{n} tokens, {end}": "{n} Token, {end}",
      "cut off": "abgeschnitten",
    };
    words({ ...german, "~(a+) {x}": "{x}!" });
    expect(fromPython("1,234 tokens, cut off")).toBe("1\u202f234 Token, abgeschnitten");
    expect(fromPython("12 tokens, a, cut\noff")).toBe("12 Token, a, cut\noff");
    expect(fromPython("(a+) b")).toBe("b!");
    expect(fromPython("aa b")).toBe("aa b");
    expect(fromPython("")).toBe("");
  });
});
