"""JupyterLab without what no page here can use: diagrams by Mermaid, and charts by Vega."""

import re
from pathlib import Path

#: By the extension that asks for them: words that stand in its chunks alone.
UNUSED = {
    "@jupyterlab/mermaid-extension": ("mermaidAPI",),
    "@jupyterlab/vega5-extension": ("vega-bind-name", "group-subtitle"),
}
#: Where everything begins.
_ROOTS = ("bundle", "jlab_core")


def trim(build: Path) -> list[str]:
    """Remove the chunks that only unused extensions ask for; those are to be disabled.

    Parameters
    ----------
    build : Path
        The folder with JupyterLab's scripts.

    Returns
    -------
    list of str, the extensions

    Raises
    ------
    ValueError
        Where an extension's chunks aren't found: another JupyterLab names them otherwise.
    """
    chunks = {path: path.read_text("utf-8") for path in build.rglob("*.js")}
    unwanted = set()
    for words in UNUSED.values():
        for word in words:
            found = {path for path, text in chunks.items() if word in text and not _is_root(path)}
            if not found:
                message = f"no script of JupyterLab holds {word!r}: see docs/site/trimming.py"
                raise ValueError(message)
            unwanted |= found
    for path in _reached(chunks, set()) - _reached(chunks, unwanted):
        path.unlink()
        path.with_name(f"{path.name}.LICENSE.txt").unlink(missing_ok=True)
    # Each is there as WOFF2 besides, which every browser takes that runs WebAssembly.
    for path in build.glob("*"):
        twin = path.suffix == ".woff" and path.with_suffix(".woff2").exists()
        if twin or path.suffix in (".eot", ".svg", ".ttf"):
            path.unlink()
    return list(UNUSED)


def _is_root(path: Path) -> bool:
    return path.name.startswith(_ROOTS)


def _reached(chunks: dict[Path, str], without: set[Path]) -> set[Path]:
    """The chunks that are asked for from where everything begins, and not only by others."""
    numbered = {path.name.partition(".")[0]: path for path in chunks}
    found: set[Path] = set()
    waiting = [path for path in chunks if _is_root(path)]
    while waiting:
        path = waiting.pop()
        if path in found or path in without:
            continue
        found.add(path)
        asked = re.findall(r"\.e\((\d+)\)", chunks[path])
        waiting += [numbered[number] for number in asked if number in numbered]
    return found
