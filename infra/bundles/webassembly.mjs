// Runs a Python program on CPython built to WebAssembly: node webassembly.mjs PYODIDE VERSION PROGRAM TREE ARGUMENT...
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, version, program, tree, ...rest] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
// Whoever compiles twice gets the same bytes twice.
const python = await loadPyodide({ indexURL: `${pyodide}/`, env: { PYTHONHASHSEED: "0", HOME: "/" } });
const found = python.runPython("'{}.{}'.format(*__import__('sys').version_info)");
if (found !== version) {
  throw new Error(`This is Python ${found}, and ${version} is wanted.`);
}
python.FS.mkdir("/tree");
python.FS.mount(python.FS.filesystems.NODEFS, { root: tree }, "/tree");
python.globals.set("argv", python.toPy(["program", "/tree", ...rest]));
python.runPython("import sys; sys.argv = list(argv)");
python.runPython(readFileSync(program, "utf-8"));
