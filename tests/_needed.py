"""Which cells of a page a cell needs: a test that looks at one widget runs no more than those."""

import ast


def needed(sources, places):
    """Indices of the cells that must run for those at `places`, in their order."""
    wanted, names = set(), set()
    for place in range(max(places), -1, -1):
        tree = ast.parse(sources[place])
        if place in places or made_in(tree) & names:
            wanted.add(place)
            names = (names - bound_first(tree)) | read_in(tree)
    return sorted(wanted)


def made_in(tree):
    """The names that a cell binds, or whose parts it changes."""
    made = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            made |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            made |= names_in(node)
    return made


def read_in(tree):
    """The names that a cell needs of those before it."""
    read, bound = set(), set()
    for statement in tree.body:
        read |= names_in(statement, ast.Load) - bound
        bound |= bound_by(statement)
    return read


def bound_first(tree):
    """The names that a cell binds anew: what they were before no longer counts."""
    return set().union(*map(bound_by, tree.body)) - read_in(tree)


def bound_by(statement):
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef):
        return made_in(ast.Module([statement], []))
    if isinstance(statement, ast.Assign | ast.For | ast.With):
        return {node.id for node in ast.walk(statement) if is_name(node, ast.Store)}
    return set()


def names_in(tree, kind=ast.expr_context):
    return {node.id for node in ast.walk(tree) if is_name(node, kind)}


def is_name(node, kind):
    return isinstance(node, ast.Name) and isinstance(node.ctx, kind)
