"""The bounds of pyproject.toml are true: the quick tests pass with the lowest and the newest.

Each environment is made anew in a temporary folder, from the package index that pip is set up
for, and takes some minutes: `make test-slow` runs this.
"""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
EXTRAS = ("lab", "test")
# A page that shows figures and one that shows widgets.
PAGES = ("05", "08")
NUMBER = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"


def find_python(number):
    """The path of a Python of this version that can make environments, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    names = [shutil.which(f"python{number}"), shutil.which("python3"), shutil.which("python")]
    names += sorted(pyenv.glob(f"versions/{number}.*/bin/python"), reverse=True)
    for name in filter(None, names):
        done = subprocess.run([name, "-c", NUMBER], capture_output=True, text=True)
        if done.stdout.strip() == number:
            return str(name)
    return None


def lowest(project):
    """A line for pip of each requirement at its lower bound."""
    lines = list(project["dependencies"])
    for extra in EXTRAS:
        lines += project["optional-dependencies"][extra]
    return [re.sub(">=", "==", line, count=1) for line in lines]


def test_the_lowest_are_the_bounds_themselves(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lines = lowest(project)
    assert any(line.startswith("numpy==") for line in lines)
    assert any(line.startswith("pytest==") for line in lines)
    # One bound a line, so that "==" names one release.
    assert [line for line in lines if not re.match(r"[\w.-]+==[\d.]+(;|$)", line)] == []


def run(*command, cwd, **more):
    """Run a command, and fail with the end of what it says."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "CTKIT_"))}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout[-8000:]}", pytrace=False)
    return done.stdout


def environment(root, folder, number, lines):
    """The Python of a new environment of the checkout, with these requirements besides."""
    found = find_python(number)
    if found is None:
        pytest.skip(f"there is no Python {number} with venv here")
    run(found, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(lines) + "\n")
    given = ("--prefer-binary", "-c", constraints, "-e", f"{root}[{','.join(EXTRAS)}]")
    run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *given, cwd=folder)
    return python


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("versions", "number"), [("lowest", PYTHONS[0]), *(("newest", number) for number in PYTHONS)]
)
def test_the_quick_tests_pass_with(versions, number, root, tmp_path):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    python = environment(root, tmp_path, number, lowest(project) if versions == "lowest" else [])
    pages = [next((root / "notebooks").glob(f"{page}_*.ipynb")) for page in PAGES]
    quick = ("-q", "-p", "no:cacheprovider", "-m", "not slow and not browser")
    nbval = ("--nbval", "--nbval-current-env", "--nbval-cell-timeout=120")
    said = run(python, "-m", "pytest", *quick, *nbval, "tests", "ctkit", *pages, cwd=root)
    assert re.search(r"\d{4,} passed", said)
