"""A cell that runs again closes the views that it made before.

Nobody can reach such a view any more: its output is gone from the page, and its name means the new
one. But IPython keeps it in ``Out``, ipywidgets in its list of open widgets, and so does the page,
each with all of its voxels. The front end names the cell in every request to run it
(``metadata["cellId"]``, in JupyterLab and Notebook 7). Where it doesn't, nothing is closed.

A view stays where somebody still could look at it: shown by another cell, named by a variable,
in a list or a dict that a variable names, or in somebody's box.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import ipywidgets
from IPython import get_ipython

# The public name of the same list warns of its own end, and has no successor.
from ipywidgets.widgets.widget import _instances as _OPEN

_MADE: dict[str, list[tuple[str, weakref.ref]]] = {}
_SHOWN_BY: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()
_WATCHED: weakref.WeakSet = weakref.WeakSet()
#: What IPython itself names: the last results and inputs.
_OF_IPYTHON = re.compile(r"_+|_\d+|_i+|_i\d+|_[iod]h|In|Out")
#: How far a variable is followed, and how many things in one container.
_DEPTH, _MANY = 3, 1000


class Run(NamedTuple):
    """One run of a cell: the cell, and the request that ran it."""

    cell: str
    request: str


def remember(view: Any) -> None:
    """Note which cell has made a view."""
    run = _running()
    if run is None:
        return
    _MADE.setdefault(run.cell, []).append((run.request, weakref.ref(view)))
    shell = get_ipython()
    if shell not in _WATCHED:
        _WATCHED.add(shell)
        # After the run, not before: the new views share voxels with the old ones.
        shell.events.register("post_run_cell", _close_replaced)


def note_shown(view: Any) -> None:
    """Note which cell shows a view."""
    run = _running()
    _SHOWN_BY.setdefault(view, set()).add("" if run is None else run.cell)


def _running() -> Run | None:
    """The run that is under way, or None where no front end names its cells."""
    shell = get_ipython()
    if not hasattr(shell, "get_parent"):
        return None
    parent = shell.get_parent() or {}
    cell = parent.get("metadata", {}).get("cellId")
    return Run(cell, parent["header"]["msg_id"]) if cell else None


def _close_replaced(_: Any = None) -> None:
    """Close what earlier runs of the cell have made, where nobody can reach it any more."""
    run = _running()
    if run is None or run.cell not in _MADE:
        return
    kept = []
    for request, reference in _MADE.pop(run.cell):
        view = reference()
        if view is None or view.comm is None:
            continue
        if request == run.request or _is_reachable(view, run.cell):
            kept.append((request, reference))
        else:
            getattr(view, "forget", view.close)()
    if kept:
        _MADE[run.cell] = kept


def _is_reachable(view: Any, cell: str) -> bool:
    """Whether another cell shows a view, or a variable or somebody's box holds it."""
    if _SHOWN_BY.get(view, set()) - {cell}:
        return True
    own = {id(widget): widget for widget in _tree(getattr(view, "box", None) or view)}
    return _is_in_a_box(own) or _is_named(own, get_ipython().user_ns)


def _tree(widget: Any) -> Iterator[Any]:
    """A widget, and all that stands inside of it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _tree(child)


def _is_in_a_box(own: dict[int, Any]) -> bool:
    boxes = [one for one in _OPEN.values() if isinstance(one, ipywidgets.Box)]
    return any(id(child) in own for box in boxes if id(box) not in own for child in box.children)


def _is_named(own: dict[int, Any], namespace: dict[str, Any]) -> bool:
    names = [name for name in namespace if not _OF_IPYTHON.fullmatch(name)]
    return any(_holds(namespace[name], own, _DEPTH) for name in names)


def _holds(thing: Any, own: dict[int, Any], depth: int) -> bool:
    """Whether a thing is one of these widgets, or holds one."""
    if id(thing) in own:
        return True
    return depth > 0 and any(_holds(one, own, depth - 1) for one in _inside(thing))


def _inside(thing: Any) -> list:
    """What a container of a few things holds, or an object of somebody's own class."""
    if isinstance(thing, dict):
        return list(thing.values()) if len(thing) <= _MANY else []
    if isinstance(thing, (list, tuple, set)):
        return list(thing) if len(thing) <= _MANY else []
    own_class = type(thing).__module__ == "__main__" and hasattr(thing, "__dict__")
    return list(vars(thing).values()) if own_class else []
