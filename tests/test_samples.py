"""Sample scans: the embedded head both ways, and downloads that arrive whole or not at all."""

import errno
import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import _dicom
import _forks
import numpy as np
import pydicom
import pytest

import ctkit
from ctkit import samples


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def series(cache, monkeypatch):
    monkeypatch.setenv("CTKIT_CACHE", str(cache))
    return samples.head_dicom()


def test_head_dicom_is_the_same_head(series):
    ours, embedded = ctkit.load(series), ctkit.load(samples.head()).canonical()
    np.testing.assert_array_equal(ours.array, embedded.array)
    np.testing.assert_allclose(ours.affine, embedded.affine, atol=1e-6)
    assert ours.report == ()


def test_head_dicom_says_that_it_is_derived(series):
    dataset = pydicom.dcmread(series / "0001.dcm")
    assert dataset.ImageType == ["DERIVED", "SECONDARY", "AXIAL"]
    assert dataset.PatientName == "CTKIT^SAMPLE HEAD"
    assert (dataset.RescaleSlope, dataset.RescaleIntercept) == (1, -1024)
    assert (dataset.BitsStored, dataset.PixelRepresentation) == (12, 0)


def test_dciodvfy_finds_no_error(series):
    judge = shutil.which("dciodvfy")
    if judge is None:
        pytest.skip("dciodvfy of dicom3tools is not installed")
    for name in ("0001.dcm", "0108.dcm"):
        done = subprocess.run([judge, series / name], capture_output=True, text=True)
        assert "Error" not in done.stderr, done.stderr
        assert "CTImage" in done.stderr


def test_head_dicom_is_made_again_where_a_file_is_gone(cache, series):
    before = (series / "0005.dcm").read_bytes()
    (series / "0005.dcm").unlink()
    assert samples.head_dicom() == series
    assert (series / "0005.dcm").read_bytes() == before


def _make(folder, queue):
    os.environ["CTKIT_CACHE"] = str(folder)
    queue.put(len(list(samples.head_dicom().iterdir())))


def test_two_processes_make_one_series(tmp_path):
    context = _forks.context()
    queue = context.Queue()
    workers = [context.Process(target=_make, args=(tmp_path, queue)) for _ in range(2)]
    for worker in workers:
        worker.start()
    counts = [queue.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    assert counts == [108, 108]
    assert len(list(tmp_path.iterdir())) == 1


def test_head_slice_is_in_the_pydicom_wheel():
    volume = ctkit.load(samples.head_slice())
    assert volume.shape == (1, 512, 512)
    assert any("56,252 voxels of undeclared padding" in line for line in volume.report)
    assert volume.array.min() > -1100


class _Server(http.server.ThreadingHTTPServer):
    asked = 0

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.reached = threading.Event()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; `cut` sends half of what it announces, and `slow` half and no more."""

    cut = False
    slow = ""

    def do_GET(self):
        self.server.asked += 1
        slow = self.slow and self.path.endswith(self.slow)
        if not (self.cut or slow):
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        if slow:
            self.wfile.flush()
            self.server.reached.set()
            self.rfile.read(1)  # until whoever asked is gone

    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A registry of three slices, served on the loopback; yields (server, folder of the files)."""
    folder = tmp_path / "served" / "owner" / "name" / "c0ffee" / "In"
    folder.mkdir(parents=True)
    files = []
    for name, dataset in zip(("01.dcm", "02.dcm", "03.dcm"), _dicom.stack(3), strict=True):
        content = _dicom.save(dataset, folder / name).read_bytes()
        files.append({"path": f"In/{name}", "sha256": hashlib.sha256(content).hexdigest()})
    entry = {"title": "Test", "licence": "CC0", "credit": "Nobody", "repository": "owner/name"}
    registry = tmp_path / "registry.json"
    registry.write_text(json.dumps({"test": entry | {"commit": "c0ffee", "files": files}}))
    handler = functools.partial(_Handler, directory=tmp_path / "served")
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("CTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CTKIT_DATA", raising=False)
    address = f"http://127.0.0.1:{server.server_port}/{{repository}}/{{commit}}/{{path}}"
    monkeypatch.setattr(samples, "_ADDRESS", address)
    monkeypatch.setattr(samples, "_PAUSE", 0.01)
    data = samples._data
    monkeypatch.setattr(samples, "_data", lambda n: registry if n == "registry.json" else data(n))
    yield server, folder
    server.shutdown()
    server.server_close()
    thread.join()


def test_fetch_downloads_once_and_shows_the_licence(served, capsys):
    server, folder = served
    found = samples.fetch("test")
    assert sorted(p.name for p in found.iterdir()) == ["01.dcm", "02.dcm", "03.dcm"]
    assert (found / "01.dcm").read_bytes() == (folder / "01.dcm").read_bytes()
    assert "Licence: CC0\nNobody" in capsys.readouterr().out
    samples.fetch("test")
    assert server.asked == 3


def test_fetch_replaces_a_spoiled_file(served):
    found = samples.fetch("test")
    (found / "02.dcm").write_bytes(b"spoiled")
    samples.fetch("test")
    assert (found / "02.dcm").read_bytes() == (served[1] / "02.dcm").read_bytes()


def test_fetch_refuses_another_file(served):
    (served[1] / "02.dcm").write_bytes(b"another one")
    words = r"In/02\.dcm can't be had: what came is another file, whose sha256 is .*test/02\.dcm"
    with pytest.raises(ctkit.LoadError, match=words) as caught:
        samples.fetch("test")
    assert "network" not in str(caught.value)
    assert not list(served[1].parents[4].glob("cache/test*"))


def test_fetch_takes_a_cut_connection_well(served, monkeypatch):
    monkeypatch.setattr(_Handler, "cut", True)
    with pytest.raises(ctkit.LoadError, match="can't be had: the connection broke off"):
        samples.fetch("test")
    assert not list(served[1].parents[4].glob("cache/test*"))
    monkeypatch.setattr(_Handler, "cut", False)
    assert len(list(samples.fetch("test").iterdir())) == 3


@pytest.mark.parametrize("spoil", ["absent", "stray file"])
def test_eight_threads_fetch_and_load(served, spoil):
    server, _ = served
    if spoil == "stray file":
        (samples.fetch("test") / "tmp1234").write_bytes(b"left by one that was killed")

    def work(_):
        return [ctkit.load(samples.fetch("test")).array for _ in range(3)]

    with ThreadPoolExecutor(8) as pool:
        arrays = [array for found in pool.map(work, range(8)) for array in found]
    assert len(arrays) == 24
    assert all(np.array_equal(array, arrays[0]) for array in arrays)
    assert server.asked == 3


def _fetch_and_load(registry, address, cache, queue):
    os.environ["CTKIT_CACHE"] = str(cache)
    os.environ["NO_PROXY"] = "127.0.0.1"
    samples._ADDRESS = address
    samples._data = lambda name: registry
    queue.put(ctkit.load(samples.fetch("test")).shape)


def test_four_processes_fetch_and_load(served):
    server, folder = served
    registry = folder.parents[4] / "registry.json"
    context = _forks.context()
    queue = context.Queue()
    given = (registry, samples._ADDRESS, folder.parents[4] / "cache", queue)
    workers = [context.Process(target=_fetch_and_load, args=given) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert [queue.get(timeout=120) for _ in workers] == [(3, 12, 17)] * 4
    for worker in workers:
        worker.join()
    assert server.asked == 3


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_fetch_is_taken_up_again(served, monkeypatch):
    server, folder = served
    cache = folder.parents[4] / "cache"
    monkeypatch.setattr(_Handler, "slow", "03.dcm")
    context = _forks.context()
    given = (folder.parents[4] / "registry.json", samples._ADDRESS, cache, context.Queue())
    worker = context.Process(target=_fetch_and_load, args=given)
    worker.start()
    assert server.reached.wait(60)
    worker.kill()
    worker.join()
    with pytest.raises(ctkit.LoadError, match="no files"):
        ctkit.load(cache)
    monkeypatch.setattr(_Handler, "slow", "")
    asked = server.asked
    assert ctkit.load(samples.fetch("test")).shape == (3, 12, 17)
    assert server.asked == asked + 1
    assert [path.name for path in cache.iterdir()] == ["test"]


def _change(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _link(path):
    path.rename(path.parent.parent / "moved")
    path.symlink_to("../moved")


SPOILED = {
    "a file is gone": lambda path: path.unlink(),
    "a file is cut": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "one bit is changed": _change,
    "a file is a link": _link,
    "a file more": lambda path: shutil.copy(path, path.with_name("more.dcm")),
    "a hidden file more": lambda path: shutil.copy(path, path.with_name(".more")),
    "a folder more": lambda path: shutil.copytree(path.parent, path.with_name("more")),
    "a half-written file": lambda path: path.with_name(".ctkit-part-1").write_bytes(b"half"),
    "the folder is a file": lambda path: (shutil.rmtree(path.parent), path.parent.touch()),
}


def _state(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_spoiled_sample_is_never_handed_out(served, spoil):
    found = samples.fetch("test")
    before = _state(found)
    SPOILED[spoil](found / "02.dcm")
    assert samples.fetch("test") == found
    assert _state(found) == before
    assert not any(path.is_symlink() for path in found.iterdir())


@pytest.mark.parametrize("spoil", ["one bit is changed", "a file more"])
def test_a_spoiled_head_is_never_handed_out(series, spoil):
    before = _state(series)
    SPOILED[spoil](series / "0007.dcm")
    assert samples.head_dicom() == series
    assert _state(series) == before


def test_files_of_a_learner_in_a_sample_are_kept(served, capsys):
    found = samples.fetch("test")
    (found / "notes.txt").write_text("mine")
    samples.fetch("test")
    before = found.with_name("test-before-1")
    assert (before / "notes.txt").read_text() == "mine"
    assert f"kept in {before}" in capsys.readouterr().out


def test_only_ones_own_cache_is_used(served, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    found = samples.fetch("test")
    assert cache.stat().st_mode & 0o077 == 0
    for fetch in (samples.head_dicom, lambda: samples.fetch("test")):
        with monkeypatch.context() as patched:
            patched.setattr("os.getuid", lambda: 4711, raising=False)
            words = "cache: it is another user's; set CTKIT_CACHE to a folder of your own"
            with pytest.raises(ctkit.LoadError, match=words):
                fetch()
    cache.chmod(0o777)
    with pytest.raises(ctkit.LoadError, match="everyone may write there"):
        samples.fetch("test")
    cache.chmod(0o700)
    if os.getuid() == 0:  # a folder that another user planted in the cache
        os.chown(found, 4711, 4711)
        samples.fetch("test")
        assert found.stat().st_uid == 0
    monkeypatch.setenv("CTKIT_CACHE", str(tmp_path / "registry.json"))
    with pytest.raises(ctkit.LoadError, match="samples can't be kept in"):
        samples.fetch("test")


def test_a_full_disk_is_said(served, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "words of the system")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", fail)
    with pytest.raises(ctkit.LoadError, match=r"kept in .*: the disk is full; CTKIT_CACHE"):
        samples.fetch("test")


def test_why_a_download_failed_is_said(served):
    server, folder = served
    (folder / "03.dcm").unlink()
    with pytest.raises(ctkit.LoadError, match=r"03\.dcm can't be had: the server answers 404\."):
        samples.fetch("test")
    server.shutdown()
    server.server_close()
    with pytest.raises(ctkit.LoadError, match=r"there is no answer.*CTKIT_DATA.*test/03\.dcm"):
        samples.fetch("test")


def test_fetch_knows_its_names(served):
    with pytest.raises(ctkit.ParameterError, match="no sample 'cat'; there are test"):
        samples.fetch("cat")


def test_registry_names_every_file_with_its_sum():
    registry = json.loads(samples._data("registry.json").read_text())
    assert set(registry) == {"ge-head", "crlm-1004", "aorta"}
    for entry in registry.values():
        assert entry["licence"]
        assert entry["credit"]
        assert all(len(file["sha256"]) == 64 for file in entry["files"])


def test_find_downloads_nothing(served, monkeypatch, tmp_path):
    """A sample is found once it was fetched; in a folder that CTKIT_DATA names, there alone."""
    assert samples.find("test") is None
    folder = samples.fetch("test")
    assert samples.find("test") == folder
    named = tmp_path / "named"
    monkeypatch.setenv("CTKIT_DATA", str(named))
    assert samples.find("test") is None
    shutil.copytree(folder, named / "test")
    (named / "test" / "LICENSE").write_text("free")
    assert samples.find("test") == named / "test"
    (named / "test" / "03.dcm").write_bytes(b"another")
    assert samples.find("test") is None


def test_the_aorta_and_its_masks(real_data, monkeypatch):
    monkeypatch.setenv("CTKIT_DATA", str(real_data))
    folder = samples.find("aorta")
    scan, wall = (ctkit.load(folder, series=f"{n}.nii.gz") for n in ("ct_cropped", "aorta"))
    assert scan.shape == wall.shape == (164, 126, 120)
    assert np.allclose(scan.affine, wall.affine)
    assert 300 < np.median(scan.array[wall.array > 0]) < 400  # blood with contrast agent


def test_ctkit_data_names_a_folder_that_holds_them(real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("CTKIT_DATA", str(real_data))
    assert samples.fetch("ge-head") == real_data / "ge-head"
    shutil.copytree(real_data / "ge-head", tmp_path / "ge-head")
    (tmp_path / "ge-head" / "03.dcm").chmod(0o600)
    (tmp_path / "ge-head" / "03.dcm").write_bytes(b"another")
    monkeypatch.setenv("CTKIT_DATA", str(tmp_path))
    with pytest.raises(ctkit.LoadError, match=r"03\.dcm is absent or not the file"):
        samples.fetch("ge-head")
    for name in ("03.dcm", "more.dcm"):
        shutil.copy(real_data / "ge-head" / "03.dcm", tmp_path / "ge-head" / name)
    with pytest.raises(ctkit.LoadError, match=r"more\.dcm is no part of the sample"):
        samples.fetch("ge-head")
