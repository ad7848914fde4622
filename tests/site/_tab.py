"""JupyterLite of the website for tests: served on the loopback, and a page of it in the browser."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
sys.path.insert(0, str(ROOT / "docs" / "site"))


def pyodide():
    """The folder with Pyodide's release, or a skip."""
    named = os.environ.get("CTKIT_PYODIDE")
    folder = Path(named) if named else ROOT.parent / "shared" / "pyodide-0.27.7"
    if not (folder / "pyodide-lock.json").is_file():
        pytest.skip(f"no Pyodide at {folder}: CTKIT_PYODIDE can name its folder")
    return folder


def build(target):
    """Build what runs in the tab, from a folder with Pyodide's release.

    CTKIT_SITE names a folder where all of it is built already.
    """
    if named := os.environ.get("CTKIT_SITE"):
        return Path(named).resolve()
    pytest.importorskip("jupyterlite_core", reason="the extra `site` is not installed")
    command = [sys.executable, str(ROOT / "docs" / "site" / "build.py")]
    done = subprocess.run(
        [*command, "--only", "lite", "--target", str(target)],
        env={**os.environ, "CTKIT_PYODIDE": str(pyodide())},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


class Tab:
    """A browser's tab on JupyterLite; what leaves the loopback goes nowhere, and is noted."""

    def __init__(self, chromium, url, **options):
        self.url, self.asked, self.outside, self.posted, self.passed_on = url, [], [], [], []
        self.context = chromium.new_context(viewport={"width": 1400, "height": 1000}, **options)
        self.context.route(lambda address: not self._is_ours(address), self._refuse)
        self.page = self.context.new_page()
        self.context.on("request", self._note)

    def _is_ours(self, address):
        return address.startswith((self.url, "blob:", "data:"))

    def _refuse(self, route):
        self.outside.append(route.request.url)
        route.abort()

    def _note(self, request):
        # JupyterLite's worker asks the server for what the page asks of it, or answers by itself.
        (self.asked if request.service_worker is None else self.passed_on).append(request.url)
        # JupyterLite's own worker answers these in the browser: they reach no server.
        if request.method != "GET" and "/api/" not in request.url:
            self.posted.append(request.url)

    def open(self, name):
        """Open a page of the course."""
        self.page.goto(f"{self.url}lite/lab/index.html?path={name}")
        self.wait_for_page()

    def wait_for_page(self):
        self.page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell .cm-content", timeout=60_000)

    def wait_for_python(self):
        self.run("", 180)
        self.page.wait_for_function("() => document.querySelector('.ctkit-notice')?.hidden")

    def close(self):
        self.context.close()

    def source(self, number):
        """What stands in a cell."""
        return self.page.evaluate(f"() => {CELLS}[{number}].model.sharedModel.getSource()")

    def write(self, number, code):
        """Change a cell, and save the page."""
        self.page.evaluate(
            f"(code) => {{ {CELLS}[{number}].model.sharedModel.setSource(code);"
            f" return {PANEL}.context.save(); }}",
            code,
        )

    def run(self, code, seconds=120):
        """Run code in the page's kernel; returns what it prints, its result, or its error."""
        from _jupyter import run_cell

        self.page.set_default_timeout(seconds * 1000)
        self.page.wait_for_function(
            f"() => window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel"
        )
        return run_cell(self.page, code)

    def run_cells(self, seconds=400):
        """Run every cell of the page, each also where one before it fails; its cells as JSON."""
        self.page.evaluate(
            f"""() => {{
                window.allRan = false;
                const run = async () => {{
                    for (const cell of {CELLS}) {{
                        if (cell.model.type !== "code") continue;
                        {PANEL}.content.activeCellIndex = {CELLS}.indexOf(cell);
                        await window.jupyterapp.commands.execute("notebook:run-cell");
                    }}
                    window.allRan = true;
                }};
                run();
            }}"""
        )
        self.page.wait_for_function("() => window.allRan", timeout=seconds * 1000)
        self.page.wait_for_timeout(1000)
        return self.page.evaluate(f"() => {PANEL}.content.model.toJSON().cells")


PANEL = "window.jupyterapp.shell.currentWidget"
CELLS = f"{PANEL}.content.widgets"


def said(cell):
    """What a code cell says: its printed lines, then its results and errors in words."""
    printed, results = "", []
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            if output["name"] == "stdout":
                printed += "".join(output["text"])
        elif output["output_type"] == "error":
            results.append(f"{output['ename']}: {output['evalue']}")
        else:
            results.append("".join(output["data"].get("text/plain", "")))
    return [printed.strip(), *results]


def committed(name):
    """The cells of a page as it is committed."""
    return json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]


def serving(folder):
    """A server of the site, running; its address ends with a stroke."""
    import serve

    server = serve.server(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"
