"""Writing: whole or not at all, whoever kills it, however full the disk, however many write."""

import ast
import errno
import os
import signal
import stat
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import _forks
import numpy as np
import pytest

import ctkit
from ctkit.files import atomic

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and modes of POSIX")


def scan(seed=5, count=4):
    random = np.random.default_rng(seed)
    return ctkit.Volume.from_spacing(random.integers(-1000, 2000, (count, 5, 7)), (2.5, 1.1, 0.8))


START = """
import resource, signal
import numpy as np
import pydicom
import ctkit
import ctkit.files.dicom.writing, ctkit.files.nifti, ctkit.widgets

def scan(seed=5, count=4):
    random = np.random.default_rng(seed)
    return ctkit.Volume.from_spacing(random.integers(-1000, 2000, (count, 5, 7)), (2.5, 1.1, 0.8))

def die_at(place, name, count):
    whole, left = getattr(place, name), [count]
    def wrapped(*arguments, **named):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*arguments, **named)
    setattr(place, name, wrapped)

"""


@pytest.fixture(scope="module")
def run():
    """A function that runs lines of Python in a process of their own."""
    forks = _forks.Forks(START)
    yield forks.run
    forks.close()


@pytest.fixture
def killed(run):
    """A function that runs lines once for each path, in processes that their `die_at` kills."""

    def killed(lines, *paths):
        for path in paths:
            done = run(f"path = sys.argv[1]; {lines}", path)
            assert done.returncode == -signal.SIGKILL, done.stderr

    return killed


@POSIX
@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_killed_write_leaves_the_old_file_and_nothing_that_loads(tmp_path, killed, place):
    path = ctkit.save(scan(), tmp_path / "a.nii")
    before = path.read_bytes()
    killed(f"die_at(os, {place!r}, 1); ctkit.save(scan(6), path)", path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    np.testing.assert_array_equal(ctkit.load(tmp_path).array, scan().array)


@POSIX
@pytest.mark.parametrize("count", [1, 4])
def test_a_killed_write_dicom_leaves_no_shorter_scan(tmp_path, killed, count):
    (tmp_path / "empty").mkdir()
    ctkit.write_dicom(scan(7), tmp_path / "old")
    lines = f"die_at(pydicom.Dataset, 'save_as', {count}); ctkit.write_dicom(scan(), path)"
    killed(lines, tmp_path / "new", tmp_path / "empty", tmp_path / "old")
    assert not (tmp_path / "new").exists()
    with pytest.raises(ctkit.LoadError, match="no files"):
        ctkit.load(tmp_path / "empty")
    for folder in (tmp_path, tmp_path / "old"):
        np.testing.assert_array_equal(ctkit.load(folder).array, scan(7).array)


@POSIX
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_write_killed_while_files_are_moved_is_refused_and_can_be_repeated(
    tmp_path, killed, count
):
    folder = ctkit.write_dicom(scan(7), tmp_path / "scan")
    lines = f"die_at(os, 'replace', {count}); ctkit.write_dicom(scan(), path)"
    killed(lines, folder, folder)  # twice: the second one finds what the first one left
    for read in (ctkit.load, ctkit.list_series):
        for place in (folder, tmp_path):
            with pytest.raises(ctkit.LoadError, match=r"scan is half-written.*Write it again"):
                read(place)
    ctkit.write_dicom(scan(9), folder)
    np.testing.assert_array_equal(ctkit.load(folder).array, scan(9).array)
    assert not list(folder.glob(f"{atomic.MOVING}*"))


WRITERS = {
    "save": ("a.nii", "ctkit.save(volume, path)"),
    "picture": ("a.png", "ctkit.save(volume, path, window='brain')"),
    "view": ("v.png", "ctkit.explore(volume).save(path)"),
    "page": ("v.html", "ctkit.explore(volume).to_html(path)"),
}


@POSIX
@pytest.mark.parametrize("writer", WRITERS)
def test_a_disk_that_is_full_leaves_the_old_file(tmp_path, run, writer):
    name, call = WRITERS[writer]
    path = tmp_path / name
    path.write_text("what stood here")
    lines = f"""
volume, path = scan(count=40), sys.argv[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    {call}
except ctkit.SaveError as error:
    sys.exit(str(error))
"""
    done = run(lines, path)
    assert f"{name} can't be written: it is larger than a file may be here" in done.stderr
    assert path.read_text() == "what stood here"
    assert [file.name for file in tmp_path.iterdir()] == [name]


@POSIX
def test_write_dicom_on_a_full_disk_leaves_the_old_series(tmp_path, run):
    folder = ctkit.write_dicom(scan(7), tmp_path / "scan")
    lines = """
resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
try:
    ctkit.write_dicom(scan(), sys.argv[1])
except ctkit.SaveError as error:
    sys.exit(str(error))
"""
    assert "scan can't be written: it is larger" in run(lines, folder).stderr
    assert "new can't be written: it is larger" in run(lines, tmp_path / "new").stderr
    assert [path.name for path in tmp_path.iterdir()] == ["scan"]
    assert len(list(folder.iterdir())) == 4
    np.testing.assert_array_equal(ctkit.load(folder).array, scan(7).array)


def test_what_the_system_refuses_is_said_in_our_words(tmp_path, monkeypatch):
    for number, words in [(errno.ENOSPC, "the disk is full"), (errno.ENODEV, "the system refuses")]:

        def fail(*_, number=number):
            raise OSError(number, "words of the system")

        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(ctkit.SaveError, match=words) as caught:
            atomic.write_file(tmp_path / "a", b"new")
        assert "words of the system" not in str(caught.value)
        with pytest.raises(ctkit.SaveError, match=words):
            ctkit.write_dicom(scan(), tmp_path / "scan")
    assert list(tmp_path.iterdir()) == []


@POSIX
@pytest.mark.parametrize("umask", [0o027, 0o002])
def test_eight_threads_leave_the_modes_that_the_umask_says(tmp_path, run, umask):
    lines = """
from concurrent.futures import ThreadPoolExecutor
volume, folder = scan(), sys.argv[1]
os.umask(int(sys.argv[2]))
os.umask = None  # it is one for all threads
def write(n):
    for k in range(5):
        ctkit.save(volume, f"{folder}/{n}-{k}.nii")
    ctkit.write_dicom(volume, f"{folder}/{n}")
with ThreadPoolExecutor(8) as pool:
    list(pool.map(write, range(8)))
"""
    done = run(lines, tmp_path, umask)
    assert done.returncode == 0, done.stderr
    paths = list(tmp_path.rglob("*"))
    assert len(paths) == 8 * (5 + 1 + 4)
    for path in paths:
        wanted = (0o777 if path.is_dir() else 0o666) & ~umask
        assert stat.S_IMODE(path.stat().st_mode) == wanted


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    atomic.write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
def test_where_one_may_not_write_is_said(tmp_path, run):
    lines = """
ctkit.write_dicom(scan(), "open/a")  # imports what it needs while that can be read
ctkit.save(scan(), "open/a.nii")
if os.getuid() == 0:
    os.setuid(65534)
for call in (lambda: ctkit.save(scan(), "closed/new.nii"),
             lambda: ctkit.write_dicom(scan(), "closed/new"),
             lambda: ctkit.write_dicom(scan(), "closed"),
             lambda: ctkit.save(scan(), "open/kept.nii")):
    try:
        call()
    except ctkit.SaveError as error:
        print(error)
"""
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
    (tmp_path / "open" / "kept.nii").write_text("kept")
    (tmp_path / "open" / "kept.nii").chmod(0o444)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "closed").chmod(0o555)
    for folder in (tmp_path, *tmp_path.parents[:3]):  # pytest's folders are for their owner alone
        folder.chmod(folder.stat().st_mode | 0o011)
    done = run(lines, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "closed/new.nii can't be written: you may not write there",
        "closed/new can't be written: you may not write there",
        "closed can't be written: you may not write there",
        "open/kept.nii may not be changed: it is read-only",
    ], done.stderr
    assert (tmp_path / "open" / "kept.nii").read_text() == "kept"


@POSIX
def test_a_link_stays_and_leads_to_what_was_written(tmp_path):
    (tmp_path / "far").mkdir()
    for name in ("there", "not-there"):
        (tmp_path / name).symlink_to(f"far/{name}")
    (tmp_path / "far" / "there").write_bytes(b"old")
    for name in ("there", "not-there"):
        atomic.write_file(tmp_path / name, b"new")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "far" / name).read_bytes() == b"new"
    (tmp_path / "scan").symlink_to("far", target_is_directory=True)
    (tmp_path / "series").symlink_to("far/series", target_is_directory=True)
    ctkit.write_dicom(scan(), tmp_path / "series")
    assert (tmp_path / "series").is_symlink()
    np.testing.assert_array_equal(ctkit.load(tmp_path / "far/series").array, scan().array)


@POSIX
def test_what_is_no_file_is_not_written_over(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    for path in (tmp_path / "pipe", tmp_path / "circle", "/dev/null"):
        with pytest.raises(ctkit.SaveError, match="no plain file"):
            atomic.write_file(path, b"new")
    with pytest.raises(ctkit.SaveError, match="is a folder; name a file in it"):
        atomic.write_file(tmp_path, b"new")
    with pytest.raises(ctkit.SaveError, match="circle is a file"):
        ctkit.write_dicom(scan(), tmp_path / "circle")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle", "pipe"]


@pytest.mark.parametrize("name", ["a\0b.nii", "\ud800.nii", f"{'n' * 300}.nii", "file/a.nii"])
def test_names_that_no_file_can_have_are_refused(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(ctkit.SaveError):
        ctkit.save(scan(), f"{tmp_path}/{name}")
    with pytest.raises(ctkit.SaveError):
        ctkit.write_dicom(scan(), f"{tmp_path}/{name}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_is_no_path_is_refused(tmp_path):
    view = ctkit.explore(scan())
    for call in (view.save, view.to_html, lambda path: ctkit.save(scan(), path)):
        with pytest.raises(ctkit.ParameterError, match="a path is text or a Path, not list"):
            call([tmp_path])
    with pytest.raises(ctkit.ParameterError, match="not int"):
        ctkit.write_dicom(scan(), 3)


def test_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".nii")
    ctkit.save(scan(), path)
    np.testing.assert_array_equal(ctkit.load(path).array, scan().array)


def test_write_dicom_into_the_current_folder_keeps_that_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_ino
    assert str(ctkit.write_dicom(scan(), ".")) == "."
    assert tmp_path.stat().st_ino == before
    np.testing.assert_array_equal(ctkit.load(".").array, scan().array)
    ctkit.write_dicom(scan(6), "a/b")
    assert len(list(tmp_path.glob("a/b/*"))) == 4


def test_what_killed_writes_left_goes_after_a_day(tmp_path):
    yesterday = time.time() - 90_000
    for name in ("old", "new"):
        (tmp_path / f"{atomic.PART}{name}").mkdir()
        (tmp_path / f"{atomic.PART}{name}" / "0001.dcm").touch()
        (tmp_path / f"{atomic.PART}{name}-file").touch()
    (tmp_path / "theirs").touch()
    for name in (f"{atomic.PART}old", f"{atomic.PART}old-file", "theirs"):
        os.utime(tmp_path / name, (yesterday, yesterday))
    kept = ["a.nii", "theirs", f"{atomic.PART}new", f"{atomic.PART}new-file"]
    ctkit.save(scan(), tmp_path / "a.nii")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)
    os.utime(tmp_path / f"{atomic.PART}new", (yesterday, yesterday))
    ctkit.write_dicom(scan(), tmp_path / "scan")
    assert not (tmp_path / f"{atomic.PART}new").exists()


def test_writers_of_one_folder_leave_the_series_of_one_of_them(tmp_path):
    for turn in range(5):
        folder = tmp_path / str(turn)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n, f=folder: ctkit.write_dicom(scan(n), f), range(8)))
        found = ctkit.load(folder).array
        assert any(np.array_equal(found, scan(n).array) for n in range(8))
        assert len(list(folder.iterdir())) == 4


def test_a_longer_series_that_came_meanwhile_is_not_mixed_with(tmp_path, monkeypatch):
    arrive = atomic._arrive

    def late(part, target, refuse):
        monkeypatch.setattr(atomic, "_arrive", arrive)
        ctkit.write_dicom(scan(6, count=9), target)
        arrive(part, target, refuse)

    monkeypatch.setattr(atomic, "_arrive", late)
    with pytest.raises(ctkit.SaveError, match="holds 5 other files"):
        ctkit.write_dicom(scan(), tmp_path / "scan")
    np.testing.assert_array_equal(ctkit.load(tmp_path).array, scan(6, count=9).array)


def _hold(folder, queue, seconds):
    with atomic.alone(folder):
        queue.put("in")
        time.sleep(seconds)
        queue.put("out")


@POSIX
def test_one_process_holds_a_folder_at_a_time_and_a_killed_one_lets_go(tmp_path):
    context = _forks.context()
    # A Queue puts by a thread of its own, so that what is put last may come first.
    queue = context.SimpleQueue()
    workers = [context.Process(target=_hold, args=(tmp_path, queue, 0.3)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert [queue.get() for _ in range(6)] == ["in", "out"] * 3
    for worker in workers:
        worker.join()
    worker = context.Process(target=_hold, args=(tmp_path, queue, 600))
    worker.start()
    queue.get()
    worker.kill()
    with atomic.alone(tmp_path):
        pass
    worker.join()


def test_where_there_are_no_locks_nobody_waits(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)  # as in a browser tab
    with atomic.alone(tmp_path), atomic.alone(tmp_path):
        ctkit.write_dicom(scan(), tmp_path)
    np.testing.assert_array_equal(ctkit.load(tmp_path).array, scan().array)


def test_readers_never_see_half_a_file(tmp_path):
    path, sizes, done = tmp_path / "a", set(), threading.Event()
    contents = [bytes([n]) * 300_000 for n in range(8)]
    atomic.write_file(path, contents[0])

    def read():
        while not done.is_set():
            sizes.add(path.read_bytes() in contents)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: atomic.write_file(path, content), contents * 5))
    done.set()
    reader.join()
    assert sizes == {True}
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


# Zips are unpacked into a temporary folder, a series is written into one that is renamed, and what
# a page drops arrives, and is rewritten, in its private folder. A quality page and the folders of
# nnU-Net are written into one that is renamed as well, and a segmentation into memory.
ELSEWHERE = {
    ("report.py", "write_text"),
    ("report.py", "write_bytes"),
    ("layouts.py", "write_text"),
    ("layouts.py", "write_bytes"),
    ("segmentation.py", "save_as"),
    ("sources.py", "open"),
    ("writing.py", "save_as"),
    ("receiving.py", "open"),
    ("unnamed.py", "write_bytes"),
}
WRITING = {"write_text", "write_bytes", "umask", "NamedTemporaryFile", "mkstemp", "tofile"}


def test_nothing_else_in_the_package_writes_files(root):
    found = set()
    for path in (root / "ctkit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                modes = {"w", "wb", "x", "xb", "a", "ab", "r+b"} & set(map(str, texts))
                if name in WRITING | {"save_as"} or (name == "open" and modes):
                    found.add((path.name, name))
    assert found - {("atomic.py", "open")} == ELSEWHERE
