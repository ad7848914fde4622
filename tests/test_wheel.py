"""A wheel built from the checkout works where there is no checkout."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile

import pytest


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """Path of a wheel made with no network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "-q", "-w", folder, root]
    subprocess.run([sys.executable, "-m", "pip", *map(str, command)], check=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A new environment's Python, with the wheel in it and our dependencies in sight."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    command = ["--python", python, "install", "--no-deps", "--no-index", "-q", wheel]
    subprocess.run([sys.executable, "-m", "pip", *map(str, command)], check=True)
    purelib = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    # A plain path in a .pth is only appended: our editable ctkit does not come with it.
    with open(os.path.join(purelib, "dependencies.pth"), "w") as file:
        file.write(sysconfig.get_path("purelib") + "\n")
    return python


def run(python, code, folder):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_head_comes_with_it(python, root, tmp_path):
    code = "import ctkit; print(ctkit.__file__)"
    assert not run(python, code, tmp_path).startswith(str(root))
    code = "import ctkit; v = ctkit.load(ctkit.samples.head()); print(*v.shape, v.array.min())"
    assert run(python, code, tmp_path) == "108 256 256 -1024"


def test_widgets_find_their_files(python, tmp_path):
    code = """
import ctkit, numpy as np
volume = ctkit.Volume.from_spacing(np.zeros((2, 3, 4), np.int16), (5, 2, 1))
print(type(ctkit.explore(volume)).__name__, ctkit.doctor().problems)
"""
    name, _, problems = run(python, code, tmp_path).partition(" ")
    assert name
    assert problems == "()"


def test_licences_and_nothing_else(wheel, root):
    names = zipfile.ZipFile(wheel).namelist()
    assert sum(name.endswith("licenses/LICENSE") for name in names) == 1
    for name in ("head.nii.gz", "LICENSE-head.txt", "registry.json"):
        assert f"ctkit/_data/{name}" in names
    assert not [name for name in names if name.startswith(("tests", "notebooks", "data"))]
    sources = {
        path.relative_to(root).as_posix()
        for path in (root / "ctkit").rglob("*")
        if path.suffix in (".py", ".pyi", ".typed", ".js", ".css", ".json")
    }
    assert {"ctkit/__init__.pyi", "ctkit/py.typed"} <= sources
    assert sources <= set(names)
