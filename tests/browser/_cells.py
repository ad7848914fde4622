"""What one cell of a page shows, from the cells that it needs and no others."""

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _pages
from _needed import needed


def made(number, call, **given):
    """What a cell shows: the last value of the cell of a page that holds this piece of code.

    The names in `given` are not made by cells of the page.
    """
    trees = _trees(number)
    place = next(i for i, (source, _) in enumerate(trees) if call in source)
    cells = [tree for _, tree in trees[: place + 1]]
    kept = needed(cells, places=[place], given=given)
    shown = cells[place].body.pop()
    names = _run(number, [cells[i] for i in kept], given)
    return eval(compile(ast.Expression(shown.value), f"page {number}", "eval"), names)


def named(number, *wanted, **given):
    """The values of names, by the cells of a page that make them."""
    cells = [tree for _, tree in _trees(number)]
    kept = needed(cells, names=wanted, given=given)
    names = _run(number, [cells[i] for i in kept], given)
    return [names[name] for name in wanted]


def _trees(number):
    """Source and syntax tree of each cell of code."""
    sources = [cell.source for cell in _pages.cells(number) if cell.cell_type == "code"]
    return [(source, ast.parse(source)) for source in sources]


def _run(number, cells, given):
    """The names there are after some cells ran."""
    names = {"__name__": f"page {number}", **given}
    for tree in cells:
        exec(compile(tree, names["__name__"], "exec"), names)
    return names
