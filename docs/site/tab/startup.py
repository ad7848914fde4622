"""Run once in the tab before the kernel starts: packages come when they are first imported."""

import sys
from importlib import invalidate_caches
from importlib.machinery import PathFinder

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
        if name in self.absent:
            raise ModuleNotFoundError(self.absent[name], name=name)
        package = self.imports.pop(name, None)
        if package is None or not can_run_sync():
            return None
        run_sync(pyodide_js.loadPackage(package))
        invalidate_caches()
        return PathFinder.find_spec(name, path, target)


sys.meta_path.append(Finder(imports, absent))  # noqa: F821 (given where this is run)
