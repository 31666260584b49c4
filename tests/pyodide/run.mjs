// Runs a Python file in Pyodide under Node: `node run.mjs PYODIDE SITE ROOT FILE`.
//   PYODIDE  the folder of npm's package `pyodide`
//   SITE     a folder of pure packages and of wheels for Pyodide, unpacked
//   ROOT     the repository, which is mounted where it lies
//   FILE     the Python file
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, site, root, file] = process.argv.slice(2);
const began = performance.now();
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ indexURL: `${folder}/`, stdout: (line) => console.log(line) });
const started = performance.now();
for (const [name, real] of [["/site", site], ["/labkit", root]]) {
  pyodide.FS.mkdirTree(name);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: real }, name);
}
pyodide.runPython("import sys; sys.path[:0] = ['/labkit', '/site']; sys.dont_write_bytecode = True");
pyodide.globals.set("__name__", "__main__");
pyodide.runPython(readFileSync(file, "utf8"), { filename: file });
const seconds = (from, to) => ((to - from) / 1000).toFixed(1);
console.error(`Pyodide ${pyodide.version} started in ${seconds(began, started)} s, ran in ${seconds(started, performance.now())} s`);
