"""drop() in JupyterLab and Notebook 7: pickers, real drags, a slow kernel, and what is saved."""

import base64
import hashlib
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from _jupyter import Server, open_lab, pixels, run_all, run_cell, run_first_cell

import ctkit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _dicom
from _dropped import contents, zipped

pytestmark = pytest.mark.browser
JANE = "JANEDOE"
MAKE = "import ctkit\nfield = ctkit.drop()\nfield"
EMPTY = "field._stop_arriving(); field._hide(); field._let_go(); field._tell_state()"
PIECE = 2**21


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A folder of DICOM files in a folder, all called by somebody's name, and more besides."""
    folder = tmp_path_factory.mktemp("scans") / JANE
    datasets = _dicom.stack(6)
    for dataset in datasets:
        dataset.PatientName = dataset.StudyDescription = JANE
    _dicom.write(folder, datasets, names=JANE + "/{:03d}")
    (folder / f"{JANE}.txt").write_text(JANE)
    return folder


@pytest.fixture(scope="module")
def volume(scan):
    return ctkit.load(scan)


@pytest.fixture(scope="module")
def opened(lab, chromium):
    """A notebook with a field in it, opened once."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    open_lab(lab, page, lab.write_notebook("drop.ipynb", MAKE))
    page.wait_for_selector(".ctkit-drop-zone", timeout=60_000)
    yield page
    context.close()
    lab.close_kernels()


@pytest.fixture
def field(opened):
    """The page with an empty field."""
    run_cell(opened, EMPTY)
    opened.wait_for_function(
        "document.querySelector('.ctkit-drop-held').hidden"
        " && document.querySelector('.ctkit-drop-progress').hidden"
    )
    return opened


def pick(page, *paths, folder=False):
    page.locator(".ctkit-drop-input").nth(int(folder)).set_input_files([str(p) for p in paths])


def drag(page, *paths):
    """Drag files or folders of this disk onto the field, as the system does it."""
    page.locator(".ctkit-drop-zone").scroll_into_view_if_needed()
    box = page.locator(".ctkit-drop-zone").bounding_box()
    client = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for kind in ("dragEnter", "dragOver", "drop"):
        client.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})
    client.detach()


def drop_made(page, files):
    """Drop files that a script makes, {name: bytes}."""
    made = {name: base64.b64encode(content).decode() for name, content in files.items()}
    page.evaluate(
        """(files) => {
            const dataTransfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                dataTransfer.items.add(new File([bytes], name));
            }
            const zone = document.querySelector(".ctkit-drop-zone");
            const event = { dataTransfer, bubbles: true, cancelable: true };
            zone.dispatchEvent(new DragEvent("drop", event));
        }""",
        made,
    )


def status(page, words, seconds=60):
    """Wait until the field says so."""
    page.wait_for_function(
        "words => document.querySelector('.ctkit-drop-status').textContent.includes(words)",
        arg=words,
        timeout=1000 * seconds,
    )


def failure(page, words, seconds=60):
    """Wait until the field reports this error."""
    page.wait_for_function(
        """words => {
            const error = document.querySelector('.ctkit-drop > .ctkit-error');
            return !error.hidden && error.textContent.includes(words);
        }""",
        arg=words,
        timeout=1000 * seconds,
    )


def holds(page, volume):
    """The kernel's volume has the same voxels, and millimetres."""
    code = (
        "import hashlib\n"
        "print(hashlib.sha256(field.volume.array.tobytes()).hexdigest(), field.volume.shape,"
        " field.volume.affine.round(6).tolist())"
    )
    digest = hashlib.sha256(volume.array.tobytes()).hexdigest()
    said = f"{digest} {volume.shape} {volume.affine.round(6).tolist()}"
    assert run_cell(page, code).strip() == said


def shows(page, wanted):
    """The opened view comes to show these greys."""
    ends = time.monotonic() + 30
    while not np.array_equal(np.array(pixels(page)), wanted):
        assert time.monotonic() < ends, page.locator(".ctkit-image").first.get_attribute(
            "aria-label"
        )
        page.wait_for_timeout(100)


def nothing_arrives(field):
    """Python has heard it too: what a cell says may come before what the page has sent."""
    ends = time.monotonic() + 30
    while run_cell(field, "print(field._arriving)").strip() != "None":
        assert time.monotonic() < ends, "Python still waits for the files"


class TestArriving:
    def test_a_folder_that_is_picked(self, field, scan, volume):
        pick(field, scan, folder=True)
        status(field, "It holds a folder of 7 files")
        holds(field, volume)
        cells = field.locator(".ctkit-drop-table tbody tr").locator("th, td").all_inner_texts()
        assert [cell.strip() for cell in cells] == [*("0", "phantom", "CT", "6", "2.5 x 1.1 x 0.8")]

    def test_files_that_are_picked(self, field, scan, volume):
        pick(field, *sorted((scan / JANE).iterdir()))
        status(field, "It holds 6 files")
        holds(field, volume)

    def test_a_folder_that_is_dragged(self, field, scan, volume):
        drag(field, scan)
        status(field, "It holds a folder of 7 files")
        holds(field, volume)

    def test_more_files_than_a_browser_lists_at_once(self, field, tmp_path):
        for k in range(250):
            _dicom.save(_dicom.ct_slice(k, shape=(3, 4)), tmp_path / f"IM{k}")
        drag(field, tmp_path)
        status(field, "It holds a folder of 250 files")
        holds(field, ctkit.load(tmp_path))

    def test_a_zip_that_is_dropped(self, field, scan, volume):
        drop_made(field, {f"{JANE}.zip": zipped(contents(scan))})
        status(field, "It holds a zip of 7 files")
        holds(field, volume)

    def test_a_nifti_of_several_pieces(self, field, tmp_path):
        values = np.random.default_rng(4).integers(-1000, 2000, (7, 500, 900)).astype(np.int16)
        made = ctkit.Volume.from_spacing(values, (4.0, 0.5, 0.75))
        ctkit.save(made, tmp_path / f"{JANE}.nii")
        assert (tmp_path / f"{JANE}.nii").stat().st_size > 2 * PIECE
        drag(field, tmp_path / f"{JANE}.nii")
        status(field, "It holds 1 file")
        holds(field, ctkit.load(tmp_path / f"{JANE}.nii"))

    def test_open_shows_it_and_python_knows(self, field, scan, volume):
        pick(field, scan, folder=True)
        status(field, "It holds")
        field.get_by_role("button", name="Open", exact=True).click()
        field.wait_for_selector(".ctkit-image[aria-label]", timeout=30_000)
        status(field, "the picture stands below")
        wanted = ctkit.apply_window(volume.plane("axial", 3), 40, 400, dtype=np.uint8)
        shows(field, wanted)
        assert run_cell(field, "print(field.view.slice)").strip() == "3"


class TestHostile:
    def test_what_is_no_scan_is_told(self, field):
        drop_made(field, {f"{JANE}.txt": b"hello"})
        failure(field, "there is no DICOM and no NIfTI, MetaImage or NRRD among 1 file: file1")

    def test_nothing_at_all_is_told(self, field, tmp_path):
        (tmp_path / "empty" / "in it").mkdir(parents=True)
        drag(field, tmp_path / "empty")
        failure(field, "there are no files in it")

    def test_only_a_few_pieces_are_under_way(self, field, tmp_path):
        large = tmp_path / "large.nii"
        with large.open("wb") as file:
            file.truncate(2**31)
        # Python keeps silent about what it has taken.
        run_cell(
            field,
            "told = []\n"
            "field._say = lambda kind, **words: told.append(kind) if kind == 'taken' else "
            "type(field)._say(field, kind, **words)",
        )
        pick(field, large)
        status(field, "Python has not answered for some seconds")
        assert run_cell(field, "print(field._arriving.taken, len(told))").strip() == (
            f"{4 * PIECE} 4"
        )
        drop_made(field, {"second.nii": b"x"})
        failure(field, "One drop at a time")
        field.get_by_role("button", name="Cancel").click()
        status(field, "Stopped")
        run_cell(field, "del field._say")
        nothing_arrives(field)
        drop_made(field, {"second.nii": b"x"})
        failure(field, "file1.nii")

    def test_two_gigabytes_pass_on_and_can_be_stopped(self, field, tmp_path):
        large = tmp_path / "large.nii"
        with large.open("wb") as file:
            file.truncate(2**31)
        pick(field, large)
        field.wait_for_function(
            "document.querySelector('.ctkit-drop-progress').value > 0.004", timeout=60_000
        )
        folder = run_cell(field, "print(field._arriving._folder.path)").strip()
        field.get_by_role("button", name="Cancel").click()
        status(field, "Stopped")
        nothing_arrives(field)
        assert not Path(folder).exists()

    def test_a_file_that_changes_meanwhile_is_told(self, field, tmp_path):
        file = tmp_path / "scan.nii"
        file.write_bytes(bytes(3 * PIECE))
        held = "import time\nwhile not __import__('os').path.exists({!r}): time.sleep(0.02)"
        free = tmp_path / "free"
        field.evaluate(
            """(code) => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                window.held = kernel.requestExecute({ code }).done;
            }""",
            held.format(str(free)),
        )
        pick(field, file)
        status(field, "Sending 1 file.")
        file.write_bytes(bytes(3 * PIECE + 1))
        free.touch()
        failure(field, "A file can't be read")
        nothing_arrives(field)


class TestReader:
    def test_the_field_is_reached_and_opened_by_keys(self, field):
        # Where JupyterLab has keys of its own: Enter edits a cell.
        field.evaluate("window.jupyterapp.commands.execute('notebook:enter-command-mode')")
        zone = field.locator(".ctkit-drop-zone")
        with field.expect_file_chooser() as chooser:
            zone.press("Enter")
        assert chooser.value.is_multiple()
        zone.press("Tab")
        field.wait_for_function("document.activeElement.textContent === 'Choose a folder'")
        with field.expect_file_chooser() as chooser:
            field.get_by_role("button", name="Choose a folder").press("Space")
        assert chooser.value.element.get_attribute("class") == "ctkit-drop-input"

    def test_axe_finds_nothing(self, field, scan):
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        found = axe.Axe().run(field, context=".ctkit-drop").response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        pick(field, scan, folder=True)
        status(field, "It holds")
        found = axe.Axe().run(field, context=".ctkit-drop").response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []

    def test_progress_is_a_status_and_errors_an_alert(self, field):
        assert field.locator(".ctkit-drop").get_by_role("status").count() == 1
        drop_made(field, {"a.txt": b"x"})
        failure(field, "no DICOM")
        assert "no DICOM" in field.locator(".ctkit-drop").get_by_role("alert").inner_text()

    def test_it_fits_a_phone(self, field, scan):
        pick(field, scan, folder=True)
        status(field, "It holds")
        box = "document.querySelector('.ctkit-drop')"
        field.evaluate(f"{box}.style.width = '330px'")
        assert field.evaluate(f"{box}.scrollWidth <= {box}.clientWidth")
        field.evaluate(f"{box}.style.width = ''")


def test_a_kernel_that_restarts_in_the_middle(field, tmp_path):
    """The last one on this page, which has a kernel of its own no more."""
    large = tmp_path / "large.nii"
    with large.open("wb") as file:
        file.truncate(2**31)
    pick(field, large)
    field.wait_for_function(
        "document.querySelector('.ctkit-drop-progress').value > 0.001", timeout=60_000
    )
    folder = Path(run_cell(field, "print(field._arriving._folder.path)").strip())
    assert folder.exists()
    field.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    failure(field, "Python can't be reached: what was on its way is lost")
    assert field.locator(".ctkit-drop-zone").is_disabled()
    field.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session"
        ".kernel.status === 'idle'",
        timeout=60_000,
    )
    assert not folder.exists()
    run_all(field)
    field.wait_for_selector(".ctkit-drop-zone:enabled", timeout=60_000)


def test_pieces_cover_every_file_once(pure):
    sizes = [0, 5, 1, 12, 0, 3, 3, 3]
    messages = pure("packed", sizes, 7)
    assert all(sum(length for *_, length in pieces) <= 7 for pieces in messages)
    assert [len(pieces) for pieces in messages] == [3, 1, 2, 2]
    have = [0] * len(sizes)
    for number, start, length in (piece for pieces in messages for piece in pieces):
        assert start == have[number]
        have[number] += length
    assert have == sizes
    many = pure("packed", [1] * 10_000, 2**21)
    assert [len(pieces) for pieces in many] == [4096, 4096, 1808]


CUT_OFF = """() => {
    const slots = [];
    const signal = { connect: (slot) => slots.push(slot), disconnect: () => {} };
    const kernel = { status: "idle", connectionStatus: "connected" };
    kernel.statusChanged = kernel.connectionStatusChanged = kernel.disposed = signal;
    const hears = () => {};
    const layout = { widget_manager: { kernel }, on: hears, off: hears };
    const sent = [];
    const model = { get: (name) => ({ mode: "drop", layout, most: 9 })[name] };
    Object.assign(model, { on: hears, off: hears, send: (message) => sent.push(message) });
    const widget = view.default();
    widget.initialize({ model });
    widget.render({ model, el: document.body });
    const input = document.querySelector(".ctkit-drop-input");
    const given = new DataTransfer();
    given.items.add(new File(["12"], "scan.nii"));
    input.files = given.files;
    input.dispatchEvent(new Event("change"));
    window.cut = { sent, tell: (status) => {
        kernel.connectionStatus = status;
        for (const slot of slots) slot();
    } };
}"""


def test_after_a_cut_connection_it_asks_what_is_held(script):
    script.evaluate(CUT_OFF)
    script.wait_for_function("cut.sent.length === 2")
    script.evaluate("cut.tell('disconnected')")
    assert "can't be reached" in script.locator(".ctkit-drop > .ctkit-error").inner_text()
    assert script.locator(".ctkit-drop-zone").is_disabled()
    script.evaluate("cut.tell('connected')")
    assert script.locator(".ctkit-drop-zone").is_enabled()
    assert script.locator(".ctkit-drop > .ctkit-error").is_hidden()
    sent = script.evaluate("cut.sent")
    assert [message["kind"] for message in sent] == ["state", "begin", "cancel", "state"]
    assert sent[1]["drop"] == sent[2]["drop"]
    assert sent[1]["files"] == [["scan.nii", 2]]


def test_nothing_of_the_scan_is_saved(lab, page, scan, volume):
    """Neither in outputs, nor among the widgets where Jupyter is told to keep them."""
    settings = lab.folder / ".jupyter-own/lab-settings/@jupyter-widgets/jupyterlab-manager"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"saveState": true}')
    name = lab.write_notebook("saved.ipynb", MAKE, "field")
    open_lab(lab, page, name)
    page.locator(".ctkit-drop-zone").nth(1).wait_for(timeout=60_000)
    pick(page, scan, folder=True)
    status(page, "It holds")
    page.locator(".ctkit-drop-open").first.click()
    page.locator(".ctkit-image[aria-label]").nth(1).wait_for(timeout=30_000)
    # The second output is made anew, of a field that holds a scan.
    page.evaluate(
        """async () => {
            const { commands, shell } = window.jupyterapp;
            shell.currentWidget.content.activeCellIndex = 1;
            await commands.execute("notebook:run-cell");
            await commands.execute("docmanager:save");
        }"""
    )
    text = (lab.folder / name).read_text()
    lab.close_kernels()
    (settings / "plugin.jupyterlab-settings").unlink()
    assert "drop(): a folder of 7 files" in text
    widgets = json.loads(text)["metadata"]["widgets"]
    states = widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert any("most" in model["state"] for model in states)
    assert any("histogram" in model["state"] for model in states)
    for secret in (JANE, "phantom", base64.b64encode(volume.array.tobytes()).decode()[:200]):
        assert secret not in text
    assert [one for model in states for one in model.get("buffers", ())] == []


@pytest.mark.slow
@pytest.mark.skipif(find_spec("notebook") is None, reason="no Notebook 7")
def test_notebook_7(tmp_path, page, scan, volume):
    with Server(tmp_path, "notebook") as server:
        name = server.write_notebook("seven.ipynb", MAKE, "print(field.volume.shape)")
        page.goto(f"{server.url}/notebooks/{name}")
        run_first_cell(page, ".ctkit-drop-zone")
        drag(page, scan)
        status(page, "It holds a folder of 7 files")
        page.get_by_role("button", name="Open", exact=True).click()
        page.wait_for_selector(".ctkit-image[aria-label]", timeout=30_000)
        wanted = ctkit.apply_window(volume.plane("axial", 3), 40, 400, dtype=np.uint8)
        shows(page, wanted)
