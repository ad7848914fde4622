"""pyproject.toml, environment.yml, constraints.txt and the imports tell the same story."""

import ast
import sys
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

# What environment.yml installs, and what conda-forge calls it where the names differ.
EXTRAS = ("lab", "scale", "test")
CONDA_NAMES = {"isal": "python-isal", "playwright": "playwright-python"}
# Distributions whose import has another name.
IMPORT_NAMES = {"skimage": "scikit-image", "PIL": "pillow", "gdcm": "python-gdcm", "nrrd": "pynrrd"}
# Rooms that need an extra, and say so where it isn't installed.
ROOMS_OF_EXTRAS = {"dataset": ("scale",), "dicom": ("seg",)}
IMPORT_NAMES["rle"] = "pylibjpeg-rle"


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment(root):
    return yaml.safe_load((root / "environment.yml").read_text())


def parse(lines):
    """{canonical name: (bounds, marker)} of requirement lines."""
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): (str(one.specifier), _marker(one)) for one in wanted}


def _marker(wanted):
    """When it is wanted, anywhere but in a browser tab: nobody installs there by pip or conda."""
    marker = str(wanted.marker).removesuffix('sys_platform != "emscripten"').removesuffix(" and ")
    return marker or "None"


def of_project(project, *extras):
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return parse(lines)


def of_environment(environment):
    """The requirements of environment.yml, its pip lines too, without python, pip and ctkit."""
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    (by_pip,) = (line["pip"] for line in environment["dependencies"] if isinstance(line, dict))
    found = parse(conda) | parse(line for line in by_pip if not line.startswith("-e"))
    return {name: bounds for name, bounds in found.items() if name not in ("python", "pip")}


def differences(project, environment):
    """Both sides of every requirement that is not the same in the two."""
    names = {canonicalize_name(old): canonicalize_name(new) for old, new in CONDA_NAMES.items()}
    ours = {names.get(key, key): value for key, value in of_project(project, *EXTRAS).items()}
    theirs = of_environment(environment)
    return {
        name: (ours.get(name), theirs.get(name))
        for name in ours.keys() | theirs.keys()
        if ours.get(name) != theirs.get(name)
    }


def test_conda_installs_the_same(project, environment):
    assert differences(project, environment) == {}


@pytest.mark.parametrize("change", ["bound", "missing", "extra"])
def test_a_difference_is_found(project, environment, change):
    lines = [line for line in environment["dependencies"] if line != "numpy>=2.0"]
    lines += {"bound": ["numpy>=1.26", "pip"], "missing": [], "extra": ["numpy>=2.0", "pandas"]}[
        change
    ]
    found = differences(project, {"dependencies": lines})
    assert set(found) == {"pandas" if change == "extra" else "numpy"}


def test_conda_uses_the_same_python_and_this_checkout(project, environment):
    assert f"python{project['requires-python']}" in environment["dependencies"]
    assert "-e ." in environment["dependencies"][-1]["pip"]
    assert environment["channels"][0] == "conda-forge"


def test_every_requirement_has_a_lower_bound(project):
    for name, (bounds, _) in of_project(project, *project["optional-dependencies"]).items():
        assert ">=" in bounds, name


@pytest.fixture(scope="module")
def pins(root):
    """{canonical name: requirement} of constraints.txt."""
    text = (root / "constraints.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {canonicalize_name(item.name): item for item in map(Requirement, lines)}


def test_constraints_pin_what_is_asked_for(project, pins):
    for name, (bounds, _) in of_project(project, *EXTRAS, "bench", "script").items():
        (pin,) = pins[name].specifier
        assert pin.operator == "==", name
        assert Requirement(f"x{bounds}").specifier.contains(pin.version), name
    assert not {"pip", "setuptools", "ctkit-course"} & set(pins)


def test_pins_allow_the_oldest_python_that_we_do(project, pins):
    # 3.11.2 is Debian 12's; some packages ask for a later 3.11.
    oldest = project["requires-python"].removeprefix(">=") + ".2"
    wrong = {}
    for name, pin in pins.items():
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:  # of an extra that isn't installed here
            continue
        allowed = found.get("Requires-Python") or ""
        if str(pin.specifier) == f"=={found['Version']}" and oldest not in SpecifierSet(allowed):
            wrong[name] = allowed
    assert wrong == {}


def test_no_decoder_under_gpl(project):
    # pylibjpeg-libjpeg is GPL-3.
    assert "pylibjpeg-libjpeg" not in of_project(project, *project["optional-dependencies"])


def imported(path):
    """Top-level names of the packages that a Python file imports, lazily too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_what_ctkit_imports_is_a_dependency(root, project):
    for path in (root / "ctkit").rglob("*.py"):
        third_party = set(imported(path)) - sys.stdlib_module_names - {"ctkit"}
        extras = ROOMS_OF_EXTRAS.get(path.parent.name, ())
        wanted = set(of_project(project, *extras))
        assert {canonicalize_name(IMPORT_NAMES.get(name, name)) for name in third_party} <= wanted


def test_the_version_is_the_same_everywhere(root):
    import ctkit

    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert citation["version"] == ctkit.__version__
    assert f"## {ctkit.__version__}" in (root / "CHANGELOG.md").read_text()
    assert metadata.version("ctkit-course") == ctkit.__version__
    assert citation["license"] == "BSD-3-Clause"
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
