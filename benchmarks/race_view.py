"""Two versions of the viewer's script against each other, key by key, in one page.

    python benchmarks/race_view.py <checkout> [<checkout>]

Each checkout (by default this one) writes a page with `view.to_html`; both stand as frames in
one page, and take turns. What counts is the script: the handler of a key, and all until nothing
is left to do, the layout included. The least and the median of many keys are told, as other
work on the machine only adds to them.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from _jupyter import browser, chromium  # noqa: E402

KEYS = 200
URL = "http://127.0.0.1/race/"
MAKE = """
import sys, numpy as np, ctkit
values = np.random.default_rng(0).normal(40, 12, (16, 512, 512)).round().astype(np.int16)
volume = ctkit.Volume.from_spacing(values, (5.0, 0.45, 0.45))
ctkit.{view}.to_html(sys.argv[1])
"""
VIEWS = {
    "explore": "explore(volume, slice=5)",
    "planes": "planes(volume)",
    "compare": "compare(volume, volume.with_array(values + np.int16(9)), slice=5)",
}
# Without this the page's clock has steps of 0.1 ms.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RACE = """async ([rounds, keys]) => {
    const frames = [...document.querySelectorAll("iframe")].map((one) => one.contentWindow);
    const canvases = frames.map((one) => one.document.querySelector(".ctkit-image"));
    const task = () => new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
    });
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const press = (nth, [key, code, shiftKey]) => {
        const { KeyboardEvent } = frames[nth];
        const how = { key, code, shiftKey, bubbles: true, cancelable: true };
        canvases[nth].dispatchEvent(new KeyboardEvent("keydown", how));
    };
    const times = frames.map(() => []);
    for (let round = 0; round < rounds; round++) {
        for (const nth of round % 2 ? [1, 0] : [0, 1]) {
            await frame();
            await task();
            const start = performance.now();
            press(nth, keys[round % keys.length]);
            const handled = performance.now();
            await null;
            await task();
            frames[nth].document.body.offsetHeight;
            times[nth].push([handled - start, performance.now() - start]);
        }
    }
    return times.map((all) => all.slice(20));
}"""
#: There and back, so that no end is reached.
KINDS = {
    "slice": [["ArrowRight", "ArrowRight", False]] * 8 + [["ArrowLeft", "ArrowLeft", False]] * 8,
    "window": [["1", "Digit1", False], ["2", "Digit2", False], ["3", "Digit3", False]],
}


def page_of(checkout, view, path):
    """The page that a checkout makes."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    code = MAKE.format(view=view)
    subprocess.run([sys.executable, "-c", code, path], env=environment, cwd=checkout, check=True)
    return Path(path).read_text("utf-8")


def open_both(opened, pages):
    """A page with a frame of each."""
    texts = {f"{URL}{nth}.html": text for nth, text in enumerate(pages)}
    frames = "".join(f'<iframe src="{url}" width="700" height="900"></iframe>' for url in texts)
    texts[URL] = f"<!doctype html><body>{frames}</body>"
    page = opened.new_page(viewport={"width": 1450, "height": 950})
    page.route(
        "**/*",
        lambda route: route.fulfill(
            body=texts.get(route.request.url, ""), content_type="text/html", headers=HEADERS
        ),
    )
    page.goto(URL, timeout=120_000)
    for frame in page.frames[1:]:
        frame.wait_for_selector(".ctkit-image[aria-label]", timeout=120_000)
    assert page.evaluate("crossOriginIsolated")
    return page


def told(values):
    """Least and median, in ms."""
    return f"{min(values):5.2f} {statistics.median(values):5.2f}"


def main(checkouts):
    if chromium() is None:
        sys.exit("race_view: there is no Chromium on this machine (apt install chromium)")
    print(f"{KEYS} keys each, least and median in ms; load {os.getloadavg()[0]:.1f}")
    names = [f"{Path(one).resolve().name:>13} handler, rest" for one in checkouts]
    print(f"{'':18}" + "".join(names))
    with tempfile.TemporaryDirectory() as folder, browser() as opened:
        for name, view in VIEWS.items():
            pages = [page_of(Path(one).resolve(), view, f"{folder}/view.html") for one in checkouts]
            page = open_both(opened, pages)
            for kind, keys in KINDS.items():
                times = page.evaluate(RACE, [KEYS + 20, keys])
                words = ["   ".join(map(told, zip(*all_of, strict=True))) for all_of in times]
                print(f"{name + ', ' + kind:18}" + "  |  ".join(words), flush=True)
            page.close()


if __name__ == "__main__":
    given = sys.argv[1:3]
    main([*given, *[ROOT] * (2 - len(given))])
