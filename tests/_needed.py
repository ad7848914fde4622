"""Which cells of a page a cell needs: a test that looks at one widget runs no more than those."""

import ast

from pyflakes import checker, messages


def needed(trees, places=(), names=(), given=()):
    """Indices of the cells that must run for those at `places` and for `names`, in their order.

    Parameters
    ----------
    trees : list of ast.Module
        The cells of a page.
    given : collection of str
        Names that are there before the first cell.
    """
    wanted, names = set(places), set(names) - set(given)
    for place in reversed(range(len(trees))):
        read, bound, changed = names_of(trees[place])
        if place in wanted or (bound | changed) & names:
            wanted.add(place)
            names = (names - bound) | (read - set(given))
    return sorted(wanted)


def names_of(tree):
    """The names that a cell needs of those before it, those that it binds, and those it changes."""
    found = checker.Checker(tree)
    read = {m.message_args[0] for m in found.messages if isinstance(m, messages.UndefinedName)}
    (module,) = (scope for scope in found.deadScopes if type(scope) is checker.ModuleScope)
    bound = {name for name, by in module.items() if not isinstance(by, checker.Builtin)}
    parts = (node.value for node in ast.walk(tree) if is_part_set(node))
    return read, bound, {node.id for part in parts for node in ast.walk(part) if is_name(node)}


def is_part_set(node):
    """An element or an attribute that is assigned to."""
    return isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)


def is_name(node):
    return isinstance(node, ast.Name)
