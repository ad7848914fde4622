"""What runs in a tab: JupyterLab with Python beside it, and the course's pages in it."""

import base64
import gzip
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import lock
import volumes
from release import Release
from trimming import trim

ROOT = Path(__file__).resolve().parents[2]
TAB, LAB = Path(__file__).with_name("tab"), Path(__file__).with_name("lab")
CACHE = ROOT / "build" / "tab"
#: Below the folder of JupyterLite.
PYTHON = Path("static", "pyodide")
KERNEL = "@jupyterlite/pyodide-kernel-extension"
EXTENSIONS = (KERNEL, "@jupyter-widgets/jupyterlab-manager", "anywidget")
#: Loaded with the interpreter, at the same time: the kernel, and what every page begins with. In
#: answer to a widget's page no import can wait for its package: so what reads files is there too.
FIRST = ["micropip", "piplite", "pyodide-kernel", "ctkit-course", "nibabel", "pydicom"]
#: Names that the kernel would look for in the index, were they not among those loaded first.
NAMED = ["comm", "ipykernel", "ipython", "jedi", "piplite", "pyodide_kernel", "sqlite3", "ssl"]
_SITE_PACKAGES = "/lib/python3.12/site-packages"
#: JupyterLab's settings here: light or dark as the system, and two more buttons above a page.
_SETTINGS = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/notebook-extension:panel": {
        "toolbar": [
            {"name": "download", "command": "docmanager:download", "rank": 80},
            {
                "name": "reset-page",
                "command": "ctkit:reset-page",
                "label": "Reset page",
                "rank": 81,
            },
        ]
    },
}
_ABSENT = {
    "dask": "Dask can't be had in this tab, where nothing runs side by side: "
    "this cell needs Python on your own machine",
    "fontTools": "PDF and PostScript can't be written in this tab: write PNG or SVG",
    "skimage": "scikit-image can't be had in this tab: this cell needs Python on your own machine",
}


def build(target: Path, release: Release) -> None:
    """Build JupyterLite into `target`/lite.

    Parameters
    ----------
    target : Path
        The folder of the website.
    release : Release
        Pyodide's.
    """
    lite = target / "lite"
    shutil.rmtree(lite, ignore_errors=True)
    with tempfile.TemporaryDirectory() as room:
        _fill_room(Path(room))
        _run_jupyterlite(Path(room), lite)
    unused = trim(lite / "build")
    made = lock.fill(lite / PYTHON, release, _labextension(KERNEL) / "static/pypi", CACHE)
    for path in TAB.glob("*.*"):
        shutil.copyfile(path, lite / PYTHON / path.name)
    shutil.copyfile(ROOT / "ctkit/widgets/view/alone.js", lite / PYTHON / "alone.js")
    _configure(lite / "jupyter-lite.json", made, _head(target), unused)


def _labextension(name: str) -> Path:
    return Path(sysconfig.get_path("data")) / "share" / "jupyter" / "labextensions" / name


def _fill_room(room: Path) -> None:
    """The folder that JupyterLite is built from."""
    pages = room / "files"
    pages.mkdir()
    for page in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        shutil.copyfile(page, pages / page.name)
    for name in EXTENSIONS:
        shutil.copytree(_labextension(name), room / "extensions" / name)
    shutil.copytree(LAB, room / "extensions" / "ctkit-tab")
    (room / "overrides.json").write_text(json.dumps(_SETTINGS))


def _run_jupyterlite(room: Path, lite: Path) -> None:
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--debug"]
    command += [
        "--lite-dir",
        str(room),
        "--output-dir",
        str(lite),
        "--contents",
        str(room / "files"),
    ]
    command += ["--apps", "lab", "--no-unused-shared-packages", "--no-sourcemaps"]
    command += ["--ignore-sys-prefix", "federated_extensions"]
    command += [f"--FederatedExtensionAddon.extra_labextensions_path={room / 'extensions'}"]
    done = subprocess.run(command, cwd=room, capture_output=True, text=True)
    if done.returncode:
        message = f"JupyterLite can't be built: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        raise RuntimeError(message)


def _head(target: Path) -> dict:
    """The head in the tab: its voxels are the file of the pages' views."""
    plain = gzip.decompress((ROOT / "data" / "head.nii.gz").read_bytes())
    array = volumes.the_head().array
    before = len(plain) - array.nbytes
    if plain[before:] != array.astype("<i2").tobytes():
        message = "head.nii.gz doesn't end in its HU, slice by slice: the tab can't make it of them"
        raise ValueError(message)
    up = "/".join([".."] * (1 + len(PYTHON.parts)))
    return {
        "folder": f"{_SITE_PACKAGES}/ctkit/_data",
        "voxels": f"{up}/{volumes.FILES}/{volumes.keep_head(target / volumes.FILES)}",
        "header": base64.b64encode(plain[:before]).decode(),
        "shape": array.shape,
    }


def _configure(path: Path, made: dict, head: dict, unused: list[str]) -> None:
    """Say in JupyterLite's settings where the interpreter is, and what it loads."""
    settings = json.loads(path.read_text("utf-8"))
    packages = made["packages"]
    first = lock.closure(made, FIRST)
    imports = {name: key for key, entry in packages.items() for name in entry["imports"]}
    site = {
        "packages": sorted(packages),
        "imports": {name: key for name, key in imports.items() if key not in first},
        "absent": {name: said for name, said in _ABSENT.items() if name not in imports},
        "head": head,
    }
    config = settings["jupyter-config-data"]
    config["exposeAppInBrowser"] = True
    config["disabledExtensions"] = [*config.get("disabledExtensions", []), *unused]
    plugins = config.setdefault("litePluginSettings", {})
    plugins[f"{KERNEL}:kernel"] = {
        "pyodideUrl": f"./{(PYTHON / 'tab.js').as_posix()}",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": sorted({*first, *NAMED}), "site": site},
    }
    path.write_text(json.dumps(settings, indent=1))
