"""What the README promises is so."""

import os
import re
import subprocess
import sys

import _pages
import pytest


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def first_example(readme):
    """The first block of Python."""
    return re.search(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL).group(1)


def test_the_example_is_short(readme):
    lines = [line for line in first_example(readme).splitlines() if line.strip()]
    assert len(lines) <= 8


def test_the_example_runs(readme, tmp_path):
    environment = {**os.environ, "CTKIT_PROGRESS": "0", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", first_example(readme)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Volume" in done.stdout


def test_every_page_stands_in_the_table(root, readme):
    pages = {path.name for path in (root / "notebooks").glob("*.ipynb")}
    rows = re.findall(
        r"^\| (\d\d) \| \[(.+?)\]\(notebooks/(\S+?)\) \| .+? \| (\d+) \|$", readme, re.M
    )
    assert [name for _, _, name, _ in rows] == sorted(pages)
    for number, title, _, minutes in rows:
        first = _pages.cells(number)[0].source
        assert f"# {number} · {title}\n" in first
        assert f"| **Time** | {minutes} minutes |" in first


def test_links_inside_the_checkout_lead_somewhere(root, readme):
    links = re.findall(r"\]\((?!https?://|#)([^)\s]+)\)", readme)
    assert len(links) > 10
    assert [link for link in links if not (root / link.partition("#")[0]).exists()] == []


def test_the_commands_exist(root, readme):
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join(re.findall(r"`+[^`]+`+", readme))))
    assert {"lab", "test"} <= named <= targets


def test_functions_in_the_readme_exist(readme):
    import ctkit

    names = set(re.findall(r"\bctkit\.([A-Za-z_]+)(?:\.\w+)?[(\[`]", readme))
    assert len(names) > 10
    assert [name for name in names if not hasattr(ctkit, name)] == []


def test_it_says_what_it_must(readme):
    assert "not for clinical use" in readme.lower()
    assert "ctkit-course" in readme
    assert readme.index("![") < readme.index("## ")
