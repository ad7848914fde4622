// Compile Python sources with the interpreter that will run them: the byte code of one version
// of Python is of no use to another. node compiling.mjs <pyodide> <room>: for each
// <room>/NAME.src.zip, with the path that its files will have in its comment, a NAME.pyc.zip.
import { pathToFileURL } from "node:url";

const [release, room] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${release}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: release });
python.FS.mkdir("/room");
python.FS.mount(python.FS.filesystems.NODEFS, { root: room }, "/room");
python.runPython(`
import importlib.util, pathlib, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

for packed in sorted(pathlib.Path("/room").glob("*.src.zip")):
    made = packed.with_name(packed.name.removesuffix(".src.zip") + ".pyc.zip")
    with zipfile.ZipFile(packed) as sources, zipfile.ZipFile(made, "w") as target:
        home = sources.comment.decode()
        for name in sources.namelist():
            source = sources.read(name)
            try:
                code = compile(source, f"{home}/{name}", "exec", dont_inherit=True)
            except SyntaxError:  # a template, or written for another Python
                continue
            hashed = importlib.util.source_hash(source)
            target.writestr(name, bytes(_code_to_hash_pyc(code, hashed, checked=False)))
`);
