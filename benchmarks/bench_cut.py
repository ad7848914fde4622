"""From key press to pixels of turned planes and slabs, on a page without Jupyter.

Prints minimum and median in milliseconds, with the load of the machine. The volume has 512 x 512
x 60 voxels; a plane turned by 20 degrees has about as many pixels as a slice.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from _jupyter import browser  # noqa: E402

import ctkit  # noqa: E402

TURN = np.radians(20)
ROUNDS = 25
#: How long a key takes: the picture is painted before its handler ends.
PRESS = """(rounds) => {
    const canvas = document.querySelector(".ctkit-image");
    const times = [];
    for (let n = 0; n < rounds; n++) {
        const key = "ArrowDown"; // always another slice: what was made is kept for a moment
        const start = performance.now();
        canvas.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
        times.push(performance.now() - start);
    }
    return times;
}"""
#: How long until the exact picture is there after a key, and the longest that a task took.
REST = """async () => {
    const canvas = document.querySelector(".ctkit-image");
    const stage = document.querySelector(".ctkit-stage");
    const [start, key] = [performance.now(), "ArrowDown"];
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
    let [last, longest] = [performance.now(), 0];
    await new Promise((resume) => requestAnimationFrame(resume));
    while (stage.classList.contains("ctkit-preview")) {
        last = performance.now();
        await new Promise((resume) => setTimeout(resume, 0));
        longest = Math.max(longest, performance.now() - last);
    }
    return [performance.now() - start, longest];
}"""


def volume_of(lean=0.0):
    """Noise around 40 HU in a column; the slices lean by so many degrees."""
    rng = np.random.default_rng(0)
    values = rng.normal(40, 12, (60, 512, 512))
    rows, columns = np.mgrid[-1:1:512j, -1:1:512j]
    values[:, rows**2 + columns**2 > 0.8] = -1000
    affine = np.array(ctkit.geometry.make_affine((1.0, 0.45, 0.45)))
    affine[1, 0] = np.tan(np.radians(lean))
    return ctkit.Volume(np.rint(values).astype(np.int16), affine)


def main():
    upright, tilted = volume_of(), volume_of(15)
    normal = (0, np.sin(TURN), np.cos(TURN))
    views = {
        "one slice": ctkit.explore(upright, slice=5),
        "turned plane": ctkit.explore(upright, normal=normal),
        "MIP of 21 axial slices": ctkit.explore(upright, slice=5, slab=20),
        "mean of 21 axial slices": ctkit.explore(upright, slice=5, slab=20, projection="mean"),
        "MIP of 21 coronal slices": ctkit.explore(upright, plane="coronal", slice=200, slab=9),
        "MIP of 21 sagittal slices": ctkit.explore(upright, plane="sagittal", slice=200, slab=9),
        "preview: MIP of 45 turned planes": ctkit.explore(upright, normal=normal, slab=20),
        "preview: MIP of 21 tilted slices": ctkit.explore(tilted, slice=5, slab=20),
    }
    print(f"load {os.getloadavg()[0]:.1f}")
    with browser() as opened, tempfile.TemporaryDirectory() as folder:
        for name, view in views.items():
            page = opened.new_page(viewport={"width": 900, "height": 900})
            path = view.to_html(Path(folder) / "view.html")
            page.goto(path.as_uri())
            page.wait_for_selector(".ctkit-image[aria-label]")
            page.evaluate(PRESS, 5)
            times = page.evaluate(PRESS, ROUNDS)
            line = f"{min(times):6.1f} {statistics.median(times):6.1f}  {name}"
            if "preview" in name:
                rests = [page.evaluate(REST) for _ in range(5)]
                exact = min(total for total, _ in rests)
                longest = min(longest for _, longest in rests)
                line += f"; exact after {exact:.0f} ms, no task above {longest:.0f} ms"
            print(line, flush=True)
            page.close()


if __name__ == "__main__":
    main()
