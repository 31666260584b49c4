// What the reader takes along from the playground: Python code, a notebook, and the thought as an HTML file.
import { expect, test } from "vitest";
import { START } from "../src/play/address";
import { fileNameOf, notebookOf, pythonOf, type Origin } from "../src/play/python";
import { filled } from "../src/play/share";
import { freeName } from "../src/plugin/free-name";

const ALONE: Origin = { state: START, rollout: { count: 1, index: 0 } };

test("the Python code names the model, the seed, the rollout and the given tokens", () => {
  expect(pythonOf(ALONE)).toContain("model = labkit.load()\n");
  expect(pythonOf({ ...ALONE, state: { ...START, model: "r1-nano", seed: 7 } })).toMatch(
    /labkit\.load\("r1-nano"\)[^]*temperature=0\.6, seed=7/,
  );
  const rollout = pythonOf({ ...ALONE, rollout: { count: 8, index: 3 } });
  expect(rollout).toContain("n=8");
  expect(rollout).toContain("trace = group[3]");
  const given = pythonOf({ ...ALONE, state: { ...START, prefix: [5, 1350] } });
  expect(given).toContain("    5, 1350,\n");
  expect(pythonOf(ALONE)).not.toContain("given");
});

test("the notebook has a name, a kernel and cells with ids", () => {
  const { cells, nbformat, nbformat_minor } = notebookOf(ALONE);
  expect([nbformat, nbformat_minor]).toEqual([4, 5]);
  expect(new Set(cells.map((cell) => (cell as { id: string }).id)).size).toBe(cells.length);
  expect(fileNameOf(ALONE)).toBe("make-24-from-3-5-9");
});

test("a taken name of a notebook gets a number", () => {
  expect(freeName("a.ipynb", new Set())).toBe("a.ipynb");
  expect(freeName("a.ipynb", new Set(["a.ipynb", "a-2.ipynb"]))).toBe("a-3.ipynb");
});

test("the title of a shared page is text, and a block that names a place is not filled again", () => {
  const page = filled("<title>@TITLE@</title>@BLOCK@", "<script>alert(1)</script>", "<p>@TITLE@ $&</p>");
  expect(page).toBe("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><p>@TITLE@ $&</p>");
});
