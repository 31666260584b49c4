// Builds a widget bundle of each src/views/NAME/widget.ts, a script of each saved.ts, and the plugin:
// node build.mjs [OUTPUT_ROOT]
// The output does not depend on the folder in which it is built.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2] ?? dirname(here);
/** A style sheet with its imports as one minified text, which a view puts into its shadow root. */
const styleText = async ({ path }) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    charset: "utf8",
    absWorkingDir: here,
  });
  return { contents: outputFiles[0].text.trim(), loader: "text", watchFiles: Object.keys(metafile.inputs) };
};
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  write: false,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [{ name: "css", setup: (bundle) => bundle.onLoad({ filter: /\.css$/ }, styleText) }],
  metafile: true,
};
const checkSize = (name, text, limit) => {
  const kB = Buffer.byteLength(text) / 1000;
  console.log(`${name}: ${kB.toFixed(1)} kB of ${limit}`);
  if (kB > limit) throw new Error(`${name} is over its budget of ${limit} kB`);
};

const views = join(root, "views", "static");
mkdirSync(views, { recursive: true });
for (const name of readdirSync(join(here, "src", "views")).sort()) {
  const entry = `src/views/${name}/widget.ts`;
  if (!existsSync(join(here, entry))) continue; // a view that has only its contract so far
  const out = await build({ ...common, entryPoints: [entry], format: "esm" });
  const text = out.outputFiles[0].text;
  checkSize(`views/static/${name}_view.js`, text, 48);
  const inputs = Object.entries(Object.values(out.metafile.outputs)[0].inputs);
  for (const [path, { bytesInOutput }] of inputs.sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput))
    console.log(`  ${String(bytesInOutput).padStart(6)} ${path}`);
  writeFileSync(join(views, `${name}_view.js`), text);
}

const loader = await build({ ...common, entryPoints: ["src/core/loader.ts"], format: "esm" });
checkSize("views/static/loader.js", loader.outputFiles[0].text, 1);
writeFileSync(join(views, "loader.js"), loader.outputFiles[0].text);

// A script that gives a page the language of a file of locales/, and one that gives it English again.
const words = join(views, "words");
mkdirSync(words, { recursive: true });
const locales = readdirSync(join(here, "locales")).map((file) => file.replace(".json", ""));
for (const name of ["en", ...locales].sort()) {
  const locale = name === "en" ? "undefined" : "locale";
  const contents = [
    ...(name === "en" ? [] : [`import locale from "./locales/${name}.json";`]),
    `import { setLocale } from "./src/core/words";`,
    `setLocale(${locale});`,
  ].join("\n");
  const out = await build({ ...common, stdin: { contents, resolveDir: here, loader: "ts" }, format: "iife" });
  checkSize(`views/static/words/${name}.js`, out.outputFiles[0].text, 90);
  writeFileSync(join(words, `${name}.js`), out.outputFiles[0].text);
}

// A script that draws the saved views of one kind on a page without Jupyter.
const alone = join(views, "saved");
mkdirSync(alone, { recursive: true });
for (const name of readdirSync(join(here, "src", "views")).sort()) {
  if (!existsSync(join(here, `src/views/${name}/saved.ts`))) continue;
  const contents = [
    `import { drawPage } from "./src/saved/page";`,
    `import { drawSaved } from "./src/views/${name}/saved";`,
    `drawPage(${JSON.stringify(name)}, drawSaved);`,
  ].join("\n");
  const out = await build({ ...common, stdin: { contents, resolveDir: here, loader: "ts" }, format: "iife" });
  checkSize(`views/static/saved/${name}.js`, out.outputFiles[0].text, name === "token" ? 73 : 60); // with the cues of the kinds of steps
  writeFileSync(join(alone, `${name}.js`), out.outputFiles[0].text);
}

// The playground: its page, whose panels are loaded when they are opened, its worker and its service worker.
const play = join(root, "site", "play", "scripts");
rmSync(play, { recursive: true, force: true });
mkdirSync(play, { recursive: true });
// The engine is a module of its own: the worker imports it, and so do the tests, in Node.
const engine = {
  name: "engine",
  setup: (bundle) =>
    bundle.onResolve({ filter: /^(\.\.\/)+engine(\/training)?$/ }, ({ path }) => ({
      path: path.endsWith("training") ? "./training.js" : "./engine.js",
      external: true,
    })),
};
const code = (text) => text.split("\n").filter((line) => !/^\s*(\/\/.*|\/\*\*.*\*\/)?$/.test(line)).length;
const files = readdirSync(join(here, "src", "engine")).filter((name) => name.endsWith(".ts")); // its folders are not the model
const sources = files.map((name) => join(here, "src", "engine", name));
const lines = sources.reduce((sum, path) => sum + code(readFileSync(path, "utf8")), 0);
console.log(`src/engine: ${lines} lines of 400, without blank lines and comments`);
if (lines > 400) throw new Error("The engine is a lesson that is read in one sitting: at most 400 lines.");
const playground = await build({
  ...common,
  plugins: [...common.plugins, engine],
  entryPoints: {
    engine: "src/engine/index.ts",
    page: "src/play/page.ts",
    watch: "src/play/guides/watch.ts",
    many: "src/play/guides/many.ts",
    rewards: "src/play/guides/rewards.ts",
    train: "src/play/training/page.ts",
    "train-worker": "src/play/training/worker.ts",
    training: "src/engine/training/index.ts",
    worker: "src/play/worker.ts",
    "attention-data": "src/play/panels/attention-data.ts", // under fixed names, so that tests import them in Node
    "lens-data": "src/play/panels/lens-data.ts",
  },
  outdir: play,
  format: "esm",
  splitting: true,
});
for (const { path, text } of playground.outputFiles) writeFileSync(path, text);
const LIMITS = { "engine.js": 12, "worker.js": 14, "page.js": 60 };
const byPath = (a, b) => (a.path < b.path ? -1 : 1);
for (const { path, text } of playground.outputFiles.sort(byPath))
  checkSize(`site/play/scripts/${basename(path)}`, text, LIMITS[basename(path)] ?? 60);
const serviceWorker = await build({
  ...common,
  entryPoints: ["src/play/service-worker.ts"],
  format: "iife",
});
writeFileSync(join(root, "site", "play", "service-worker.js"), serviceWorker.outputFiles[0].text);

// esbuild makes the modules of the plugin, with style sheets as texts; JupyterLab's builder makes the extension of them.
const modules = join(here, "build");
rmSync(modules, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ["src/plugin/index.ts", "src/plugin/mime.ts"],
  format: "esm",
  splitting: true,
  external: ["@jupyterlab/*", "@lumino/*", "react"], // JupyterLab shares them
  write: true,
  outdir: modules,
});
const builder = fileURLToPath(import.meta.resolve("@jupyter/builder/lib/build-labextension.js"));
const command = [builder, "--core-package-file", "core-package.json", here];
const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: here, encoding: "utf8" });
if (status !== 0) throw new Error(`JupyterLab's builder failed.\n${stdout}${stderr}`);
const built = join(modules, "labextension");
const scripts = readdirSync(join(built, "static")).filter((name) => name.endsWith(".js"));
checkSize(
  "jupyter/labextension",
  Buffer.concat(scripts.map((name) => readFileSync(join(built, "static", name)))),
  480, // all of it; a view is loaded when it is first drawn
);
const plugin = join(root, "jupyter", "labextension");
rmSync(plugin, { recursive: true, force: true });
cpSync(built, plugin, { recursive: true });
