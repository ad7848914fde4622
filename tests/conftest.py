"""What all tests share: no network, no marks on this machine, the browser, real scans."""

import os
import runpy
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
# What tests with a browser import, in whatever folder they stand.
sys.path.insert(0, str(ROOT / "tests" / "browser"))
OFFLINE = Path(__file__).with_name("_offline.py")
# Each is imported under the same name: collecting them for doctests would mix them up.
collect_ignore_glob = ["*conftest.py"]
# The same examples each time, so that a green run stays green; CTKIT_FUZZ=1 tries new ones.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.register_profile("fuzz", deadline=None)
hypothesis.settings.load_profile("fuzz" if os.environ.get("CTKIT_FUZZ") == "1" else "steady")
_TEMPORARY = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config):
    """Set up this process, and by the environment those that it starts."""
    runpy.run_path(str(OFFLINE))["block"]()
    os.environ["CTKIT_PROGRESS"] = "0"
    os.environ["CTKIT_PROGRESS_FILE"] = os.devnull  # nobody's own progress is touched, or shown
    # Kernels of notebooks read neither the settings nor the history of whoever runs the tests.
    config.stash[_TEMPORARY] = folder = tempfile.TemporaryDirectory(prefix="ctkit-tests-")
    os.environ["IPYTHONDIR"] = make_ipython_folder(Path(folder.name))


def pytest_unconfigure(config):
    """Remove what `pytest_configure` made."""
    if _TEMPORARY in config.stash:
        config.stash[_TEMPORARY].cleanup()


def make_ipython_folder(folder):
    """An IPython folder whose kernels reach no network; returns its path as a string."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    line = f"__import__('runpy').run_path({str(OFFLINE)!r})['block']()\n"
    (startup / "00-offline.py").write_text(line)
    return str(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """With CTKIT_REQUIRE_BROWSER=1 a browser test that is skipped has failed."""
    report = yield
    required = os.environ.get("CTKIT_REQUIRE_BROWSER") == "1" and item.get_closest_marker("browser")
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
    # Pyodide isn't a browser's part: who has no folder of it can have all the others.
    if required and report.skipped and "CTKIT_PYODIDE" not in str(reason):
        report.outcome = "failed"
        report.longrepr = f"CTKIT_REQUIRE_BROWSER=1, but this was skipped: {reason}"
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests stay in one process, and so do all tests of the tab: it is built once."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            scope = super()._split_scope(nodeid)
            return "tests/site/test_tab" if scope.startswith("tests/site/test_tab") else scope

    return Together(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="module", autouse=True)
def _clean_checkout():
    """What tests write goes into folders of their own, and not beside the files of git."""
    before = set(os.listdir(ROOT))
    yield
    made = sorted(name for name in set(os.listdir(ROOT)) - before if not name.startswith("."))
    allowed = {"work", "teach", "build", "dist", "node_modules"}  # which git doesn't see
    assert not set(made) - allowed, f"a test wrote into the checkout: {', '.join(made)}"


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data():
    """The folder of real scans: CTKIT_DATA, or shared/data beside the checkout, or a skip."""
    named = os.environ.get("CTKIT_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real scans at {folder}: CTKIT_DATA can name their folder")
    return folder


@pytest.fixture(scope="session")
def head():
    """The real head of the course, as a Volume."""
    import ctkit

    return ctkit.load(ctkit.samples.head())


@pytest.fixture(scope="session")
def chromium_path():
    """Chromium of the system; without it the test is skipped, or fails where it is required."""
    import _jupyter

    path = _jupyter.chromium()
    if path is None:
        reason = "no Chromium on this machine (apt install chromium)"
        if os.environ.get("CTKIT_REQUIRE_BROWSER") == "1":
            pytest.fail(f"CTKIT_REQUIRE_BROWSER is 1, but there is {reason}")
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module")
def chromium(chromium_path):
    """A running headless Chromium."""
    import _jupyter

    with _jupyter.browser() as opened:
        yield opened
