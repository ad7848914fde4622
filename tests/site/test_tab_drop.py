"""A folder of DICOM dropped on a page in the tab: it is read there, and nothing is sent."""

import sys
from pathlib import Path

import pytest

import ctkit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _dicom

pytestmark = pytest.mark.browser
PAGE = "00_meet_the_data.ipynb"


@pytest.fixture
def scan(tmp_path):
    folder = tmp_path / "scan"
    _dicom.write(folder, _dicom.stack(6))
    return folder


def test_a_dropped_folder_is_read_in_the_tab(tab, scan):
    tab.open(PAGE)
    tab.wait_for_python()
    tab.write(2, "import ctkit\nfield = ctkit.drop()\nfield")
    tab.page.evaluate(
        "() => { const panel = window.jupyterapp.shell.currentWidget;"
        " panel.content.activeCellIndex = 2;"
        " return window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    tab.page.wait_for_selector(".ctkit-drop-zone", timeout=60_000)
    tab.asked.clear()
    tab.posted.clear()
    tab.passed_on.clear()
    tab.page.locator(".ctkit-drop-input").nth(1).set_input_files(str(scan))
    tab.page.wait_for_selector(".ctkit-drop-held:not([hidden])", timeout=120_000)
    import zlib

    own = ctkit.load(scan)
    code = "import zlib; (field.volume.shape, zlib.crc32(field.volume.array.copy()))"
    assert tab.run(code) == repr((own.shape, zlib.crc32(own.array.copy())))
    # Packages of the site may be fetched meanwhile; nothing goes the other way.
    assert tab.posted == []
    fetched = [url for url in tab.asked if not url.endswith(("/lite/api/drive", "/lite/api/stdin"))]
    assert [url for url in fetched if not url.endswith((".whl", ".js", ".zip"))] == []
    # The files that Python writes in the tab are kept there.
    assert not any("/api/" in url for url in tab.passed_on)
