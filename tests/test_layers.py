"""Imports point down the floors of the package, and nothing below loads Jupyter."""

import ast
import graphlib
import json
import subprocess
import sys

import pytest

import ctkit

# The rooms from the ground up: folders, and for what stands at the top of the package its files.
# A room imports the floors below; of the numbers, which are small, one may import another. A new
# file in a folder needs no entry here.
FLOORS = {
    "numbers": {
        *("errors", "arguments", "html", "room", "threads"),
        *("hounsfield", "windowing", "geometry", "lettering", "overlay", "sampling", "zooming"),
        *("crossing", "cutting", "labels", "marks"),
    },
    "volume": {"volume"},
    "operations and files": {"operations", "phantom", "files"},
    "what people see": {"figures", "widgets", "doctor"},
    "course": {"exercises"},
    "scale": {"dataset"},
    "the terminal": {"command"},
    "its start": {"__main__"},
}
NUMBERS, PEOPLE = 0, list(FLOORS).index("what people see")
OF_JUPYTER = {
    *("matplotlib", "ipywidgets", "anywidget", "IPython", "ipykernel", "ipympl"),
    *("traitlets", "comm", "jupyter_client", "jupyter_core"),
}


def room_of(module):
    """The folder, or the file at the top of the package, that a dotted name belongs to."""
    return module.partition(".")[0]


def floor_of(module):
    """The number of the floor that a module of ctkit lives on, or None."""
    rooms = enumerate(FLOORS.values())
    return next((number for number, floor in rooms if room_of(module) in floor), None)


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
    """{dotted name: set of the dotted names that it imports}, all files but the topmost."""
    found = {}
    for path in sorted((root / "ctkit").rglob("*.py")):
        parts = path.relative_to(root / "ctkit").with_suffix("").parts
        package = parts[-1] == "__init__"
        if name := ".".join(parts[:-1] if package else parts):
            found[name] = set(imports(path.read_text(), name, package))
    return found


def arrows(modules):
    """(module, imported module) of all imports within ctkit."""
    for name, found in modules.items():
        stripped = (other.removeprefix("ctkit.") for other in found if other.startswith("ctkit."))
        yield from ((name, other) for other in sorted(stripped) if other in modules)


def astray(modules):
    """Modules whose room is on no floor."""
    return [name for name in modules if floor_of(name) is None]


def climbing(modules):
    """Imports that go up, or to another room beside, where that isn't one of the numbers."""
    return [
        f"{name} imports {other}"
        for name, other in arrows(modules)
        if room_of(name) != room_of(other)
        if floor_of(other) > floor_of(name) or floor_of(other) == floor_of(name) > NUMBERS
    ]


def through_the_top(modules):
    """Imports of ctkit itself or of one of its public names: they would reach every floor.

    The exercises of a page do so, as a learner does: their solutions are shown.
    """
    rooms = {room_of(name) for name in modules}
    return [
        f"{name} imports {other}"
        for name, found in modules.items()
        if not name.startswith("exercises.page_")
        for other in sorted(found)
        if other == "ctkit" or (other.startswith("ctkit.") and other.split(".")[1] not in rooms)
    ]


def circle(pairs):
    """Names that import each other in a loop, or an empty list."""
    graph = {}
    for name, other in pairs:
        graph.setdefault(name, set()).add(other)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def between_rooms(modules):
    """(room, imported room) of all imports from one room to another."""
    pairs = {(room_of(name), room_of(other)) for name, other in arrows(modules)}
    return sorted(pair for pair in pairs if len(set(pair)) == 2)


def knowing_jupyter(modules):
    """Modules below what people see that import something of Jupyter, or matplotlib."""
    return [
        f"{name} imports {other}"
        for name, found in modules.items()
        if floor_of(name) < PEOPLE
        for other in sorted(found)
        if other.partition(".")[0] in OF_JUPYTER
    ]


def test_every_module_is_on_a_floor(modules):
    assert astray(modules) == []


def test_every_room_of_the_floors_is_there(modules):
    named = {room for rooms in FLOORS.values() for room in rooms}
    assert named == {room_of(name) for name in modules}


def test_imports_point_down(modules):
    assert len(list(arrows(modules))) > 100
    assert climbing(modules) == []


def test_no_module_goes_through_the_top(modules):
    assert through_the_top(modules) == []


def test_no_circles(modules):
    assert circle(arrows(modules)) == []
    assert circle(between_rooms(modules)) == []


def test_nothing_below_knows_jupyter(modules):
    assert knowing_jupyter(modules) == []


GOOD = {
    "errors": "",
    "geometry": "from .errors import GeometryError",
    "volume": "from . import geometry\nfrom .errors import UnitError",
    "operations.cropping": "from ..volume import Volume",
    "operations.masking": "def f():\n    from .cropping import crop",
    "files.loading": "from ..volume import Volume\nimport pydicom",
    "figures.film": "import matplotlib",
    "figures.planes": "from .film import Film\nfrom ..files.loading import load",
}


def planted(**sources):
    """Modules as `modules` gives them, of the good house and of what is planted in it."""
    sources = GOOD | {name.replace("__", "."): source for name, source in sources.items()}
    return {name: set(imports(source, name, False)) for name, source in sources.items()}


@pytest.mark.parametrize(
    ("look", "plant", "found"),
    [
        (astray, {"helpers__tools": ""}, ["helpers.tools"]),
        (
            climbing,
            {"geometry": "from .volume import Volume"},
            ["geometry imports volume"],
        ),
        (
            climbing,
            {"volume": "def f():\n    from .operations import masking"},
            ["volume imports operations.masking"],
        ),
        (
            climbing,
            {"operations__masking": "from ..files.loading import load"},
            ["operations.masking imports files.loading"],
        ),
        (
            climbing,
            {"files__loading": "import ctkit.operations.masking as m"},
            ["files.loading imports operations.masking"],
        ),
        (
            climbing,
            {"files__loading": "from ..figures import film"},
            ["files.loading imports figures.film"],
        ),
        (through_the_top, {"volume": "import ctkit"}, ["volume imports ctkit"]),
        (
            through_the_top,
            {"files__loading": "from .. import crop"},
            ["files.loading imports ctkit.crop"],
        ),
        (
            knowing_jupyter,
            {"files__loading": "def f():\n    from IPython.display import display"},
            [
                "files.loading imports IPython.display",
                "files.loading imports IPython.display.display",
            ],
        ),
    ],
)
def test_what_is_planted_is_found(look, plant, found):
    assert look(planted()) == []
    assert look(planted(**plant)) == found


@pytest.mark.parametrize(
    "plant",
    [
        {"operations__cropping": "def f():\n    from .masking import head_mask"},
        {"errors": "from .geometry import PLANES"},
        {"errors": "from .volume import Volume"},
    ],
)
def test_a_planted_circle_is_found(plant):
    assert circle(arrows(planted())) == []
    found = circle(arrows(planted(**plant)))
    assert {next(iter(plant)).replace("__", ".")} < set(found)


def test_a_circle_of_rooms_without_one_of_modules_is_found():
    house = planted(errors="", html="", errors__one="from ..html.two import x", html__two="")
    house |= {"html.three": set(imports("from ..errors.four import x", "html.three", False))}
    house |= {"errors.four": set()}
    assert circle(arrows(house)) == []
    assert set(circle(between_rooms(house))) == {"errors", "html"}


@pytest.mark.parametrize(
    ("source", "module", "expected"),
    [
        ("def f():\n    from .. import figures", "operations.masking", "ctkit.figures"),
        ("from ..figures import show_slice", "operations.masking", "ctkit.figures"),
        ("from ..figures import show_slice", "widgets.state", "ctkit.figures"),
        ("import ctkit.figures as f", "operations.masking", "ctkit.figures"),
        ("from ctkit import figures", "operations.masking", "ctkit.figures"),
        ("from . import state", "widgets.explore", "ctkit.widgets.state"),
        ("from ...errors import LoadError", "files.dicom.pixels", "ctkit.errors.LoadError"),
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
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


HEAVY = {"matplotlib", "scipy", "pydicom", "skimage", "nibabel", "ipywidgets", "anywidget", "PIL"}


def test_import_is_light():
    assert loaded_after("import ctkit") & (HEAVY | {"numpy"}) == set()
    core = "import ctkit; ctkit.Volume, ctkit.to_hu, ctkit.apply_window, ctkit.PRESETS"
    assert loaded_after(core) & HEAVY == set()


def test_work_on_scans_loads_nothing_of_jupyter(tmp_path):
    work = f"""
import ctkit
import numpy as np
ctkit.load(ctkit.samples.head_slice())
away = np.hypot(*np.mgrid[-60:60:40j, -60:60:44j])
scan = ctkit.Volume.from_spacing(np.stack(12 * [np.where(away < 50, 40, -1000)]), (5, 3, 2.8))
ctkit.phantom.head_phantom().mask(scan)
ctkit.write_dicom(scan, {str(tmp_path / "series")!r})
clean = ctkit.denoise(ctkit.resample(ctkit.crop(scan, ctkit.head_mask(scan)), 6.0))
ctkit.save(clean, {str(tmp_path / "slice.png")!r}, window="brain")
ctkit.save(clean, {str(tmp_path / "scan.nii.gz")!r})
ctkit.load({str(tmp_path / "series")!r})
ctkit.load({str(tmp_path / "scan.nii.gz")!r})
"""
    found = loaded_after(work)
    assert {"scipy", "nibabel", "pydicom", "PIL"} <= found  # it did the work
    assert found & OF_JUPYTER == set()


@pytest.mark.parametrize("name", sorted(ctkit.__all__))
def test_every_public_name_resolves(name):
    assert getattr(ctkit, name) is not None
