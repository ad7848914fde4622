"""The packages of a tab: packed, and listed in a lock that holds no other."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import fonts
import twin
from packing import LIBRARY, Parcel, pack
from release import LOCK, Release
from wheels import WITHOUT, canonical, own, pure, requires

#: Of Pyodide's packages: what the kernel, ctkit and the pages import. Those that a release lacks
#: are left out, and so is what needs them; the tab says so where a cell imports one.
WANTED = ("ipython", "lzma", "matplotlib", "micropip", "numpy", "pillow", "scikit-image", "scipy")
#: What they need only for a part of them that no page uses, as PDF and PostScript; not shipped.
SPARED = {"fonttools", "jedi", "matplotlib-pyodide", "pytz", "setuptools"}
#: Of our own wheels, what is needed at once; else what they say themselves.
AT_ONCE = {
    "ctkit-course": {"anywidget", "ipywidgets", "lazy-loader", "numpy", "pillow", "traitlets"},
    "ipywidgets": {"comm", "ipython", "traitlets", "widgetsnbextension"},
    "pyodide-kernel": {"comm", "ipykernel", "ipython"},
}
_INTERPRETER = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm")


def fill(target: Path, release: Release, kernel: Path, cache: Path) -> dict:
    """Put the interpreter and the packages into a folder, packed, and the lock that lists them.

    Parameters
    ----------
    target : folder that the tab loads from
    release : Release
    kernel : folder with the wheels of the kernel itself
    cache : folder; what was packed before is taken from it

    Returns
    -------
    dict, the lock
    """
    target.mkdir(parents=True, exist_ok=True)
    ours = {"ctkit-course": own(cache / "own"), **pure(cache / "wheels")}
    ours |= {_name_of(path): path for path in sorted(kernel.glob("*.whl"))}
    theirs = {name: release.package(name) for name in _theirs(release)}
    if "matplotlib" in theirs:
        ours[fonts.PACKAGE] = fonts.two(theirs["matplotlib"], cache / "own")
    files = ours | theirs
    library = Parcel(release.core("python_stdlib.zip"), LIBRARY)
    parcels = [_parcel(name, path) for name, path in files.items() if path.suffix == ".whl"]
    packed = pack([*parcels, library], release.core("pyodide.mjs").parent, cache / "packed")
    for path in (library.path, *files.values()):
        shutil.copyfile(packed.get(path, path), target / path.name)
    for name in _INTERPRETER:
        shutil.copyfile(release.core(name), target / name)
    packages = {
        name: _of_pyodide(release.packages[name]) if name in theirs else _of_wheel(name, path)
        for name, path in files.items()
    }
    for entry in packages.values():
        entry["sha256"] = hashlib.sha256((target / entry["file_name"]).read_bytes()).hexdigest()
        entry["depends"] = sorted(set(entry["depends"]) & packages.keys())
    lock = {"info": release.info, "packages": dict(sorted(packages.items()))}
    (target / LOCK).write_text(json.dumps(lock, indent=1))
    return lock


def closure(lock: dict, names: list[str]) -> list[str]:
    """Packages of a lock, and all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += lock["packages"][name]["depends"]
    return sorted(found)


def _theirs(release: Release) -> set[str]:
    """What of Pyodide's packages is shipped: the wanted ones that are whole, and their needs."""
    found: set[str] = set()
    waiting = [name for name in WANTED if _is_whole(release, name)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _needs(release, name)
    return found


def _is_whole(release: Release, name: str) -> bool:
    """Whether a package can be had with all that it needs."""
    return release.has(name) and all(_is_whole(release, one) for one in _needs(release, name))


def _needs(release: Release, name: str) -> set[str]:
    """What a package of Pyodide's needs at once; its lock spells names in two ways."""
    return {canonical(one) for one in release.packages[name]["depends"]} - SPARED


def _parcel(name: str, path: Path) -> Parcel:
    # A learner reads the source of what the course is about.
    instead: tuple[tuple[str, bytes], ...] = ()
    if name == "pydicom":
        instead = ((twin.PLACE, twin.make()),)
    elif name == "matplotlib":
        instead = ((fonts.PLACE, fonts.make(path)),)
    return Parcel(
        path, sources=name == "ctkit-course", without=WITHOUT.get(name, ""), instead=instead
    )


def _name_of(wheel: Path) -> str:
    return canonical(wheel.name.partition("-")[0])


def _of_pyodide(entry: dict) -> dict:
    depends = {canonical(one) for one in entry["depends"]}
    return {**entry, "name": canonical(entry["name"]), "depends": depends}


def _of_wheel(name: str, path: Path) -> dict:
    return {
        "name": name,
        "version": path.name.split("-")[1],
        "file_name": path.name,
        "install_dir": "site",
        "package_type": "package",
        "imports": _imports(path),
        "depends": AT_ONCE.get(name) or requires(path),
        "unvendored_tests": False,
    }


def _imports(wheel: Path) -> list[str]:
    """The names that can be imported from a wheel."""
    with zipfile.ZipFile(wheel) as packed:
        tops = {name.partition("/")[0] for name in packed.namelist() if name.endswith(".py")}
    tops = {top.removesuffix(".py") for top in tops}
    return sorted(top for top in tops if top.isidentifier())
