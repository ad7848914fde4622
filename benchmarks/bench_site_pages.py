"""How soon a page of the website reads, and how soon its first viewer is alive.

    python benchmarks/bench_site_pages.py

Measures the folder site/ (`make site`), as docs/site/serve.py serves it to headless Chromium: cold
in a browser that has nothing, warm in one that has read the page before. Writes its part of
benchmarks/site.md.
"""

import os
import re
import statistics
import sys
import threading
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("browser", "site")]
sys.path.insert(0, str(ROOT / "docs" / "site"))

from _jupyter import browser  # noqa: E402
from _site import Site  # noqa: E402

from serve import server  # noqa: E402

FOLDER, TABLE = ROOT / "site", ROOT / "benchmarks" / "site.md"
PAGES = ("index.html", "notebooks/00_meet_the_data.html", "notebooks/09_resample_to_1_mm.html")
ROUNDS = 5
BEGIN, END = "<!-- pages -->\n", "<!-- end of pages -->\n"
#: From where the first view comes into sight until the widget has drawn it.
WATCH = """() => new Promise((done) => {
    const figure = document.querySelector("figure[data-ctkit]");
    let seen;
    new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) seen ??= performance.now();
    }).observe(figure);
    const look = () => {
        const canvas = figure.querySelector(".ctkit-image[aria-label]");
        if (seen && canvas) done(performance.now() - seen);
        else requestAnimationFrame(look);
    };
    look();
    figure.scrollIntoView();
})"""
PAINT = """() => new Promise((done) => {
    const watch = ({ name, startTime }) => name === "first-contentful-paint" && done(startTime);
    new PerformanceObserver((list) => list.getEntries().forEach(watch))
        .observe({ type: "paint", buffered: true });
})"""


def measure(opened, url, name):
    """{(name, cold or warm): [(text, viewer), ...] in ms}."""
    found = {}
    for _ in range(ROUNDS):
        context = opened.new_context(viewport={"width": 1400, "height": 900})
        for state in ("cold", "warm"):
            page = context.new_page()
            page.goto(url + name)
            found.setdefault((name, state), []).append((page.evaluate(PAINT), page.evaluate(WATCH)))
            page.close()
        context.close()
    return found


def sizes(site):
    """Rows of what a reader fetches: (what, MB)."""
    pages = {}
    for name in site.pages:
        sources = {one["src"] for one in site.parsed(name).pictures if one["src"][:5] != "data:"}
        folder = (site.folder / name).parent
        size = sum((folder / unquote(one)).stat().st_size for one in sources)
        pages[name] = (size + (site.folder / name).stat().st_size) / 1e6
    largest = max(pages, key=pages.get)
    head = site.states(PAGES[1])[0]["voxels"]["file"]
    files = list((site.folder / "_volumes").iterdir())
    theme = sum(path.stat().st_size for path in (site.folder / "_static").rglob("*.*"))
    every = [
        path
        for path in site.folder.rglob("*")
        if path.is_file() and path.relative_to(site.folder).parts[0] != "lite"
    ]
    return [
        (f"the largest page with its pictures, {largest}", pages[largest]),
        ("a page in the middle", statistics.median(pages.values())),
        ("shared files of the theme and the widgets", theme / 1e6),
        ("the head, once", (site.folder / "_volumes" / head).stat().st_size / 1e6),
        (f"all {len(files)} files of voxels", sum(path.stat().st_size for path in files) / 1e6),
        (f"all {len(site.pages)} pages, without JupyterLite", _size(every) / 1e6),
    ]


def _size(paths):
    return sum(path.stat().st_size for path in paths)


def table(times, site, version, load):
    """This part of the text."""
    lines = [
        f"## The pages to read\n\n{version}, {ROUNDS} rounds, load {load:.1f}; "
        "`python benchmarks/bench_site_pages.py` measures it again. The first viewer is timed from "
        "when it comes in sight.\n",
        "| | text, least (ms) | median | first viewer, least (ms) | median | at most |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for (name, state), rows in times.items():
        text, viewer = zip(*rows, strict=True)
        numbers = [min(text), statistics.median(text), min(viewer), statistics.median(viewer)]
        cells = " | ".join(f"{number:.0f}" for number in numbers)
        lines.append(f"| {name}, {state} | {cells} | 2000 |")
    lines += ["", "| | MB |", "|---|---:|"]
    lines += [f"| {what} | {size:.2f} |" for what, size in sizes(site)]
    lines += ["", "A page is to have less than 1 MB, and the head at most 5.8 MB."]
    return "\n".join(lines) + "\n"


def put(text, begin=BEGIN, end=END):
    """Put a part in its place in benchmarks/site.md."""
    whole = TABLE.read_text(encoding="utf-8") if TABLE.exists() else "# How fast the website is\n"
    part = f"{begin}\n{text}\n{end}"
    if begin in whole:
        whole = re.sub(f"{begin}.*?{end}", lambda _: part, whole, flags=re.DOTALL)
    else:
        whole = f"{whole.rstrip()}\n\n{part}"
    TABLE.write_text(whole, encoding="utf-8")


def main():
    if not (FOLDER / "index.html").exists():
        sys.exit("bench_site_pages: there is no site/: `make site` builds it")
    load, times = os.getloadavg()[0], {}
    with server(FOLDER) as served, browser() as opened:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{served.server_port}/"
        for name in PAGES:
            times |= measure(opened, url, name)
        version = f"Chromium {opened.version}"
        served.shutdown()
    put(table(times, Site(FOLDER), version, load))


if __name__ == "__main__":
    main()
