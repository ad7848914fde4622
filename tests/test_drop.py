"""drop(): what the page sends arrives voxel by voxel; what is hostile ends in a sentence."""

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import types
from pathlib import Path

import _dicom
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from _dropped import Page, contents, written, zipped
from ipywidgets.widgets.widget import _instances as open_widgets
from pydicom.fileset import FileSet

import ctkit
from ctkit.files import private, receiving
from ctkit.files.dicom.describing import harmless

JANE = "JANEDOE"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Private folders of these tests: the folder that they stand in."""
    room = tmp_path / "temporary"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    return room


@pytest.fixture
def page():
    made = Page()
    yield made
    made.field.close()


def series(count=5, folder="scan", **changes):
    """A DICOM series as a page sends it; its slices in no order."""
    datasets = [_dicom.ct_slice(k) for k in range(count)]
    for dataset in datasets:
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
    order = np.random.default_rng(3).permutation(count)
    return {f"{folder}/IM{place}": written(datasets[k]) for place, k in enumerate(order)}


def hu(files):
    """HU of these DICOM files by pydicom alone, from the feet to the head."""
    found = [pydicom.dcmread(io.BytesIO(content)) for content in files.values()]
    found.sort(key=lambda dataset: dataset.ImagePositionPatient[2])
    return np.array([d.pixel_array * float(d.RescaleSlope) + d.RescaleIntercept for d in found])


def left(temporary):
    return sorted(path.name for path in temporary.iterdir())


class TestArriving:
    def test_a_folder_arrives_voxel_by_voxel(self, page):
        files = series()
        answer = page.send(files, most=1000)
        assert answer["words"].startswith("a folder of 5 files, ")
        assert answer["rows"] == [("0", "phantom", "CT", "5", "2.5 x 1.1 x 0.8")]
        assert np.array_equal(page.field.volume.array, hu(files))
        assert page.field.volume.spacing == pytest.approx((_dicom.STEP, *_dicom.SPACING))

    def test_so_does_a_zip_of_folders(self, page):
        files = series(4)
        answer = page.send({"scan.zip": zipped(files)})
        assert answer["words"].startswith("a zip of 4 files, ")
        assert np.array_equal(page.field.volume.array, hu(files))

    @pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan.nrrd", "scan.mha"])
    def test_so_does_a_file(self, page, tmp_path, name):
        values = np.random.default_rng(1).integers(-1000, 2000, (4, 5, 6)).astype(np.int16)
        image = sitk.GetImageFromArray(values)
        image.SetSpacing((0.5, 0.75, 3.0))
        sitk.WriteImage(image, str(tmp_path / name))
        answer = page.send({name: (tmp_path / name).read_bytes()}, most=77)
        assert answer["words"].startswith("1 file, ")
        assert np.array_equal(page.field.volume.array, values)
        assert page.field.volume.spacing == pytest.approx((3.0, 0.75, 0.5))

    @pytest.mark.parametrize("name", ["doe.mhd", "doe.nhdr", "doe.hdr"])
    @pytest.mark.parametrize("packed", [False, True], ids=["files", "zip"])
    def test_voxels_that_stand_apart_are_found(self, page, tmp_path, name, packed):
        values = np.random.default_rng(2).integers(-1000, 2000, (4, 5, 6)).astype(np.int16)
        room = tmp_path / "doe"
        room.mkdir()
        if name == "doe.hdr":
            nib.save(nib.Nifti1Pair(values.T, np.diag([-1.0, -1, 2, 1])), room / name)
        else:
            sitk.WriteImage(sitk.GetImageFromArray(values), str(room / name))
        files = contents(room)
        assert len(files) == 2
        page.send({"doe.zip": zipped(files)} if packed else files)
        assert np.array_equal(page.field.volume.array, values)

    def test_a_file_of_no_bytes_is_left_out(self, page):
        files = series()
        page.send({"scan/empty": b"", **files})
        assert np.array_equal(page.field.volume.array, hu(files))
        assert any("left out, as it is no DICOM" in note for note in page.field.volume.report)

    def test_folders_in_folders_are_one_scan(self, page):
        files = {
            n.replace("/IM", "/a/b/c/IM" if n[-1] > "2" else "/d/IM"): c
            for n, c in series().items()
        }
        page.send(files)
        assert np.array_equal(page.field.volume.array, hu(files))

    def test_ten_thousand_files_are_taken(self, page):
        files = {f"many/{k}/note": b"x" for k in range(10_000)} | series(3)
        assert page.send(files, most=5000)["words"].startswith("a folder of 10,003 files")
        assert page.field.volume.shape[0] == 3


class TestAsking:
    def test_nothing_is_there_at_first(self, page):
        assert "drop a scan onto it" in repr(page.field)
        assert (list(page.field.series), page.field.picked, page.field.view) == ([], None, None)
        for name in ("volume", "path"):
            with pytest.raises(ctkit.LoadError, match="nothing is here yet: drop a scan"):
                getattr(page.field, name)
        with pytest.raises(ctkit.CTError, match="none yet, not 0"):
            page.field.picked = 0

    def test_several_series_are_picked_by_number(self, page):
        files = series(4, "a")
        others = series(6, "b", SeriesInstanceUID="1.2.3.5", SeriesNumber=4)
        page.send(files | others)
        assert [row.slices for row in page.field.series] == [4, 6]
        assert page.field.picked == 0
        assert np.array_equal(page.field.volume.array, hu(files))
        page.field.picked = 1
        assert page.heard[-1]["picked"] == 1
        assert np.array_equal(page.field.volume.array, hu(others))
        with pytest.raises(ctkit.CTError, match="picked is the number of a series, 0 to 1, not 2"):
            page.field.picked = 2

    def test_what_cant_be_loaded_says_why_and_can_by_path(self, page):
        files = series(8)
        del files[next(n for n, c in files.items() if hu({n: c})[0, 0, 0] == hu(files)[3, 0, 0])]
        answer = page.send(files)
        assert "missing" in answer["problems"][0]
        with pytest.raises(ctkit.LoadError, match="missing"):
            _ = page.field.volume
        refused = page.say("open", series=0)
        assert (refused["kind"], "missing" in refused["words"]) == ("refused", True)
        volume = ctkit.load(page.field.path, missing="interpolate")
        assert volume.shape[0] == 8

    def test_open_shows_the_series_below(self, page):
        files = series()
        page.send(files)
        assert page.say("open", series=0)["shown"] is True
        assert np.array_equal(page.field.view.volume.array, hu(files))
        first = page.field.view
        assert page.field.children == (page.field.field, first.box)
        assert page.field.show() is not first
        assert first.comm is None

    def test_its_traits_are_observed(self, page):
        heard = []
        for name in ("series", "picked", "volume", "view"):
            page.field.observe(lambda change: heard.append((change["name"], change["new"])), name)
        page.send(series())
        assert [name for name, _ in heard] == ["series", "picked"]
        page.say("open", series=0)
        assert [name for name, _ in heard[2:]] == ["volume", "view"]
        assert heard[2][1] is page.field.volume
        page.send(series(3), drop="2")
        assert ("volume", None) in heard[4:]
        assert ("view", None) in heard[4:]
        assert page.field.volume.shape[0] == 3

    def test_a_page_that_comes_later_is_told_what_is_there(self, page):
        held = page.send(series())
        assert page.say("state") == held


class TestFolder:
    def test_it_is_private_and_goes_with_the_field(self, page, temporary):
        page.send(series())
        folder = page.field.path
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert left(temporary) == [folder.name]
        volume = page.field.volume
        page.field.close()
        assert left(temporary) == []
        with pytest.raises(ctkit.LoadError, match="this field is closed"):
            _ = page.field.path
        assert volume.shape[0] == 5

    def test_another_drop_takes_its_place_once_it_is_whole(self, page, temporary):
        page.send(series())
        first = page.field.path
        page.send({"note.txt": b"no scan"}, drop="2")
        assert page.field.path == first
        assert left(temporary) == [first.name]
        page.send(series(3), drop="3")
        assert left(temporary) == [page.field.path.name] != [first.name]

    def test_close_gives_back_every_widget(self):
        before = set(open_widgets)
        page = Page()
        page.send(series())
        page.say("open", series=0)
        page.field.close()
        assert set(open_widgets) - before == set()
        page.field.close()

    def test_it_goes_when_python_ends(self, temporary):
        assert self.run_and_end("pass", temporary) == 0
        assert left(temporary) == []

    def test_the_next_one_removes_what_a_killed_python_left(self, temporary, monkeypatch):
        end = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
        assert self.run_and_end(end, temporary) == -signal.SIGKILL
        lost = left(temporary)
        assert len(lost) == 1
        page = Page()
        page.send(series())
        assert set(lost) < set(left(temporary))  # it may be one that is being made
        monkeypatch.setattr(private, "_MINUTE", -1)
        page.send(series(), drop="2")
        assert left(temporary) == [page.field.path.name]
        page.field.close()

    def run_and_end(self, end, temporary):
        """Hold a scan in a Python of its own, and end it so."""
        code = (
            "import sys, tempfile; sys.path.insert(0, 'tests'); tempfile.tempdir = sys.argv[1]\n"
            "from _dropped import Page\n"
            "page = Page(); page.begin({'a': b'12'})\n"
            f"{end}"
        )
        root = Path(__file__).resolve().parents[1]
        return subprocess.run([sys.executable, "-c", code, str(temporary)], cwd=root).returncode


def jane(**changes):
    """A series whose every name and free text is somebody's."""
    texts = {"PatientName": f"{JANE}^X", "PatientID": JANE, "StudyDescription": JANE}
    texts |= {"SeriesDescription": f"Head 1.0 H60s {JANE}", "InstitutionName": JANE}
    return series(folder=f"{JANE}/{JANE}", **texts | changes)


def everything(page):
    """All that a reader, a page or a saved notebook may see of a field."""
    field = page.field
    texts = [repr(field), repr(field.series), field.series._repr_html_(), page.all_heard()]
    texts.append(json.dumps(field._repr_mimebundle_()))
    texts += [
        str(widget.get_state()) for widget in (*field.children, field, *open_widgets.values())
    ]
    if field._held is not None:
        texts += [str(path) for path in field.path.rglob("*")]
        try:
            texts += [repr(field.volume), str(field.volume.report), field.volume._repr_html_()]
        except ctkit.LoadError as error:
            texts.append(str(error))
    return "\n".join(texts)


def broken(files):
    """The same files, of which one is cut."""
    name = next(iter(files))
    return files | {name: files[name][:-50]}


def directory():
    """A DICOMDIR and the slices that it lists, in the folders that it gives them."""
    fileset = FileSet()
    for k in range(3):
        dataset = _dicom.ct_slice(k)
        dataset.PatientName, dataset.PatientID = JANE, JANE
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20200102", "101010", "1"
        fileset.add(dataset)
    with tempfile.TemporaryDirectory() as room:
        fileset.write(room)
        found = contents(Path(room))
    return {f"{JANE}/{name.partition('/')[2]}": content for name, content in found.items()}


HIDDEN = {
    "a folder": jane,
    "a damaged slice": lambda: broken(jane()),
    "a zip": lambda: {f"{JANE}.zip": zipped(jane())},
    "a zip with a damaged slice": lambda: {f"{JANE}.zip": zipped(broken(jane()))},
    "a damaged zip": lambda: {f"{JANE}.zip": zipped(jane()).replace(b"PatientName", b"x")[:-40]},
    "a zip of another method": lambda: {f"{JANE}.zip": zipped(jane(), 14)},
    "half of a pair": lambda: {f"{JANE}/{JANE}.hdr": bytes(344) + b"ni1\0"},
    "voxels that are not there": lambda: {
        f"{JANE}.mhd": b"NDims = 3\nDimSize = 2 2 2\nElementType = MET_SHORT\n"
        b"ElementSpacing = 1 1 1\nElementDataFile = " + JANE.encode() + b".raw\n"
    },
    "no scan": lambda: {f"{JANE}.txt": b"hello", f"{JANE}/{JANE}.pdf": b"%PDF"},
    "a secondary capture": lambda: jane(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", Modality=JANE[:6]),
    "a DICOMDIR": lambda: directory(),
    "a DICOMDIR alone": lambda: {"DICOMDIR": directory()[f"{JANE}/DICOMDIR"]},
    "a NIfTI": lambda: {f"{JANE}.nii": nib.Nifti1Image(np.zeros((3, 4, 5)), None).to_bytes()},
}


class TestPrivacy:
    @pytest.mark.parametrize("kind", HIDDEN)
    def test_nothing_says_a_name(self, page, kind):
        page.send(HIDDEN[kind]())
        page.say("open", series=0)
        page.say("open", series=1)
        seen = everything(page)
        assert JANE not in seen.upper()
        assert JANE[:6] not in seen.upper()

    def test_the_names_would_be_seen(self, page, tmp_path):
        page.send(jane())
        page.heard.append({"words": JANE})
        assert JANE in everything(page)
        (tmp_path / JANE).write_bytes(b"no scan")
        with pytest.raises(ctkit.LoadError, match=JANE):
            ctkit.load(tmp_path / JANE)

    def test_terms_of_a_description_stay(self, page):
        page.send(jane())
        assert page.field.series[0].description == "Head 1.0 H60s ..."

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("THIN AXIAL BONE 0.625mm", "THIN AXIAL BONE 0.625mm"),
            ("CTA Head/Neck", "CTA Head/Neck"),
            ("Abdomen w/o Dr. Young", "Abdomen w/o ..."),
            ("19570412", "..."),
            ("12 04 57", "..."),
            ("Head_Doe", "..."),
            ("", ""),
        ],
    )
    def test_what_is_harmless(self, said, shown):
        assert harmless(said) == shown

    def test_a_loss_that_a_dicomdir_tells_is_told(self, page):
        files = directory()
        del files[sorted(files)[-1]]
        answer = page.send(files)
        note = "its DICOMDIR lists 1 file that is not there: slices may be missing"
        assert answer["notes"] == [note]
        assert note in page.field.volume.report

    def test_a_whole_dicomdir_tells_of_none(self, page):
        assert page.send(directory())["notes"] == []


NAMES = [
    "../../etc/passwd",
    "/etc/passwd",
    "a\0b",
    "C:\\x\\y",
    "..",
    "",
    ".",
    "x" * 5000,
    "a/" * 999,
]
NAMES += ["\ud800", "file1", "CON", "a\nb", "~", "$(id)", "-rf"]


class TestHostile:
    @pytest.mark.parametrize("packed", [False, True], ids=["files", "zip"])
    def test_no_name_becomes_a_path(self, page, tmp_path, packed):
        names = [n for n in NAMES if n and len(n) < 5000 and n != "\ud800"] if packed else NAMES
        before = {path for path in tmp_path.rglob("*") if "ctkit-drop" not in str(path)}
        files = dict(zip(names, [*series(5).values(), *(len(names) - 5) * [b"x"]], strict=True))
        page.send({"a.zip": zipped(files)} if packed else files)
        assert page.field.volume.shape[0] == 5
        found = {path for path in tmp_path.rglob("*") if "ctkit-drop" not in str(path)}
        assert found == before
        assert all(path.parent == page.field.path for path in page.field.path.rglob("*"))

    @pytest.mark.parametrize(
        "files",
        [
            *(None, 5, "ab", {}, [5], [["a"]], [["a", -1]], [["a", 1.5]], [["a", True]]),
            *([["a", "1"]], [[5, 5]], [["a", 2**70]], [["a", 1, 2]], [["a", float("nan")]]),
        ],
    )
    def test_what_is_no_list_of_files_is_refused(self, page, temporary, files):
        answer = page.say("begin", drop="1", files=files)
        assert answer["kind"] == "refused"
        assert "belongs to no file" in answer["words"]
        assert left(temporary) == []

    def test_an_empty_folder_says_so(self, page):
        assert page.send({})["words"] == "there are no files in it"

    @pytest.mark.parametrize(
        ("parts", "content"),
        [
            (None, b"12"),
            ([[0, 0, 3]], b"12"),
            ([[0, 0, 1]], b"12"),
            ([[0, 1, 2]], b"12"),
            ([[0, 0, 5]], b"12345"),
            ([[2, 0, 2]], b"12"),
            ([[-1, 0, 2]], b"12"),
            ([[0, 0, 2.0]], b"12"),
            ([[0, 0, 1], [0, 0, 1]], b"12"),
            ([[0, 0, -2], [0, 0, 4]], b"12"),
            ([[0, 0]], b"12"),
            ("ab", b"12"),
            ([[10**30, 0, 2]], b"12"),
        ],
    )
    def test_pieces_that_dont_fit_end_the_drop(self, page, temporary, parts, content):
        page.begin({"a": b"1234", "b": b"12"})
        answer = page.say("bytes", content, drop="1", parts=parts)
        assert (answer["kind"], answer["drop"]) == ("refused", "1")
        assert "belongs to no file" in answer["words"]
        assert left(temporary) == []
        assert "it was stopped" in page.say("end", drop="1")["words"]

    @pytest.mark.parametrize("buffers", [(), (b"1", b"2")])
    def test_so_does_another_number_of_buffers(self, page, buffers):
        page.begin({"a": b"12"})
        assert "no file" in page.say("bytes", *buffers, drop="1", parts=[[0, 0, 2]])["words"]

    def test_an_end_that_comes_too_early_is_refused(self, page, temporary):
        page.begin({"a": b"1234"})
        page.say("bytes", b"12", drop="1", parts=[[0, 0, 2]])
        assert "not come whole" in page.say("end", drop="1")["words"]
        assert left(temporary) == []

    @pytest.mark.parametrize("message", [None, 5, [], {}, {"kind": "none"}, {"kind": ["open"]}])
    def test_other_messages_are_not_heard(self, page, message):
        page.field._hear(None, message, [])
        assert page.heard == []

    @pytest.mark.parametrize("number", ["0", None, 1.0, 7, -1])
    def test_a_series_that_is_none_is_not_opened(self, page, number):
        page.send(series())
        page.say("open", series=number)
        assert (page.field.picked, page.field.view) == (0, None)

    def test_what_is_no_scan_is_refused_in_words(self, page, temporary):
        words = page.send({"a/b.txt": b"hello"})["words"]
        assert words.startswith("there is no DICOM and no NIfTI, MetaImage or NRRD among 1 file")
        assert left(temporary) == []

    def test_a_stop_removes_what_came(self, page, temporary):
        page.begin({"a": b"1234"})
        page.say("bytes", b"12", drop="1", parts=[[0, 0, 2]])
        page.say("cancel", drop="2")
        assert left(temporary) != []
        page.say("cancel", drop="1")
        assert left(temporary) == []
        assert "it was stopped" in page.say("bytes", b"34", drop="1", parts=[[0, 2, 2]])["words"]

    def test_of_two_at_once_the_newer_counts(self, page, temporary):
        page.begin({"a": b"1234"}, drop="old")
        page.send(series(), drop="new")
        assert "another drop has taken the place" in page.say("end", drop="old")["words"]
        assert page.field.volume.shape[0] == 5
        assert left(temporary) == [page.field.path.name]


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "words"),
        [
            (
                {"members": 4},
                "there are 5 files of .* above the limit of 4 for members.*'members': 5",
            ),
            ({"bytes": 999}, "above the limit of 999 for bytes. If you trust them: zip_limits="),
        ],
    )
    def test_they_hold_before_any_byte_is_taken(self, temporary, limits, words):
        page = Page(zip_limits=limits)
        answer = page.begin(series())
        assert answer["kind"] == "refused"
        assert re.search(words, answer["words"])
        assert left(temporary) == []

    def test_usual_ones_are_those_of_zips(self, page):
        files = [[f"{k}", 0] for k in range(20_001)]
        words = page.say("begin", drop="1", files=files)["words"]
        assert "20,001 files of 0 bytes: above the limit of 20,000 for members" in words
        words = page.say("begin", drop="1", files=[["a", 9 * 2**30]])["words"]
        assert "1 file of 9.0 GB: above the limit of 8,589,934,592 for bytes" in words

    def test_the_disk_is_asked_for_room(self, page, temporary, monkeypatch):
        free = types.SimpleNamespace(free=10)
        monkeypatch.setattr(receiving.shutil, "disk_usage", lambda path: free)
        words = page.begin({"a": b"12345678901"})["words"]
        assert words.startswith("the files take 11 bytes, and the temporary folder has room for 10")
        assert left(temporary) == []

    def test_a_full_disk_says_so(self, page, temporary, monkeypatch):
        page.begin({"a": b"12"})
        page.field._arriving._paths[0] = Path("/dev/full")
        answer = page.say("bytes", b"12", drop="1", parts=[[0, 0, 2]])
        assert answer["words"] == "the files can't be kept: the disk is full"
        assert left(temporary) == []

    def test_a_bomb_is_not_unpacked(self, page, temporary):
        words = page.send({"a.zip": zipped({"a": bytes(20 * 2**20)})})["words"]
        assert "above the limit of 200 for ratio" in words
        assert left(temporary) == []

    def test_raised_ones_let_it_through(self, temporary):
        page = Page(zip_limits={"ratio": 5000})
        page.send({"a.zip": zipped(series() | {"scan/zeros": bytes(20 * 2**20)})})
        assert page.field.volume.shape[0] == 5
        page.field.close()

    def test_limits_that_cant_be_are_refused_at_once(self):
        with pytest.raises(ctkit.ParameterError, match="zip_limits is a mapping"):
            ctkit.drop(zip_limits={"files": 3})


class TestInATab:
    """Where there is no thread, no other process, and no disk."""

    @pytest.fixture(autouse=True)
    def tab(self, monkeypatch):
        def refuse(*_, **__):
            message = "can't start new thread"
            raise RuntimeError(message)

        monkeypatch.setattr(threading.Thread, "start", refuse)
        monkeypatch.setattr(subprocess, "Popen", refuse)
        monkeypatch.setattr(os, "fork", refuse)
        monkeypatch.setattr(private, "flock", None)
        monkeypatch.setattr(sys, "platform", "emscripten")

    def test_a_series_arrives_and_is_shown(self, page):
        files = series()
        page.send(files)
        page.say("open", series=0)
        assert np.array_equal(page.field.view.volume.array, hu(files))
        page.field.close()

    def test_so_does_a_compressed_one(self, page):
        datasets = [_dicom.ct_slice(k) for k in range(4)]
        files = {f"{k}": written(dataset) for k, dataset in enumerate(datasets)}
        for dataset in datasets:
            dataset.compress(pydicom.uid.RLELossless)
        page.send({f"{k}": written(dataset) for k, dataset in enumerate(datasets)})
        assert np.array_equal(page.field.volume.array, hu(files))

    def test_less_is_taken(self, page):
        words = page.say("begin", drop="1", files=[["a", 2**30 + 1]])["words"]
        assert "above the limit of 1,073,741,824 for bytes" in words
        allowed = Page(zip_limits={"bytes": 2**31})
        assert allowed.say("begin", drop="1", files=[["a", 2**30 + 1]])["kind"] == "go"
        allowed.field.close()


def test_a_private_folder_goes_when_it_is_closed(temporary):
    folder = private.PrivateFolder("ctkit-try-")
    (folder.path / "slice").write_bytes(b"pixels")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.close()
    assert not folder.path.exists()
    folder.close()  # once more does no harm
