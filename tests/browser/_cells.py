"""What one cell of a page shows, from the cells that it needs and no others."""

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _pages


def made(number, call, **given):
    """What a cell shows: the last value of the cell of a page that holds this piece of code.

    The names in `given` are not made by cells of the page.
    """
    trees = _trees(number)
    place = next(i for i, (source, _) in enumerate(trees) if call in source)
    last = trees[place][1]
    shown = last.body.pop()
    wanted = _reads(last) | _reads(shown)
    names = _run(number, [tree for _, tree in trees[:place]], wanted, given)
    exec(compile(last, f"page {number}", "exec"), names)
    return eval(compile(ast.Expression(shown.value), f"page {number}", "eval"), names)


def named(number, *wanted, **given):
    """The values of names, by the cells of a page that make them."""
    names = _run(number, [tree for _, tree in _trees(number)], set(wanted), given)
    return [names[name] for name in wanted]


def _trees(number):
    """Source and syntax tree of each cell of code."""
    sources = [cell.source for cell in _pages.cells(number) if cell.cell_type == "code"]
    return [(source, ast.parse(source)) for source in sources]


def _run(number, trees, wanted, given):
    """Run those of some cells that make the wanted names, and what these need in turn."""
    kept, wanted = [], wanted - set(given)
    for tree in reversed(trees):
        if made_here := _makes(tree) & wanted:
            kept.insert(0, tree)
            wanted = (wanted - made_here) | (_reads(tree) - set(given))
    names = {"__name__": f"page {number}", **given}
    for tree in kept:
        exec(compile(tree, names["__name__"], "exec"), names)
    return names


def _makes(tree):
    """The names that a cell binds."""
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_bound(n)}
    found |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def _reads(tree):
    """The names that a cell needs from cells before it: read before they are bound in it."""
    found, bound = set(), set()
    for statement in getattr(tree, "body", [tree]):
        inside = {n.arg for n in ast.walk(statement) if isinstance(n, ast.arg)}
        for node in ast.walk(statement):
            if isinstance(node, (ast.comprehension, ast.For)):
                inside |= _makes(node.target)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                found |= {node.target.id} - bound
        if isinstance(statement, (ast.FunctionDef, ast.With, ast.For, ast.Try)):
            inside |= _makes(statement)
        used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and not _is_bound(n)}
        found |= used - bound - inside
        bound |= _makes(statement)
    return found


def _is_bound(name):
    return isinstance(name.ctx, ast.Store)
