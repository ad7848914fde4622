"""Run once in the tab before the kernel starts: packages come when they are first imported."""

import sys
from importlib import invalidate_caches
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import pyodide_js
from pyodide.ffi import can_run_sync, run_sync


class Finder:
    """Asked last, for what nobody has found: loads the package of the site that holds it.

    Parameters
    ----------
    imports : dict of str to str, the package in which a name is
    absent : dict of str to str, the sentence about a name that the site lacks
    """

    def __init__(self, imports, absent):
        self.imports, self.absent = imports, absent

    def find_spec(self, name, path=None, target=None):
        """The module's spec once its package is there, or None."""
        if said := self.absent.get(name.partition(".")[0]):
            return ModuleSpec(name, Lacking(said), is_package=True)
        if name not in self.imports or is_only_asked_for() or not can_run_sync():
            return None
        package = self.imports.pop(name)
        run_sync(pyodide_js.loadPackage(package))
        invalidate_caches()
        return PathFinder.find_spec(name, path, target)


def is_only_asked_for():
    """Whether nibabel looks what else is there: it asks for SciPy, which few formats need."""
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__") != "nibabel.optpkg":
        frame = frame.f_back
    return frame is not None


class Lacking:
    """Makes modules of a package that the site lacks: whatever is called in them says so.

    A page imports at its top what it needs further down; so the cells above still run.
    """

    def __init__(self, said):
        self.said = said

    def create_module(self, spec):
        """A module of which every name is a `Nothing`."""
        module = ModuleType(spec.name)
        module.__getattr__ = lambda name: nothing_of(name, self.said)
        return module

    def exec_module(self, module):
        """There is nothing to run."""


class Nothing:
    """What isn't there: its names neither, and a call says why."""

    def __init__(self, said):
        self.said = said

    def __getattr__(self, name):
        return nothing_of(name, self.said)

    def __call__(self, *_, **__):
        raise ModuleNotFoundError(self.said)


def nothing_of(name, said):
    """A name of what isn't there; Python's own questions are answered by no."""
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing(said)


sys.meta_path.append(Finder(imports, absent))  # noqa: F821 (given where this is run)
