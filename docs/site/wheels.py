"""The wheels that stand in the tab beside Pyodide's own: ctkit, and pure ones from the index."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
#: What ctkit's pages and widgets import and Pyodide has no build of; all of it is pure Python.
PURE = (
    "anywidget",
    "comm",
    "ipywidgets",
    "lazy-loader",
    "nibabel",
    "platformdirs",
    "psygnal",
    "pydicom",
    "pynrrd",
    "tqdm",
    "typing-extensions",
)
_FOR_COMPILERS = r"\.(a|c|cpp|h|pxd|pyi|pyx)$"
#: What of a wheel is left out, by its name: tests, and their data.
WITHOUT = {
    "nibabel": r"/tests/|^nibabel/benchmarks/",
    "pydicom": r"^pydicom/data/test_files/(?!CT_small\.dcm$|J2K_pixelrep_mismatch\.dcm$)",
    # The tab makes it of the voxels that the pages show.
    "ctkit-course": r"^ctkit/_data/head\.nii\.gz$",
    "anywidget": r"^anywidget/(lab|nb)extension/|\.data/",
    "matplotlib": r"/sample_data/|/fonts/(afm|pdfcorefonts)/|\.(pyi|pdf)$",
    "numpy": _FOR_COMPILERS,
    "scipy": rf"/tests/|^scipy/misc/.*\.(dat|bz2)$|{_FOR_COMPILERS}",
}


def canonical(name: str) -> str:
    """The one spelling of a distribution's name, of those that pip takes for the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def own(room: Path) -> Path:
    """Build ctkit's wheel of this checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(room)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(room.glob("ctkit_course-*.whl"))


def pure(cache: Path) -> dict[str, Path]:
    """The wheels of `PURE` by name, of the versions in constraints.txt, from pip's index."""
    cache.mkdir(parents=True, exist_ok=True)
    pins = _pins()
    lacking = [name for name in PURE if _found(cache, name, pins[name]) is None]
    if lacking:
        wanted = [f"{name}=={pins[name]}" for name in lacking]
        limits = ["--only-binary=:all:", "--python-version=3.12", "--platform=any"]
        limits += ["--implementation=py", "--abi=none", "--no-deps"]
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *limits, "-d", str(cache), *wanted], check=True)
    found = {name: _found(cache, name, pins[name]) for name in PURE}
    return {name: path for name, path in found.items() if path}


def requires(wheel: Path) -> list[str]:
    """The names that a wheel needs where it is used: in a tab, without extras."""
    with zipfile.ZipFile(wheel) as packed:
        name = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        lines = packed.read(name).decode().partition("\n\n")[0].splitlines()
    words = "Requires-Dist: "
    needed = [Requirement(line.removeprefix(words)) for line in lines if line.startswith(words)]
    place = {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix"}
    place |= {"python_version": "3.12", "python_full_version": "3.12.7", "extra": ""}
    inside = [one for one in needed if one.marker is None or one.marker.evaluate(place)]
    return sorted({canonical(one.name) for one in inside})


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    split = [line.partition("==") for line in lines if "==" in line and line[0] != "#"]
    return {canonical(name): version for name, _, version in split}


def _found(cache: Path, name: str, version: str) -> Path | None:
    stem = name.replace("-", "_")
    return next(cache.glob(f"{stem}-{version}-*.whl"), None)
