"""The pages of the API reference, made of the one list of what is public: `ctkit/__init__.pyi`."""

import ast
import inspect
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

import ctkit

#: The pages in their order: the rooms of the package that stand on them.
GROUPS = {
    "volume": ("The volume", ("volume",)),
    "files": ("A scan in, a scan out", ("files",)),
    "numbers": ("HU and windows", ("hounsfield", "windowing")),
    "operations": ("Operations", ("operations",)),
    "figures": ("Figures", ("figures",)),
    "widgets": ("Viewers", ("widgets",)),
    "exercises": ("Exercises", ("exercises",)),
    "modules": ("Modules", ()),
    "errors": ("Errors, and what is missing", ("errors", "doctor")),
}
#: Rooms whose names are public as a whole, by what stands in their `__all__`.
MODULES = ("dataset", "dataset.steps", "geometry", "phantom", "samples", "figures")


def write(folder):
    """Write a page a group, and the list of them, into a folder of sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, rooms) in GROUPS.items():
        parts = [_entry("ctkit", one) for one, room in public() if room in rooms]
        if name == "modules":
            parts = [part for module in MODULES for part in _module(module)]
        text = "\n".join(parts)
        (folder / f"{name}.md").write_text(f"# {title}\n\n{text}", encoding="utf-8")
    names = "\n".join(GROUPS)
    (folder / "index.md").write_text(
        f"# Reference\n\nEvery public name, from its docstring.\n\n```{{toctree}}\n{names}\n```\n",
        encoding="utf-8",
    )


def public():
    """(name, room) of each public name of the package that is no module."""
    for node in _imports():
        name = node.names[0].name
        if not inspect.ismodule(getattr(ctkit, name)):
            yield name, node.module.split(".")[0]


def _imports():
    """The lines of the stub that name something in a module."""
    tree = ast.parse(Path(ctkit.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]


def _module(name):
    """A heading, and an entry for each name that the module has and `ctkit` itself has not."""
    module = ctkit
    for part in name.split("."):
        module = getattr(module, part)
    yield f"## ctkit.{name}\n"
    for one in sorted(module.__all__):
        thing = getattr(module, one)
        if not inspect.ismodule(thing) and not hasattr(ctkit, one):
            yield _entry(f"ctkit.{name}", one)


def _entry(module, name):
    """What Sphinx is told of one name."""
    holder = ctkit
    for part in module.split(".")[1:]:
        holder = getattr(holder, part)
    thing = getattr(holder, name)
    if inspect.isclass(thing):
        kind = "autoexception" if issubclass(thing, Exception) else "autoclass"
    else:
        kind = "autofunction" if callable(thing) else "py:data"
    lines = [f".. {kind}:: {module}.{name}"]
    if kind == "autoclass":
        # What matplotlib makes of a class of ours has no docstring of ours.
        lines += ["   :members:", "   :exclude-members: set"]
    if kind == "py:data":
        lines = [f".. py:data:: {name}", f"   :module: {module}"]
        if isinstance(thing, int | float):
            lines.append(f"   :value: {thing}")
        lines += ["", *(f"   {line}" for line in _said_of(module, name))]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def _said_of(module, name):
    """The comment above a value, where it is defined."""
    if module == "ctkit":
        module = next(node.module for node in _imports() if node.names[0].name == name)
        module = f"ctkit.{module}"
    return ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name), [])
