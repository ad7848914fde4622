"""How soon a page of the website runs in a tab, and how fast ctkit is there.

    python benchmarks/bench_site.py

Measures the folder site/ (`make site`), as docs/site/serve.py serves it to headless Chromium: cold
in a browser that has nothing, warm in one that has run the page before. Writes its part of
benchmarks/site.md.
"""

import os
import statistics
import sys
import threading
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("browser", "site")]
sys.path.insert(0, str(ROOT / "docs" / "site"))

from _jupyter import FLAGS, chromium  # noqa: E402
from _tab import Tab  # noqa: E402
from bench_site_pages import FOLDER, put  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

import serve  # noqa: E402

PAGE = "00_meet_the_data.ipynb"
ROUNDS = int(os.environ.get("CTKIT_ROUNDS", "3"))
BEGIN, END = "<!-- tab -->\n", "<!-- end of tab -->\n"
#: What is run one after the other in the page's kernel, and what it is called.
STAGES = {
    "`import ctkit`": "import ctkit",
    "the head is loaded": "volume = ctkit.load(ctkit.samples.head())",
}
VIEWER = "ctkit.explore(volume)"
#: Seconds that a first cell of one's own may take, and MB that may be sent for it.
AIMS = {"cold": 20, "warm": 12}
MOST_MB = 35
#: Timed in the tab and on this machine, in seconds: the least of three.
OPERATIONS = {
    "load the head": "ctkit.load(ctkit.samples.head())",
    "head_mask": "ctkit.head_mask(volume)",
    "resample to 2 mm": "ctkit.resample(volume, 2)",
    "denoise, gaussian": "ctkit.denoise(volume, 'gaussian')",
    "denoise, median": "ctkit.denoise(volume, 'median')",
    "apply_window to all of it": "ctkit.apply_window(volume.array, 40, 80)",
}
TIMED = """
import time, ctkit
volume = ctkit.load(ctkit.samples.head())
def least(call):
    spent = []
    for _ in range(3):
        start = time.perf_counter(); call(); spent.append(time.perf_counter() - start)
    return min(spent)
print([{calls}])
"""


class Counting(serve.Handler):
    """Counts the bytes that are sent."""

    sent = 0

    def end_headers(self):
        """Add what this answer holds."""
        length = [line for line in self._headers_buffer if line.startswith(b"Content-Length")]
        if self.command == "GET" and length:
            Counting.sent += int(length[0].split(b":")[1])
        super().end_headers()


def start(browser, url):
    """[(stage, seconds since the link was pressed, MB sent)] of one start."""
    found, Counting.sent = [], 0
    begun = time.perf_counter()

    def reached(stage):
        found.append((stage, time.perf_counter() - begun, Counting.sent / 1e6))

    tab = browser(url)
    tab.open(PAGE)
    reached("the page is there, in JupyterLab")
    tab.page.evaluate("() => window.jupyterapp.restored")
    tab.run("1 + 1")
    reached("Python answers: the first cell of one's own")
    for stage, code in STAGES.items():
        tab.run(code)
        reached(stage)
    tab.write(1, VIEWER)
    tab.page.evaluate(
        "() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 1;"
        " window.jupyterapp.commands.execute('notebook:run-cell'); }"
    )
    tab.page.wait_for_selector(".jp-OutputArea .ctkit-image[aria-label]", timeout=120_000)
    reached("the viewer shows it")
    tab.page.close()
    return found


def measure(playwright, url):
    """{cold or warm: [start, ...]}, and the seconds of each operation in the tab."""
    found = {"cold": [], "warm": []}
    for number in range(ROUNDS):
        with TemporaryDirectory() as profile:
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium(), args=FLAGS, headless=True
            )
            opened = partial(in_context, context)
            for state in found:
                found[state].append(start(opened, url))
            if number == ROUNDS - 1:
                operations = timed_in_tab(opened, url)
            context.close()
    return found, operations


def in_context(context, url):
    """A tab in a browser that is there already, with its cache."""
    tab = Tab.__new__(Tab)
    tab.url, tab.context, tab.page = url, context, context.new_page()
    return tab


def timed_in_tab(opened, url):
    """Seconds of each operation, in the tab."""
    tab = opened(url)
    tab.open(PAGE)
    tab.wait_for_python()
    return eval(tab.run(_code(), seconds=300).strip().splitlines()[-1])


def timed_here():
    """The same, in this process."""
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(_code(), {})
    return eval(said.getvalue())


def _code():
    calls = ", ".join(f"least(lambda: {call})" for call in OPERATIONS.values())
    return TIMED.replace("{calls}", calls)


def table(found, in_tab, here, version, load):
    """This part of the text."""
    lines = [
        f"## A page that runs in the tab\n\n{version}, page 00, {ROUNDS} rounds, {os.cpu_count()} "
        f"cores, load {load:.1f} (other work on the machine slows all); seconds since the link was "
        "pressed, MB as sent with gzip. `make bench-site` measures it again.\n",
        "| | least (s) | median | at most | MB sent until then |",
        "|---|---:|---:|---:|---:|",
    ]
    for state, starts in found.items():
        for stage in zip(*starts, strict=True):
            seconds = [one[1] for one in stage]
            first = "first cell" in stage[0][0]
            lines.append(
                f"| {state}: {stage[0][0]} | {min(seconds):.1f} | {statistics.median(seconds):.1f} "
                f"| {AIMS[state] if first else ''} | {max(one[2] for one in stage):.1f} |"
            )
    size = sum(path.stat().st_size for path in (FOLDER / "lite").rglob("*") if path.is_file())
    lines += [
        f"\nUntil the first cell at most {MOST_MB} MB are to be sent. JupyterLite with Python, its "
        f"packages and the pages is a folder of {size / 1e6:.0f} MB.\n",
        "| on the head, 108 x 256 x 256 | in the tab (s) | on the machine (s) | times |",
        "|---|---:|---:|---:|",
    ]
    for name, slow, fast in zip(OPERATIONS, in_tab, here, strict=True):
        lines.append(f"| {name} | {slow:.2f} | {fast:.3f} | {slow / fast:.1f} |")
    return "\n".join(lines) + "\n"


def main():
    if not (FOLDER / "lite").is_dir():
        sys.exit("bench_site: there is no site/lite: `make site` builds it")
    load = os.getloadavg()[0]
    handler = partial(Counting, directory=os.fspath(FOLDER))
    with serve.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served, sync_playwright() as p:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{served.server_port}/"
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        version = f"Chromium {browser.version}"
        browser.close()
        found, in_tab = measure(p, url)
        served.shutdown()
    put(table(found, in_tab, timed_here(), version, load), BEGIN, END)


if __name__ == "__main__":
    main()
