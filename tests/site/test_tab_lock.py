"""The packages of a tab: what the lock lists, how wheels are packed; no browser, no release."""

import functools
import hashlib
import http.server
import importlib.util
import json
import sys
import threading
import types
import zipfile
from pathlib import Path

import pytest

from ctkit.widgets import still

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "site"))

import fonts
import lite
import lock
import packing
import release
import trimming
import wheels

# Not by its name: the notebooks have a `build` too.
_spec = importlib.util.spec_from_file_location(
    "build_of_site", Path(lite.__file__).with_name("build.py")
)
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder like that of a release, with a lock of three packages, of which one isn't there."""
    packages = {
        "numpy": {"file_name": "numpy.whl", "depends": ["some_lib"]},
        "some-lib": {"file_name": "some_lib.whl", "depends": []},
        "scipy": {"file_name": "scipy.whl", "depends": ["numpy", "openblas"]},
        "openblas": {"file_name": "openblas.zip", "depends": []},
    }
    for name, entry in packages.items():
        content = name.encode()
        entry |= {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
        if name != "openblas":
            (tmp_path / entry["file_name"]).write_bytes(content)
    text = json.dumps({"info": {}, "packages": packages})
    (tmp_path / release.LOCK).write_text(text)
    monkeypatch.setitem(release.CORE, release.LOCK, hashlib.sha256(text.encode()).hexdigest())
    return tmp_path


def test_only_what_is_whole_is_shipped(folder):
    found = lock._theirs(release.Release(folder, folder))
    assert found == {"numpy", "some-lib"}  # one name, however a dependency spells it


def test_a_file_that_is_another_is_refused(folder):
    (folder / "numpy.whl").write_bytes(b"another")
    with pytest.raises(ValueError, match="whl has the sha256"):
        release.Release(folder, folder).package("numpy")


@pytest.fixture
def downloads(folder, tmp_path, monkeypatch):
    """A server of that folder in the place of Pyodide's own; gives what it was asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path.lstrip("/"))

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(release, "ADDRESS", f"http://127.0.0.1:{server.server_port}/")
    yield asked
    server.shutdown()
    server.server_close()


def test_a_release_is_downloaded_file_by_file_and_once(downloads, tmp_path):
    for _ in range(2):
        downloaded = release.Release(None, tmp_path / "cache")
        assert downloaded.has("scipy")
        assert downloaded.package("numpy").read_bytes() == b"numpy"
    assert sorted(downloads) == ["numpy.whl", release.LOCK]


def test_a_download_that_is_another_is_refused(downloads, folder, tmp_path):
    (folder / "numpy.whl").write_bytes(b"another")
    downloaded = release.Release(None, tmp_path / "cache")
    with pytest.raises(ValueError, match="hash of downloaded file"):
        downloaded.package("numpy")
    # Nor is it kept.
    assert not list((tmp_path / "cache").rglob("numpy.whl"))


def test_a_release_that_is_not_to_be_had_ends_the_build_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(release, "ADDRESS", "http://127.0.0.1:9/")
    monkeypatch.setattr(lite, "CACHE", tmp_path)
    monkeypatch.setitem(build.PARTS, "pages", lambda *_: pytest.fail("pages were built"))
    with pytest.raises(SystemExit, match=r"pyodide-lock.json .* can't be downloaded.*PYODIDE"):
        build.build(tmp_path / "site", None, [])
    with pytest.raises(SystemExit, match=r"No such file.*pyodide-lock.json"):
        build.build(tmp_path / "site", tmp_path, [])


def test_the_fonts_of_a_picture_come_without_the_rest_of_matplotlib(tmp_path, monkeypatch):
    whole = tmp_path / "matplotlib.whl"
    with zipfile.ZipFile(whole, "w") as made:
        for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE_DEJAVU", "other.ttf"):
            made.writestr(f"matplotlib/mpl-data/fonts/ttf/{name}", name)
    with zipfile.ZipFile(fonts.two(whole, tmp_path / "own")) as made:
        made.extractall(tmp_path)
    alone = tmp_path / "dejavu_fonts"
    texts = {path.name: path.read_text() for path in alone.iterdir()}
    text = texts.pop("__init__.py")
    assert (text, len(texts)) == ("", 3)
    assert all(name == text for name, text in texts.items())
    with_all = still._fonts()
    assert (with_all / "DejaVuSans.ttf").stat().st_size > 500_000
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", importlib.import_module("matplotlib"))
    assert still._fonts() == with_all
    monkeypatch.delitem(sys.modules, "matplotlib")
    assert still._fonts() == alone


def test_packages_are_gathered_with_all_that_they_need():
    made = {"packages": {"a": {"depends": ["b"]}, "b": {"depends": ["c"]}, "c": {"depends": []}}}
    assert lock.closure(made, ["b"]) == ["b", "c"]


def test_byte_code_stands_in_the_place_of_sources(tmp_path, monkeypatch):
    def compile_all(_, room):
        for source in room.glob("*.src.zip"):
            made = source.with_name(source.name.replace(".src.zip", ".pyc.zip"))
            with zipfile.ZipFile(source) as packed, zipfile.ZipFile(made, "w") as codes:
                for name in packed.namelist():
                    codes.writestr(name, b"code of " + packed.read(name))

    monkeypatch.setattr(packing, "_compile", compile_all)
    plain = tmp_path / "plain.whl"
    with zipfile.ZipFile(plain, "w") as made:
        for name in ("p/__init__.py", "p/data.bin", "p/tests/test_p.py"):
            made.writestr(name, name)
    parcels = [packing.Parcel(plain, without="/tests/", instead=(("p/data.bin", b"other"),))]
    (packed,) = packing.pack(parcels, tmp_path, tmp_path / "cache").values()
    with zipfile.ZipFile(packed) as made:
        assert made.namelist() == ["p/__init__.pyc", "p/data.bin"]
        assert made.read("p/__init__.pyc") == b"code of p/__init__.py"
        assert made.read("p/data.bin") == b"other"
    kept = packing.pack([packing.Parcel(plain, sources=True)], tmp_path, tmp_path / "cache")
    with zipfile.ZipFile(kept[plain]) as made:
        assert "p/__pycache__/__init__.cpython-312.pyc" in made.namelist()
        assert "p/__init__.py" in made.namelist()


def test_a_wheel_says_what_it_needs_in_a_tab(tmp_path):
    lines = ["Name: x", "Requires-Dist: Some_Lib>=1", "Requires-Dist: dev; extra == 'test'"]
    lines += ["Requires-Dist: gdcm; sys_platform != 'emscripten'", "", "Requires-Dist: no"]
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as made:
        made.writestr("x-1.dist-info/METADATA", "\n".join(lines))
    assert wheels.requires(tmp_path / "x.whl") == ["some-lib"]


class Loaded(list):
    """The names of packages that were loaded, and whether an import can wait (`can`)."""


@pytest.fixture
def startup(monkeypatch):
    """`tab/startup.py`, run as in a tab; gives the names of packages that were loaded."""
    loaded, can = Loaded(), [True]
    loaded.can = can
    fakes = {
        "pyodide_js": {"loadPackage": loaded.append},
        "pyodide": {},
        "pyodide.ffi": {"can_run_sync": lambda: can[0], "run_sync": lambda value: value},
    }
    for name, names in fakes.items():
        module = types.ModuleType(name)
        vars(module).update(names)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    path = Path(lock.__file__).parent / "tab" / "startup.py"
    given = {"imports": {"ct_far_away": "far"}, "absent": {"ct_nowhere": "ct-nowhere isn't here"}}
    exec(compile(path.read_text(), str(path), "exec"), given)
    yield loaded
    for name in [name for name in sys.modules if name.startswith("ct_nowhere")]:
        del sys.modules[name]


def test_a_package_is_loaded_once_it_is_imported(startup):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ct_far_away")
    assert startup == ["far"]
    assert importlib.util.find_spec("json") is not None
    assert startup == ["far"]


def test_a_package_is_loaded_later_where_an_import_can_not_wait_now(startup):
    startup.can[0] = False
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ct_far_away")
    startup.can[0] = True
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ct_far_away")
    assert startup == ["far"]


def test_what_nibabel_could_do_with_is_not_loaded_for_it(startup):
    asking = {"__name__": "nibabel.optpkg"}
    with pytest.raises(ModuleNotFoundError):
        exec("__import__('ct_far_away')", asking)
    assert startup == []


def test_what_is_absent_is_imported_and_says_so_when_it_is_called(startup):
    module = importlib.import_module("ct_nowhere.part")
    with pytest.raises(ModuleNotFoundError, match="ct-nowhere isn't here"):
        module.anything.of_it(1)
    assert not hasattr(module.anything, "__wrapped__")


def test_what_only_an_unused_extension_asks_for_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(trimming, "UNUSED", {"drawing": ("draws it",)})
    texts = {
        "jlab_core.a.js": "x.e(1),x.e(2)",
        "1.b.js": "draws it; x.e(3),x.e(4)",
        "2.c.js": "x.e(4)",
        "3.d.js": "x.e(1)",
        "4.e.js": "",
        "font.woff": "",
        "font.woff2": "",
        "only.woff": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert trimming.trim(tmp_path) == ["drawing"]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"jlab_core.a.js", "2.c.js", "4.e.js", "font.woff2", "only.woff"}
    with pytest.raises(ValueError, match="no script of JupyterLab holds 'draws it'"):
        trimming.trim(tmp_path)
