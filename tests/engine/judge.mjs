// Judges answers by the rules of the page, in Node: node judge.mjs FRONTEND < CASES.json > RESULTS.json; see test_rules.py.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [frontend] = process.argv.slice(2);
const { build } = createRequire(join(frontend, "package.json"))("esbuild");
const contents = [
  `export { rewardParts, spelledAnswer } from "./src/play/rules/rewards";`,
  `export { split } from "./src/views/token/draw-steps";`,
].join("\n");
const options = { bundle: true, format: "esm", write: false, charset: "utf8" };
const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: frontend, loader: "ts" } });
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const { rewardParts, spelledAnswer, split } = await import(`data:text/javascript;base64,${code}`);

/** The place of a character as Python counts it. */
const place = (text, index) => Array.from(text.slice(0, index)).length;

const results = JSON.parse(readFileSync(0, "utf8")).map(([text, opened, numbers, target]) => {
  const { answer } = split(text, { opened, open_tag: "<think>", close_tag: "</think>" });
  const parts = rewardParts(text, answer, { numbers, target });
  const plain = parts.map(({ value, span, why }) => [value, place(text, span[0]), place(text, span[1]), why]);
  return [plain, spelledAnswer(text, answer)];
});
process.stdout.write(JSON.stringify(results));
