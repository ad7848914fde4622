"""Imports point down the floors of the package, and nothing below loads Jupyter."""

import ast
import graphlib
import json
import subprocess
import sys

import pytest

# The rooms from the ground up: folders, and for what stands at the top of the package its files.
# A room may import its own floor and those below. A new file in a folder needs no entry here.
FLOORS = (
    (
        "numbers",
        (
            "errors",
            "arguments",
            "hounsfield",
            "windowing",
            "geometry",
            "overlay",
            "html",
            "threads",
        ),
    ),
    ("volume", ("volume",)),
    ("operations and files", ("operations", "phantom", "files")),
    ("what people see", ("figures", "widgets", "doctor")),
)
PEOPLE = 3
NOT_BELOW_PEOPLE = {"matplotlib", "ipywidgets", "anywidget", "IPython", "ipykernel", "ipympl"}


def floor_of(module):
    """The number of the floor that a dotted name, without "ctkit.", lives on."""
    room = module.partition(".")[0]
    for number, (_, rooms) in enumerate(FLOORS):
        if room in rooms:
            return number
    message = f"ctkit.{module} is on no floor: put its room on one in FLOORS"
    raise LookupError(message)


def imports(source, module, package):
    """Dotted names that a module imports, at its top or in its functions, relative or not."""
    # `from . import x` in ctkit/widgets/state.py is ctkit.widgets.x.
    parts = ["ctkit", *module.split(".")] if module else ["ctkit"]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - (1 if package else 0)
            base = parts[: len(parts) - up] if node.level else []
            name = ".".join([*base, *filter(None, [node.module])])
            if node.module:
                yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def modules(root):
    """{dotted name: set of the dotted names that it imports}, all of the package's files."""
    found = {}
    for path in sorted((root / "ctkit").rglob("*.py")):
        parts = path.relative_to(root / "ctkit").with_suffix("").parts
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        found[name] = set(imports(path.read_text(), name, package))
    return found


def inner(names, modules):
    """Those of the imported names that are modules of ctkit itself."""
    stripped = {name.removeprefix("ctkit.") for name in names if name.startswith("ctkit.")}
    return {name for name in stripped if name in modules}


def test_every_module_is_on_a_floor(modules):
    for name in modules:
        assert name == "" or floor_of(name) >= 0


def test_imports_point_down(modules):
    up = [
        f"{name} imports {other}"
        for name, found in modules.items()
        if name
        for other in inner(found, modules)
        if floor_of(other) > floor_of(name)
    ]
    assert up == []


def test_no_module_goes_through_the_top(modules):
    # `import ctkit` from inside would reach every floor at once.
    assert [name for name, found in modules.items() if name and "ctkit" in found] == []


def test_no_circles(modules):
    graph = {name: inner(found, modules) - {name} for name, found in modules.items() if name}
    # A package's __init__ imports its parts, and its parts may import each other.
    order = list(graphlib.TopologicalSorter(graph).static_order())
    assert len(order) >= len(graph)


def test_numbers_need_no_jupyter(modules):
    wrong = {
        name: banned
        for name, found in modules.items()
        if name and floor_of(name) < PEOPLE
        if (banned := {other.partition(".")[0] for other in found} & NOT_BELOW_PEOPLE)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("source", "module", "expected"),
    [
        ("def f():\n    from .. import figures", "operations.masking", "ctkit.figures"),
        ("from ..figures import show_slice", "operations.masking", "ctkit.figures"),
        ("from ..figures import show_slice", "widgets.state", "ctkit.figures"),
        ("import ctkit.figures as f", "operations.masking", "ctkit.figures"),
        ("from ctkit import figures", "operations.masking", "ctkit.figures"),
        ("from . import state", "widgets.explore", "ctkit.widgets.state"),
    ],
)
def test_imports_are_found(source, module, expected):
    assert expected in set(imports(source, module, package=False))


def loaded_after(code):
    """Top-level names in sys.modules after `code` ran in a new Python."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


HEAVY = {"matplotlib", "scipy", "pydicom", "skimage", "nibabel", "ipywidgets", "anywidget", "PIL"}


def test_import_is_light():
    assert loaded_after("import ctkit") & (HEAVY | {"numpy"}) == set()
    core = "import ctkit; ctkit.Volume, ctkit.to_hu, ctkit.apply_window, ctkit.PRESETS"
    assert loaded_after(core) & HEAVY == set()


def test_every_public_name_resolves():
    import ctkit

    for name in ctkit.__all__:
        assert getattr(ctkit, name) is not None
