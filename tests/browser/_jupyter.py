"""A real Jupyter server and the system's Chromium, for tests and for the benchmark."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium():
    """Path of the system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browser(flags=FLAGS):
    """A headless Chromium of Playwright's."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield opened
        finally:
            opened.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """JupyterLab, or Notebook 7, on a folder: without a token, on the loopback only."""

    def __init__(self, folder, application="lab"):
        self.folder, self.application = Path(folder), application
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.log = (self.folder / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", self.application, *self._options()],
            cwd=self.folder,
            env=self._environment(),
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait()
        return self

    def __exit__(self, *_):
        self.close_kernels()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def _options(self):
        return [
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=",
            "--ServerApp.password=",
            "--ServerApp.disable_check_xsrf=True",
            f"--ServerApp.root_dir={self.folder}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]

    def _environment(self):
        # Its own settings: the test neither reads nor changes those of whoever runs it.
        own = self.folder / ".jupyter-own"
        (own / "ipython").mkdir(parents=True, exist_ok=True)
        # No question about news over the page.
        settings = own / "lab-settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        quiet = '{"fetchNews": "false", "checkForUpdates": false}'
        (settings / "notification.jupyterlab-settings").write_text(quiet)
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return {
            **os.environ,
            "PYTHONPATH": path,
            "JUPYTER_CONFIG_DIR": str(own),
            "JUPYTERLAB_SETTINGS_DIR": str(own / "lab-settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
            # In tests this is the folder whose kernels reach no network.
            "IPYTHONDIR": os.environ.get("IPYTHONDIR", str(own / "ipython")),
            "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        }

    def _wait(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                self.get("/api/status")
            except OSError:
                time.sleep(0.2)
            else:
                return
        self.process.kill()
        message = f"Jupyter did not start: {(self.folder / 'server.log').read_text()[-2000:]}"
        raise RuntimeError(message)

    def get(self, path, method="GET"):
        """The answer of the server's REST interface."""
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def close_kernels(self):
        """End every session: a kernel that outlives its page serves its old JavaScript."""
        try:
            for session in self.get("/api/sessions"):
                self.get(f"/api/sessions/{session['id']}", "DELETE")
        except OSError:
            pass

    def write_notebook(self, name, *cells):
        """A notebook of code cells in the folder; returns its name."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(book, self.folder / name)
        return name


def open_lab(server, page, name, run=True):
    """Open a notebook in JupyterLab, alone, and run all of its cells."""
    page.goto(f"{server.url}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    if run:
        run_all(page)


def run_all(page):
    """Run every cell, and wait for the last."""
    page.wait_for_function("window.jupyterapp !== undefined")
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp.shell.currentWidget;
            const session = panel?.sessionContext?.session;
            return session?.kernel?.status === "idle";
        }""",
        timeout=60_000,
    )
    # The command ends with the last cell: only then does JupyterLab leave the focus alone.
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_timeout(200)


def hide_sidebars(page):
    """Leave the window to the notebook."""
    page.evaluate(
        """() => {
            const { shell } = window.jupyterapp;
            shell.collapseLeft();
            shell.collapseRight();
        }"""
    )


def run_first_cell(page, shown, times=6):
    """Shift+Enter in Notebook 7, until its output is there: keys before the kernel are lost."""
    from playwright.sync_api import TimeoutError

    for _ in range(times - 1):
        page.locator(".jp-Cell .cm-content").first.click(timeout=60_000)
        page.keyboard.press("Shift+Enter")
        try:
            page.wait_for_selector(shown, timeout=15_000)
            return
        except TimeoutError:
            continue
    page.wait_for_selector(shown, timeout=60_000)


def run_cell(page, code):
    """Run code in the kernel of the open notebook; returns its text output."""
    return page.evaluate(
        """async (code) => {
            const panel = window.jupyterapp.shell.currentWidget;
            const kernel = panel.sessionContext.session.kernel;
            let text = "";
            const future = kernel.requestExecute({ code });
            future.onIOPub = (message) => {
                const { content } = message;
                text += content.text ?? content.data?.["text/plain"] ?? content.evalue ?? "";
            };
            await future.done;
            return text;
        }""",
        code,
    )


def pixels(page, selector=".ctkit-image"):
    """The grey values of a canvas: rows of red, at the size of the voxels."""
    return page.evaluate(
        """(selector) => {
            const canvas = document.querySelector(selector);
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const rows = [];
            for (let y = 0; y < height; y++) {
                rows.push(Array.from({ length: width }, (_, x) => data[4 * (y * width + x)]));
            }
            return rows;
        }""",
        selector,
    )
