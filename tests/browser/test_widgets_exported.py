"""A notebook that `jupyter nbconvert --to html --execute` makes a page of, with large volumes.

Jupyter's own scripts are fetched from the network, which a test has not: what the page holds is
given to our script as they would give it.
"""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

import ctkit
from ctkit.geometry import PLANES
from ctkit.sampling import plane_of
from ctkit.widgets import still

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
# All is large: a plane comes when it is asked for, and here nobody answers.
SETUP = """
import numpy as np, ctkit
from ctkit.widgets import voxels
voxels.LIMIT = 1000
values = np.random.default_rng(5).integers(300, 900, (9, 24, 36)).astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))
leaning, turned = np.eye(4), np.eye(4)
leaning[1, 2] = 0.3
turned[:2, :2] = [[0.98, -0.2], [0.2, 0.98]]
tilted = ctkit.Volume(values, leaning @ volume.affine)
other = ctkit.Volume(values // 2, turned @ volume.affine)
half = volume.with_array(values // 2)
"""
VIEWS = [
    "ctkit.explore(volume, mask=volume.array > 600)",
    "ctkit.planes(tilted)",
    "ctkit.compare(volume, other)",
    "ctkit.compare(volume, half, blend='difference', plane='coronal')",
]
# Models as Jupyter's scripts make them of a page, and the values of planes in them.
READ = """([state, wanted]) => {
    const decoded = ({ path, data }, inner) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        path.slice(0, -1).reduce((at, name) => at[name], inner)[path.at(-1)] =
            new DataView(bytes.buffer);
    };
    for (const buffer of state.buffers ?? []) decoded(buffer, state.state);
    const model = { get: (name) => state.state[name], set() {}, on() {}, off() {}, send() {} };
    const source = new pure.Source(model);
    const values = ({ layout, slice }) => {
        const held = source.picture(layout, slice);
        return held && [...source.numbers(held.values)];
    };
    const found = wanted.map(values);
    source.free();
    return found;
}"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The state of the widgets that the page holds, by the names of the models."""
    folder = tmp_path_factory.mktemp("exported")
    cells = [nbformat.v4.new_code_cell(code) for code in (SETUP, *VIEWS)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, folder / "large.ipynb")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", "--execute"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "JUPYTER_CONFIG_DIR": str(folder)}
    subprocess.run(
        [*command, "large.ipynb"], cwd=folder, env=environment, check=True, capture_output=True
    )
    page = (folder / "large.html").read_text("utf-8")
    kind = re.escape("application/vnd.jupyter.widget-state+json")
    return json.loads(re.search(f'<script type="{kind}">(.*?)</script>', page, re.S)[1])["state"]


def here():
    """The same views in this process."""
    names = {"ctkit": ctkit}
    exec(SETUP.replace("voxels.LIMIT", "limit"), names)
    return [eval(code, names) for code in VIEWS]


def held(view, trait):
    """The Volume of a trait that refers to voxels."""
    return {"voxels": view.volume, "overlay": view.mask, "second": getattr(view, "after", None)}[
        trait
    ]


def test_every_plane_that_is_shown_is_in_the_page_and_no_other(exported, script):
    models = [one["state"] for one in exported.values() if "mode" in one["state"]]
    assert len(models) == len(VIEWS)
    drawn = 0
    for view, model in zip(here(), models, strict=True):
        assert (model["plane"], model["slice"]) == (view.plane, view.slice)
        for trait, stack, index in [one for pane in still.shown_stacks(view) for one in pane]:
            data = exported[model[trait].removeprefix("IPY_MODEL_")]
            assert data["state"]["lazy"]
            assert data["state"]["buffer"] is None
            layout = still.overlay.plain_stack(stack)
            wanted = [{"layout": layout, "slice": k} for k in (index, index + 1)]
            found, other = script.evaluate(READ, [data, wanted])
            volume = held(view, trait)
            expected = plane_of(volume.array, volume.affine, stack, index)
            own = np.take(volume.array, index, stack.layout.axis)
            expected = expected if stack.resampled else own
            assert np.array(found) == pytest.approx(expected.ravel().astype(float), abs=1e-3)
            assert other is None
            drawn += 1
        view.close()
    assert drawn == 2 + len(PLANES) + 2 + 2


def test_the_page_holds_the_still_pictures_too(exported):
    models = [one for one in exported.values() if "mode" in one["state"]]
    for view, model in zip(here(), models, strict=True):
        (png,) = [one["data"] for one in model["buffers"] if one["path"] == ["snapshot"]]
        assert base64.b64decode(png) == still.png(view.picture())
        view.close()
