"""How soon a page of the website runs in a tab, and how fast ctkit is there.

    python benchmarks/bench_site.py                  all stages, and the table
    python benchmarks/bench_site.py start start      a cold and a warm start, twice
    python benchmarks/bench_site.py operations viewer table

Measures the folder site/ (`make site`), as docs/site/serve.py serves it to headless Chromium: cold
in a browser that has nothing, warm in one that has run the page before. A stage takes one to three
minutes, and adds what it finds to build/bench_site.json, so that they can be run one by one;
`table` writes them to benchmarks/site.md.
"""

import contextlib
import io
import json
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

from _jupyter import FLAGS, Server, browser, chromium, hide_sidebars, open_lab  # noqa: E402
from _tab import CELLS, Tab  # noqa: E402
from bench_site_pages import FOLDER, put  # noqa: E402
from bench_view import OURS, PEERS, SETTLE_MS, race  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

import serve  # noqa: E402

PAGE = "00_meet_the_data.ipynb"
FIGURES = ROOT / "build" / "bench_site.json"
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
#: The volume that benchmarks/bench_view.py moves.
VOLUME = """
import numpy as np, ctkit
rng = np.random.default_rng(0)
values = rng.normal(40, 12, (40, 512, 512))
values += 10 * np.arange(40)[:, None, None]
volume = ctkit.Volume.from_spacing(np.rint(values).astype(np.int16), (5.0, 0.45, 0.45))
"""
OWN = {"ctkit.explore": PEERS["ctkit.explore"]}


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
    put_and_run(tab, 0, VIEWER)
    tab.page.wait_for_selector(".jp-OutputArea .ctkit-image[aria-label]", timeout=120_000)
    reached("the viewer shows it")
    tab.page.close()
    return found


def measure_start(url):
    """{cold or warm: start}."""
    with TemporaryDirectory() as profile, in_profile(profile) as opened:
        return {state: start(opened, url) for state in ("cold", "warm")}


@contextlib.contextmanager
def in_profile(profile):
    """A function that opens a tab, in a browser that keeps what it fetched."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium(), args=FLAGS, headless=True
        )
        yield partial(in_context, context)
        context.close()


def in_context(context, url):
    """A tab in a browser that is there already, with its cache."""
    tab = Tab.__new__(Tab)
    tab.url, tab.context, tab.page = url, context, context.new_page()
    return tab


def measure_operations(url):
    """Seconds of each operation: in the tab, and in this process."""
    with TemporaryDirectory() as profile, in_profile(profile) as opened:
        tab = opened(url)
        tab.open(PAGE)
        tab.wait_for_python()
        in_tab = eval(tab.run(_code(), seconds=300).strip().splitlines()[-1])
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(_code(), {})
    return [in_tab, eval(said.getvalue())]


def measure_viewer(url):
    """Milliseconds from a key to changed pixels: {"in the tab": {"slice": [...], ...}, ...}."""
    with TemporaryDirectory() as profile, in_profile(profile) as opened:
        tab = opened(url)
        tab.open(PAGE)
        tab.wait_for_python()
        for nth, code in enumerate((VOLUME, OURS)):
            put_and_run(tab, nth, code)
        in_tab = raced(tab.page)
    with TemporaryDirectory() as folder, Server(folder) as server, browser() as opened:
        page = opened.new_page(viewport={"width": 1400, "height": 1000})
        open_lab(server, page, server.write_notebook("own.ipynb", VOLUME, OURS))
        return {"in the tab": in_tab, "in JupyterLab": raced(page)}


def put_and_run(tab, nth, code):
    """Put code into one of the page's code cells, run that, and wait for it."""
    number = tab.page.evaluate(
        f"(nth) => {CELLS}.map((cell, k) => cell.model.type === 'code' ? k : -1)"
        ".filter((k) => k >= 0)[nth]",
        nth,
    )
    tab.write(number, code)
    tab.page.evaluate(
        """async (number) => {
            window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
            await window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        number,
    )


def raced(page):
    page.wait_for_selector(".ctkit-explorer .ctkit-image[aria-label]", timeout=120_000)
    hide_sidebars(page)
    page.wait_for_timeout(4 * SETTLE_MS)
    times = race(page, [0], OWN)["ctkit.explore"]
    return {kind: times[kind] for kind in ("slice", "window")}


def _code():
    calls = ", ".join(f"least(lambda: {call})" for call in OPERATIONS.values())
    return TIMED.replace("{calls}", calls)


def table(figures):
    """This part of the text."""
    starts, loads = figures["start"], [round(load, 1) for load in figures["load"]]
    lines = [
        f"## A page that runs in the tab\n\nChromium {figures['version']}, page 00, {len(starts)} "
        f"rounds, {os.cpu_count()} cores, load {min(loads)} to {max(loads)} (other work on the "
        "machine slows all); seconds since the link was pressed, MB as sent with gzip. "
        "`make bench-site` measures it again.\n",
        "| | least (s) | median | at most | MB sent until then |",
        "|---|---:|---:|---:|---:|",
    ]
    for state, aim in AIMS.items():
        for stage in zip(*(one[state] for one in starts), strict=True):
            seconds = [one[1] for one in stage]
            lines.append(
                f"| {state}: {stage[0][0]} | {min(seconds):.1f} | {statistics.median(seconds):.1f} "
                f"| {aim if 'first cell' in stage[0][0] else ''} "
                f"| {max(one[2] for one in stage):.1f} |"
            )
    size = sum(path.stat().st_size for path in (FOLDER / "lite").rglob("*") if path.is_file())
    whole = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    lines += [
        f"\nUntil the first cell at most {MOST_MB} MB are to be sent. JupyterLite with Python, its "
        f"packages and the pages is a folder of {size / 1e6:.0f} MB, and the whole website one of "
        f"{whole / 1e6:.0f} MB.\n",
        "| on the head, 108 x 256 x 256 | in the tab (s) | on the machine (s) | times |",
        "|---|---:|---:|---:|",
    ]
    for name, slow, fast in zip(OPERATIONS, *figures["operations"], strict=True):
        lines.append(f"| {name} | {slow:.2f} | {fast:.3f} | {slow / fast:.1f} |")
    lines += [
        "\n| the viewer, from a key to changed pixels | slice, least (ms) | median "
        "| window, least (ms) | median |",
        "|---|---:|---:|---:|---:|",
    ]
    for where, times in figures["viewer"].items():
        cells = [f"{f(times[kind]):.1f}" for kind in times for f in (min, statistics.median)]
        lines.append(f"| {where} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


MEASURES = {"start": measure_start, "operations": measure_operations, "viewer": measure_viewer}


def main(stages):
    if not (FOLDER / "lite").is_dir():
        sys.exit("bench_site: there is no site/lite: `make site` builds it")
    FIGURES.parent.mkdir(exist_ok=True)
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() and stages else {}
    figures = {"start": [], "load": []} | kept
    handler = partial(Counting, directory=os.fspath(FOLDER))
    with serve.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        for stage in stages or (*["start"] * 3, "operations", "viewer", "table"):
            if stage == "table":
                put(table(figures), BEGIN, END)
                continue
            figures["load"].append(os.getloadavg()[0])
            found = MEASURES[stage](f"http://127.0.0.1:{served.server_port}/")
            figures[stage] = [*figures["start"], found] if stage == "start" else found
            with browser() as opened:
                figures["version"] = opened.version
            FIGURES.write_text(json.dumps(figures))
        served.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
