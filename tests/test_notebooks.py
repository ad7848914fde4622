"""The pages are what their scripts make, and follow the rules of the course.

Whether a run gives the outputs that they show is nbval's to say: `make test` runs it.
"""

import ast
import base64
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType

import nbformat
import numpy as np
import pytest
from PIL import Image

import ctkit

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "notebooks" / "scripts").glob("*.py"))
MOST_LINES = 12


def load_tool(name):
    """A module of notebooks/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "notebooks" / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_tool("build")


def code_cells(script):
    return [cell.source for cell in build.read_script(script).cells if cell.cell_type == "code"]


def without_magics(source):
    return re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)


def test_pages_and_scripts_are_the_same_set():
    pages = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert pages == {path.stem for path in SCRIPTS}
    assert pages, "there are no pages"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_page_agrees_with_its_script(script):
    assert build.compare(script) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_cells_are_short(script):
    long = [cell for cell in code_cells(script) if len(cell.strip().splitlines()) > MOST_LINES]
    assert long == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_pages_call_ctkit_and_nothing_deeper(script):
    for cell in code_cells(script):
        nodes = ast.walk(ast.parse(without_magics(cell)))
        assert [name for node in nodes if (name := deeper(node))] == []


def deeper(node):
    """What a node reaches for inside of ctkit, or None."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "ctkit":
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        return next((name for name in names if "." in node.module or not is_public(name)), None)
    if isinstance(node, ast.Import):
        return next((item.name for item in node.names if item.name.startswith("ctkit.")), None)
    if not isinstance(node, ast.Attribute):
        return None
    if node.attr.startswith("_") and not node.attr.endswith("__"):
        return node.attr
    name = dotted(node)
    return name if name.startswith("ctkit.") and not is_public(name) else None


def dotted(node):
    """The name that a chain of attributes spells, such as "ctkit.figures.Film", or ""."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return before and f"{before}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def is_public(name):
    """Whether a dotted name goes through the `__all__` of ctkit and of each module on the way."""
    place = ctkit
    for part in name.split(".")[1:]:
        if isinstance(place, ModuleType) and part not in getattr(place, "__all__", ()):
            return False
        place = getattr(place, part, None)
    return place is not None


@pytest.mark.parametrize(
    "code",
    [
        "from ctkit.volume import Volume",
        "from ctkit import windowing",
        "from ctkit import *",
        "import ctkit.volume",
        "volume._voxels",
        "ctkit.windowing.apply_window(hu, 40, 80)",
        "ctkit.figures.planes.show_slice(volume)",
        "ctkit.geometry.check_plane('axial')",
        "ctkit.operations",
        "ctkit.apply_windows",
        "ctkit.Volume.from_nothing",
    ],
)
def test_reaching_deeper_is_found(code):
    assert any(deeper(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "import ctkit",
        "from ctkit import figures, load",
        "ctkit.figures.COLORS[0]",
        "ctkit.figures.Film(3.0).panel(1, 1, 1).plot(x)",
        "ctkit.geometry.LPS_RAS @ affine",
        "ctkit.Volume.from_spacing(array, (5, 1, 1)).array.shape",
        "ctkit.PRESETS['brain'].center",
        "ctkit.samples.head().name",
    ],
)
def test_what_is_public_may_be_used(code):
    assert [name for node in ast.walk(ast.parse(code)) if (name := deeper(node))] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_tags_are_known(script):
    known = {"parameters", "nbval-ignore-output", "raises-exception", "nbval-skip", "hide-input"}
    known |= {build.TASK, build.ANSWER}
    for cell in build.read_script(script).cells:
        assert set(cell.metadata.get("tags", ())) <= known


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder like notebooks/ with one small page, built; not to be changed."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "scripts").mkdir()
    script = folder / "scripts" / "42_try.py"
    script.write_text(EXAMPLE)
    build.build(script)
    return folder


@pytest.fixture
def folder(built, tmp_path):
    """A copy of `built` to change."""
    return shutil.copytree(built, tmp_path / "notebooks")


EXAMPLE = """# %% [markdown]
# # Try

# %%
import ipywidgets
from IPython.display import display

print("one")
display(ipywidgets.IntSlider(description="slice"))

# %% tags=["raises-exception"]
raise ValueError("as planned")

# %%
print("two")
"""


def test_a_build_runs_and_cleans(folder):
    page = nbformat.read(folder / "42_try.ipynb", as_version=4)
    _, first, second, third = page.cells
    assert first.outputs[0].text == "one\n"
    assert first.outputs[1].data == {"text/plain": "IntSlider(value=0, description='slice')"}
    assert second.outputs[0].traceback == ["ValueError: as planned"]
    assert third.execution_count == 3
    assert page.metadata == build.METADATA
    assert build.compare(folder / "scripts" / "42_try.py") == []


def test_the_reason_of_a_tag_is_kept(folder):
    script = folder / "scripts" / "42_try.py"
    tag = 'tags=["raises-exception"]'
    script.write_text(EXAMPLE.replace(tag, f'{tag} reason="It must fail."'))
    cell = build.read_script(script).cells[2]
    assert cell.metadata == {"tags": ["raises-exception"], "reason": "It must fail."}
    assert "is not that of the page" in build.compare(script)[0]


def test_pictures_are_stored_with_few_colours():
    head = ctkit.load(ctkit.samples.head())
    film = ctkit.show_slice(head, index=60, window="brain", mask=head.with_array(head.array > 300))
    before = base64.b64encode(film.to_png()).decode()
    after = build.with_palette(before)
    assert len(after) < 0.7 * len(before)
    pixels, found = (as_pixels(picture) for picture in (before, after))
    assert found.shape == pixels.shape
    assert np.percentile(np.abs(found - pixels), 99) <= 6
    assert build.with_palette(after) == after


def as_pixels(picture):
    return np.asarray(Image.open(BytesIO(base64.b64decode(picture))).convert("RGB")).astype(int)


def test_a_page_runs_on_another_scan(folder, monkeypatch):
    """What `make notebooks-real` does, on a page that only prints what it was given."""
    script = folder / "scripts" / "43_any.py"
    script.write_text(
        "# %%\nimport ctkit\n\nctkit.samples.fetch = lambda name: name\n\n"
        "# %% tags=['parameters']\nscan, accept = ctkit.samples.head(), {}\n\n"
        "# %%\nprint(scan, accept)\n"
    )
    target = build.run_real("43", "ge-head", folder)
    assert target == folder.parent / "work" / "real" / "43_any--ge-head.ipynb"
    page = nbformat.read(target, as_version=4)
    assert page.cells[2].outputs[0].text == "ge-head {'uneven': 'resample'}\n"
    assert not (folder / "43_any.ipynb").exists()
    with pytest.raises(ValueError, match="one cell tagged parameters, not 0"):
        build.run_real("42", "ge-head", folder)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_pages_that_take_any_scan_have_one_cell_for_it(script):
    cells = build.read_script(script).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]
    assert len(tagged) == (script.name[:2] in build.REAL_PAGES)


def test_a_build_is_stable(folder):
    page = folder / "42_try.ipynb"
    before = page.read_bytes()
    build.build(folder / "scripts" / "42_try.py")
    assert page.read_bytes() == before


def _change_source(page):
    page.cells[3].source = "print('three')"


def _drop_cell(page):
    del page.cells[3]


def _add_cell(page):
    page.cells.append(nbformat.v4.new_markdown_cell("more", id="more"))


def _change_tag(page):
    page.cells[2].metadata.tags = []


def _forget_a_run(page):
    page.cells[3].execution_count = None


def _run_out_of_order(page):
    page.cells[1].execution_count = 7


def _keep_state(page):
    page.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}


def _keep_view(page):
    page.cells[1].outputs[1].data[build.WIDGET_VIEW] = {"model_id": "1"}


def _only_a_picture(page):
    page.cells[1].outputs[1].data = {"image/png": "iVBO"}


def _print(text):
    def change(page):
        page.cells[1].outputs[0].text = text

    change.__name__ = text
    return change


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (_change_source, "is not that of the page"),
        (_drop_cell, "is not that of the page"),
        (_add_cell, "the page has 5 cells"),
        (_change_tag, "is not that of the page"),
        (_forget_a_run, "not run once, in order"),
        (_run_out_of_order, "not run once, in order"),
        (_keep_state, "metadata"),
        (_keep_view, "widget view"),
        (_only_a_picture, "no text/plain"),
        (_print("in /home/ada/scans/1.dcm"), "a path"),
        (_print("in C:\\Users\\ada"), "a path"),
        (_print("<Thing at 0x7f3a5c01d2b0>"), "a memory address"),
        (_print("1.3.6.1.4.1.14519.5.2.1.1706"), "a UID"),
        (_print("Lovelace^Ada"), "a person's name"),
        (_print("ada@example.org"), "a mail address"),
    ],
)
def test_what_is_wrong_with_a_page_is_found(folder, change, match):
    path = folder / "42_try.ipynb"
    page = nbformat.read(path, as_version=4)
    change(page)
    path.write_text(nbformat.writes(page))
    problems = build.compare(folder / "scripts" / "42_try.py")
    assert any(match in text for text in problems), problems


@pytest.mark.parametrize(
    "text",
    ["CT Image Storage, 1.2.840.10008.5.1.4.1.1.2", "0.95 x 0.95 mm", "HU 10.5/20.5", "a/b", "3^2"],
)
def test_what_is_right_is_left_alone(text):
    output = nbformat.v4.new_output("stream", name="stdout", text=text)
    assert list(build.check_output(output)) == []


def test_a_missing_page_is_found(folder):
    (folder / "42_try.ipynb").unlink()
    assert "make notebooks NB=42" in build.compare(folder / "scripts" / "42_try.py")[0]


def test_a_page_that_fails_is_not_written(folder):
    script = folder / "scripts" / "42_try.py"
    before = (folder / "42_try.ipynb").read_bytes()
    script.write_text(EXAMPLE.replace('print("two")', "1 / 0"))
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.build(script)
    assert (folder / "42_try.ipynb").read_bytes() == before


def test_pages_can_be_chosen():
    assert [path.name[:2] for path in build.scripts(["05"])] == ["05"]
    with pytest.raises(SystemExit, match="no script for 98"):
        build.scripts(["98"])


def test_nbval_sees_another_number(folder):
    """The comparison that `make test` relies on: other text fails, widgets don't."""
    page = folder / "42_try.ipynb"
    changed = page.read_text().replace('"two\\n"', '"2\\n"', 1)
    (folder / "43_changed.ipynb").write_text(changed)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--nbval", "--nbval-current-env", "43_changed.ipynb"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "FAILED 43_changed.ipynb::Cell 2" in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_kernelspec_is_the_one_of_jupyter():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"


def test_a_copy_of_the_tools_is_not_made(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    work = load_tool("work")
    made = work.fill(tmp_path / "notebooks", tmp_path / "work")
    assert {path.suffix for path in made} == {".ipynb", ".md"}
    assert not list((tmp_path / "work").rglob("*.py"))
