"""Small changes of a function's source, one at a time: wrong answers that nobody thought of."""

import ast
import copy
import inspect
import textwrap

SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.MatMult: ast.Mult,
}  # fmt: skip
RENAMED = {
    "min": "max", "max": "min", "floor": "ceil", "ceil": "floor", "round": "trunc", "rint": "trunc",
    "any": "all", "all": "any", "argmin": "argmax", "argmax": "argmin", "mean": "median",
    "sum": "mean", "minimum": "maximum", "maximum": "minimum",
}  # fmt: skip


def changes(node):  # noqa: C901
    """(what it is, how to change it in place) of one node."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in SWAPPED:
        yield "operator", lambda one: setattr(one, "op", SWAPPED[type(one.op)]())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield "sides", lambda one: one.__dict__.update(left=one.right, right=one.left)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield "comparison", lambda one: one.ops.__setitem__(0, SWAPPED[type(one.ops[0])]())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "one more", lambda one: setattr(one, "value", one.value + 1)
        yield "one less", lambda one: setattr(one, "value", one.value - 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "bool", lambda one: setattr(one, "value", not one.value)
    if isinstance(node, ast.Attribute) and node.attr in RENAMED:
        yield "function", lambda one: setattr(one, "attr", RENAMED[one.attr])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RENAMED:
        yield "function", lambda one: setattr(one.func, "id", RENAMED[one.func.id])
    if isinstance(node, ast.Tuple) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
        yield "order", lambda one: one.elts.reverse()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield "sign", lambda one: setattr(one, "op", ast.UAdd())


def mutants(function):
    """(what was changed, the changed function) for each small change of a function."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    tree.body[0].decorator_list = []
    places = [
        (place, number)
        for place, node in enumerate(ast.walk(tree))
        for number, _ in enumerate(changes(node))
    ]
    for place, number in places:
        changed = copy.deepcopy(tree)
        node = list(ast.walk(changed))[place]
        before = ast.unparse(node)
        kind, change = list(changes(node))[number]
        change(node)
        space = dict(function.__globals__)
        words = f"{kind}: {before} -> {ast.unparse(node)}"
        exec(compile(ast.fix_missing_locations(changed), f"<{words}>", "exec"), space)
        yield words, space[function.__name__]
