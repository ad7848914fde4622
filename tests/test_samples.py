"""Sample scans: the embedded head both ways, and downloads that arrive whole or not at all."""

import functools
import hashlib
import http.server
import json
import multiprocessing
import shutil
import subprocess
import threading
from pathlib import Path

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
    import os

    os.environ["CTKIT_CACHE"] = str(folder)
    queue.put(len(list(samples.head_dicom().iterdir())))


def test_two_processes_make_one_series(tmp_path):
    context = multiprocessing.get_context("spawn")
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


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; `cut` sends half of what it announces."""

    cut = False

    def do_GET(self):
        self.server.asked += 1
        if not self.cut:
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])

    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A registry of two files, served on the loopback; yields (server, folder of the files)."""
    folder = tmp_path / "served" / "owner" / "name" / "c0ffee" / "In"
    folder.mkdir(parents=True)
    files = []
    for name in ("01.dcm", "02.dcm"):
        content = name.encode() * 5000
        (folder / name).write_bytes(content)
        files.append({"path": f"In/{name}", "sha256": hashlib.sha256(content).hexdigest()})
    entry = {"title": "Test", "licence": "CC0", "credit": "Nobody", "repository": "owner/name"}
    registry = tmp_path / "registry.json"
    registry.write_text(json.dumps({"test": entry | {"commit": "c0ffee", "files": files}}))
    handler = functools.partial(_Handler, directory=tmp_path / "served")
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("CTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CTKIT_DATA", raising=False)
    address = f"http://127.0.0.1:{server.server_port}/{{repository}}/{{commit}}/{{path}}"
    monkeypatch.setattr(samples, "_ADDRESS", address)
    data = samples._data
    monkeypatch.setattr(samples, "_data", lambda n: registry if n == "registry.json" else data(n))
    yield server, folder
    server.shutdown()
    server.server_close()
    thread.join()


def test_fetch_downloads_once_and_shows_the_licence(served, capsys):
    server, folder = served
    found = samples.fetch("test")
    assert sorted(p.name for p in found.iterdir()) == ["01.dcm", "02.dcm"]
    assert (found / "01.dcm").read_bytes() == (folder / "01.dcm").read_bytes()
    assert "Licence: CC0\nNobody" in capsys.readouterr().out
    samples.fetch("test")
    assert server.asked == 2


def test_fetch_replaces_a_spoiled_file(served):
    found = samples.fetch("test")
    (found / "02.dcm").write_bytes(b"spoiled")
    samples.fetch("test")
    assert (found / "02.dcm").read_bytes() == b"02.dcm" * 5000


def test_fetch_refuses_another_file(served):
    (served[1] / "02.dcm").write_bytes(b"another one")
    with pytest.raises(ctkit.LoadError, match=r"In/02\.dcm can't be had"):
        samples.fetch("test")
    assert not list(served[1].parents[4].glob("cache/test/02*"))


def test_fetch_takes_a_cut_connection_well(served, monkeypatch):
    monkeypatch.setattr(_Handler, "cut", True)
    with pytest.raises(ctkit.LoadError, match="can't be had"):
        samples.fetch("test")
    cache = served[1].parents[4] / "cache" / "test"
    assert [p.name for p in cache.iterdir()] == []
    monkeypatch.setattr(_Handler, "cut", False)
    assert len(list(samples.fetch("test").iterdir())) == 2


def test_fetch_at_once_from_two_threads(served):
    found = []
    threads = [threading.Thread(target=lambda: found.append(samples.fetch("test"))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert sorted(p.name for p in found[0].iterdir()) == ["01.dcm", "02.dcm"]


def test_fetch_knows_its_names(served):
    with pytest.raises(ctkit.ParameterError, match="no sample 'cat'; there are test"):
        samples.fetch("cat")


def test_registry_names_every_file_with_its_sum():
    registry = json.loads(samples._data("registry.json").read_text())
    assert set(registry) == {"ge-head", "crlm-1004"}
    for entry in registry.values():
        assert entry["licence"]
        assert entry["credit"]
        assert all(len(file["sha256"]) == 64 for file in entry["files"])


def test_ctkit_data_names_a_folder_that_holds_them(real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("CTKIT_DATA", str(real_data))
    assert samples.fetch("ge-head") == real_data / "ge-head"
    shutil.copytree(real_data / "ge-head", tmp_path / "ge-head")
    (tmp_path / "ge-head" / "03.dcm").chmod(0o600)
    (tmp_path / "ge-head" / "03.dcm").write_bytes(b"another")
    monkeypatch.setenv("CTKIT_DATA", str(tmp_path))
    with pytest.raises(ctkit.LoadError, match=r"03\.dcm is absent or not the file"):
        samples.fetch("ge-head")
