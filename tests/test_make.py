"""make: the learner's own copy, and one sentence where something is missing."""

import contextlib
import errno
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

import ctkit

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def checkout(tmp_path):
    """A folder, with a blank in its name, that holds what make needs to start."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder, *arguments):
    environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


def fake_python(folder, name, body):
    path = folder / name
    path.write_text(f'#!/bin/sh\ncase "$*" in {body} esac\nexit 0\n')
    path.chmod(0o755)
    return path


OLD = '*version_info*) exit 1;; -V) echo "Python 3.9.2";;'
BARE = "*ensurepip*) exit 1;; *%d.%d*) echo 3.12;;"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (OLD, "Python 3.11 or newer is needed, and here"),
        (BARE, "apt-get install python3.12-venv"),
        (None, "none was found among: nonesuch"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(checkout, tmp_path, body, sentence):
    python = "nonesuch" if body is None else fake_python(tmp_path, "python-fake", body)
    done = make(checkout, "lab", f"PYTHON={python}")
    said = [line for line in done.stderr.splitlines() if line.startswith("ctkit: ")]
    assert done.returncode != 0
    assert len(said) == 1
    assert sentence in said[0]
    assert not (checkout / ".venv").exists()


def test_a_full_disk_is_said(checkout):
    done = make(checkout, "install", "MB_NEEDED=999999999")
    assert "MB are free on this disk" in done.stderr
    assert not (checkout / ".venv").exists()


COMMANDS = [
    "05; touch ran",
    "05 && touch ran",
    "$(touch ran)",
    "`touch ran`",
    "$$(touch ran)",
    "$(shell touch ran)",
    "' ; touch ran ; '",
    '" ; touch ran ; "',
    "05\ntouch ran",
    "--help; touch ran",
]


TRIES = (
    ("reset", "NB"),
    ("notebooks", "NB"),
    ("notebooks-real", "NB"),
    ("install", "MB_NEEDED"),
    ("install", "PYTHON"),
)
# Each command once, each place twice; `make test-slow` tries each in each.
SOME = [(given, (TRIES[place % len(TRIES)],)) for place, given in enumerate(COMMANDS)]
ALL = [pytest.param(given, TRIES, marks=pytest.mark.slow) for given in COMMANDS]


@pytest.mark.parametrize(("given", "tries"), [*SOME, *ALL])
def test_no_command_in_what_is_given_is_run(installed, given, tries):
    (installed / ".venv" / ".test").touch()
    build = installed / "notebooks" / "build.py"
    build.write_text("raise SystemExit(1)")
    for target, variable in tries:
        if target == "install":
            shutil.rmtree(installed / ".venv", ignore_errors=True)
        assert make(installed, target, f"{variable}={given}").returncode != 0
        assert not list(installed.rglob("ran"))


def test_a_number_in_the_environment_runs_nothing_either(installed, monkeypatch):
    monkeypatch.setenv("NB", "$(shell touch ran)`touch ran`; touch ran")
    assert "there is no page" in make(installed, "reset").stderr
    assert not (installed / "ran").exists()


def test_reset_takes_a_page_by_its_number(installed):
    (installed / "work").mkdir()
    mine = installed / "work" / "05_choose_a_window.ipynb"
    mine.write_text("my notes")
    done = make(installed, "reset", "NB=05")
    assert done.returncode == 0, done.stderr
    assert mine.read_bytes() == (installed / "notebooks" / mine.name).read_bytes()
    assert "your page is kept as work/05_choose_a_window.mine-" in done.stdout
    for arguments in (["reset"], ["reset", "NB=-x"]):
        assert "there is no page" in make(installed, *arguments).stderr


def test_several_pages_are_built(installed):
    (installed / ".venv" / ".test").touch()
    build = installed / "notebooks" / "build.py"
    build.write_text("import sys; print('got', sys.argv[1:])")
    assert "got ['05', '06']" in make(installed, "notebooks", "NB=05 06").stdout
    assert "got []" in make(installed, "notebooks").stdout
    assert "got ['--real', '02']" in make(installed, "notebooks-real", "NB=02").stdout


def test_a_python_whose_path_has_a_blank_is_taken(checkout, tmp_path):
    python = fake_python(checkout, "its python", OLD)
    done = make(checkout, "lab", f"PYTHON={python}")
    assert f"here {python} is Python 3.9.2" in done.stderr


def test_help_lists_every_target(checkout):
    text = make(checkout, "help").stdout
    for name in ("install", "lab", "test", "test-fast", "notebooks", "check", "bench", "clean"):
        assert f"make {name} " in text
    assert make(checkout).stdout == text


@pytest.fixture
def installed(checkout):
    """The checkout as it is after `make install`, with this Python for that of its .venv."""
    shutil.copytree(ROOT / "notebooks", checkout / "notebooks")
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (venv / ".place").write_text(f"{checkout}\n")
    (venv / ".lab").touch()
    return checkout


@pytest.fixture
def lab(installed, tmp_path):
    """URL of the server that `make lab` starts, which is up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    arguments = f"LAB_ARGS=--no-browser --port={port} --IdentityProvider.token=t"
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(
            ["make", "lab", arguments],
            cwd=installed,
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/api?token=t", process, tmp_path / "log")
        yield url
    finally:
        request = urllib.request.Request(f"{url}/api/shutdown?token=t", method="POST")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=10).close()
        process.wait(30)


def wait_for(url, process, log, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_lab_opens_a_copy_of_every_page(installed, lab):
    answer = urllib.request.urlopen(f"{lab}/api/contents?token=t", timeout=10).read()
    shown = {entry["name"] for entry in json.loads(answer)["content"]}
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} <= shown
    assert not any(name.endswith(".py") or name == "scripts" for name in shown)
    assert (installed / "work" / "05_choose_a_window.ipynb").exists()


def work_tool():
    spec = importlib.util.spec_from_file_location("work", ROOT / "notebooks" / "work.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pages(tmp_path):
    """(notebooks folder, work folder) with two pages, a text and a script."""
    folder = tmp_path / "notebooks"
    (folder / "scripts").mkdir(parents=True)
    for name in ("05_a.ipynb", "06_b.ipynb", "glossary.md", "build.py", "scripts/05_a.py"):
        (folder / name).write_text(name)
    return folder, tmp_path / "work"


def test_fill_copies_what_is_absent(pages):
    tool = work_tool()
    tool.fill(*pages)
    assert sorted(p.name for p in pages[1].iterdir()) == ["05_a.ipynb", "06_b.ipynb", "glossary.md"]


def test_fill_never_touches_what_is_there(pages):
    tool = work_tool()
    tool.fill(*pages)
    (pages[1] / "05_a.ipynb").write_text("my notes")
    (pages[1] / "06_b.ipynb").unlink()
    assert [path.name for path in tool.fill(*pages)] == ["06_b.ipynb"]
    assert (pages[1] / "05_a.ipynb").read_text() == "my notes"


def test_a_full_disk_leaves_no_half_page(pages, monkeypatch):
    tool = work_tool()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(ctkit.SaveError, match="disk is full"):
        tool.fill(*pages)
    assert list(pages[1].iterdir()) == []
    monkeypatch.undo()
    assert len(tool.fill(*pages)) == 3


def test_reset_keeps_every_older_page(pages):
    tool = work_tool()
    tool.fill(*pages)
    mine = pages[1] / "05_a.ipynb"
    for text in ("first notes", "second notes"):
        mine.write_text(text)
        tool.reset("05", *pages)
        assert mine.read_text() == "05_a.ipynb"
    kept = sorted(path.read_text() for path in pages[1].glob("05_a.mine-*.ipynb"))
    assert kept == ["first notes", "second notes"]


def test_reset_of_an_untouched_page_keeps_nothing(pages):
    tool = work_tool()
    tool.fill(*pages)
    tool.reset("05", *pages)
    assert list(pages[1].glob("*mine*")) == []


@pytest.mark.parametrize("number", ["", "07", "glossary.md", "../05"])
def test_reset_of_no_page_is_refused(pages, number):
    with pytest.raises(SystemExit, match="there is no page"):
        work_tool().reset(number, *pages)
