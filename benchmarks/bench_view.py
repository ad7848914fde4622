"""From key press to changed pixels: our view against four other ways, in JupyterLab.

Four of the five stand in one notebook on the same volume and take turns, so that what else the
machine does falls on all alike. ipyniivue needs WebGL2: it stands in a browser of its own, which
draws that in software. Writes benchmarks/viewer.md.
"""

import json
import math
import os
import platform
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from _jupyter import (  # noqa: E402
    FLAGS,
    Server,
    browser,
    chromium,
    hide_sidebars,
    open_lab,
    run_cell,
)

import ctkit  # noqa: E402
from ctkit import geometry, overlay  # noqa: E402

# Until what a key set going has ended: late messages of one would fall on the next.
SETTLE_MS = 250
ROUNDS = int(os.environ.get("CTKIT_ROUNDS", "25"))
VOLUME = """
%matplotlib inline
import io
import ipywidgets, matplotlib.pyplot as plt, numpy as np, ctkit
from PIL import Image as Picture
rng = np.random.default_rng(0)
values = rng.normal(40, 12, (40, 512, 512))
rows, columns = np.mgrid[-1:1:512j, -1:1:512j]
values[:, rows**2 + columns**2 > 0.8] = -1000
values += 10 * np.arange(40)[:, None, None]
volume = ctkit.Volume.from_spacing(np.rint(values).astype(np.int16), (5.0, 0.45, 0.45))
"""
OURS = """
view = ctkit.explore(volume, slice=5, window=(200, 700))
view
"""
INTERACT = """
@ipywidgets.interact(k=(0, 39), center=(0, 400), width=(1, 1000))
def draw(k=5, center=200, width=700):
    low = center - width / 2
    plt.figure(figsize=(5, 5))
    plt.imshow(volume.array[k], cmap="gray", vmin=low, vmax=low + width)
    plt.axis("off")
    plt.show()
"""
# Its canvas is made by hand, and the last line undoes what the import did: interact draws
# with pyplot's backend of the moment.
IPYMPL = """
from ipympl.backend_nbagg import Canvas, FigureManager
from matplotlib.figure import Figure
k = ipywidgets.IntSlider(5, 0, 39)
center = ipywidgets.IntSlider(200, 0, 400)
figure = Figure(figsize=(5, 5))
canvas = Canvas(figure)
manager = FigureManager(canvas, 0)
shown = figure.subplots().imshow(volume.array[5], cmap="gray", vmin=-150, vmax=550)
def update(change):
    shown.set_data(volume.array[k.value])
    shown.set_clim(center.value - 350, center.value + 350)
    canvas.draw_idle()
k.observe(update, "value")
center.observe(update, "value")
%matplotlib inline
ipywidgets.VBox([k, center, canvas]).add_class("peer-ipympl")
"""
PNG = """
k2 = ipywidgets.IntSlider(5, 0, 39)
center2 = ipywidgets.IntSlider(200, 0, 400)
picture = ipywidgets.Image(format="png")
def push(change=None):
    stream = io.BytesIO()
    greys = ctkit.apply_window(volume.array[k2.value], center2.value, 700, dtype=np.uint8)
    Picture.fromarray(greys).save(stream, "PNG", compress_level=1)
    picture.value = stream.getvalue()
k2.observe(push, "value")
center2.observe(push, "value")
push()
ipywidgets.VBox([k2, center2, picture]).add_class("peer-png")
"""
NIIVUE = """
from ipyniivue import NiiVue, SliceType
ctkit.save(volume, "race.nii.gz")
nv = NiiVue(height=520)
nv.set_slice_type(SliceType.AXIAL)
nv.load_volumes([{"path": "race.nii.gz"}])
low = ipywidgets.IntSlider(-150, -1000, 1000)
ipywidgets.VBox([low, nv]).add_class("peer-niivue")
"""
# The lower end of its window, moved with no kernel between.
NIIVUE_WINDOW = 'ipywidgets.jslink((low, "value"), (nv.volumes[0], "cal_min"))'
SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# Else what was drawn is gone when it is looked at.
KEEP_DRAWN = """(() => {
    const get = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, options) {
        const kept = { ...options, preserveDrawingBuffer: true };
        return get.call(this, kind, kind.startsWith("webgl") ? kept : options);
    };
})()"""
#: What stands where: the box, the picture in it, and which slider is slice and center.
PEERS = {
    "ctkit.explore": (".ctkit-explorer", ".ctkit-image", 0, 1),
    "interact + imshow": (".widget-interact", "img", 0, 1),
    "ipympl, set_data": (".peer-ipympl", "canvas", 0, 1),
    "PNG in ipywidgets.Image": (".peer-png", "img", 0, 1),
}
#: The same of what is measured apart; its slices go by the wheel.
PEERS_IN_SOFTWARE = {"ipyniivue (WebGL2 in software)": (".peer-niivue", "canvas", "wheel", 0)}
SCRIPT = r"""
window.bench = {
  box: (peer) => (window.bench.boxes[peer.box] ??= document.querySelector(peer.box)),
  boxes: {},
  // Not asked for its size: that would lay the page out anew, which no picture waits for.
  picture: (peer) => {
    const all = [...window.bench.box(peer).querySelectorAll(peer.picture)];
    return all.find((one) => (one.naturalWidth ?? one.width) > 200) ?? all[0];
  },
  // What changes with the picture: a strip of pixels, or the source of an image.
  look(peer) {
    const picture = window.bench.picture(peer);
    if (!picture) return null;
    if (picture.tagName === "IMG") return picture.src.slice(-300) + picture.src.length;
    const { width, height } = picture;
    const context = picture.getContext("2d");
    const data = context
      ? context.getImageData(width >> 2, height >> 1, width >> 1, 1).data
      : window.bench.drawn(picture.getContext("webgl2"), width, height);
    let sum = 7;
    for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) | 0;
    return sum;
  },
  // A row that no crosshair runs along.
  drawn(gl, width, height) {
    const row = new Uint8Array(4 * width);
    gl.readPixels(0, (0.4 * height) | 0, width, 1, gl.RGBA, gl.UNSIGNED_BYTE, row);
    return row;
  },
  turn(peer, key) {
    const picture = window.bench.picture(peer);
    const { x, y, width, height } = picture.getBoundingClientRect();
    const deltaY = key === "ArrowRight" ? 100 : -100;
    const where = { clientX: x + width / 2, clientY: y + height / 2, deltaY };
    picture.dispatchEvent(new WheelEvent("wheel", { ...where, bubbles: true, cancelable: true }));
  },
  press(peer, nth, key) {
    if (nth === "wheel") return window.bench.turn(peer, key);
    const handle = window.bench.box(peer).querySelectorAll(".noUi-handle")[nth];
    handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  },
  pause() {
    return new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done();
      port2.postMessage(0);
    });
  },
  async changed(peer, before, limit) {
    const start = performance.now();
    // What was put off to the end of the key's own turn comes first.
    await null;
    while (performance.now() - start < limit) {
      const now = window.bench.look(peer);
      if (now !== null && now !== before) {
        const picture = window.bench.picture(peer);
        if (picture.tagName === "IMG") await picture.decode().catch(() => {});
        return true;
      }
      await window.bench.pause();
    }
    return false;
  },
  async once(peer, nth, key) {
    const before = window.bench.look(peer);
    const start = performance.now();
    window.bench.press(peer, nth, key);
    const done = await window.bench.changed(peer, before, 3000);
    return done ? performance.now() - start : null;
  },
  toAndFro: (i) => (i % 8 < 4 ? "ArrowRight" : "ArrowLeft"),
  async burst(peer, nth, key, count) {
    let before = window.bench.look(peer);
    let paints = 0;
    let last = 0;
    const keys = (async () => {
      for (let i = 0; i < count; i++) {
        last = performance.now();
        window.bench.press(peer, nth, key(i));
        await new Promise((done) => setTimeout(done, 16));
      }
    })();
    let ended = 0;
    let over = false;
    keys.then(() => { over = true; });
    let quiet = performance.now();
    while (!over || performance.now() - quiet < 1500) {
      const now = window.bench.look(peer);
      if (now !== null && now !== before) {
        before = now;
        paints += 1;
        ended = performance.now();
        quiet = ended;
      }
      await window.bench.pause();
    }
    return { paints, late: Math.max(0, ended - last) };
  },
};
"""


def measure(page, peer, nth, key):
    return page.evaluate("([peer, nth, key]) => bench.once(peer, nth, key)", [peer, nth, key])


def count_bytes(page):
    """Bytes that came and went over websockets, as a list that goes on growing."""
    seen = [0]

    def size(payload):
        seen[0] += len(payload if isinstance(payload, bytes) else payload.encode())

    def on_socket(socket):
        socket.on("framereceived", size)
        socket.on("framesent", size)

    page.on("websocket", on_socket)
    return seen


def race(page, seen, all_peers):
    """Rounds in which each takes its turn: {name: {"slice": [...], "window": [...], ...}}."""
    page.evaluate(SCRIPT)
    peers = {name: {"box": box, "picture": of} for name, (box, of, _, _) in all_peers.items()}
    times = {name: {"slice": [], "window": [], "bytes": []} for name in all_peers}
    for turn in range(ROUNDS + 2):
        key = "ArrowRight" if turn % 2 == 0 else "ArrowLeft"
        for name, (_, _, slice_nth, window_nth) in all_peers.items():
            for kind, nth in (("slice", slice_nth), ("window", window_nth)):
                before = seen[0]
                took = measure(page, peers[name], nth, key)
                page.wait_for_timeout(SETTLE_MS)
                if turn < 2:  # warming up
                    continue
                times[name][kind].append(3000.0 if took is None else took)
                times[name]["bytes"].append(seen[0] - before)
    for name, (_, _, slice_nth, _) in all_peers.items():
        script = "([peer, nth]) => bench.burst(peer, nth, bench.toAndFro, 40)"
        times[name]["burst"] = page.evaluate(script, [peers[name], slice_nth])
    return times


def race_in_software(server):
    """The times of what draws by WebGL2, in a browser that has it in software alone."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    with browser([*flags, *SOFTWARE]) as opened:
        page = opened.new_page(viewport={"width": 1400, "height": 1400})
        page.add_init_script(KEEP_DRAWN)
        seen = count_bytes(page)
        open_lab(server, page, server.write_notebook("niivue.ipynb", VOLUME, NIIVUE))
        page.wait_for_selector(".peer-niivue canvas", timeout=120_000)
        hide_sidebars(page)
        # It knows its volumes when the page has told it of them.
        while "True" not in run_cell(page, "print(len(nv.volumes) > 0)"):
            page.wait_for_timeout(500)
        run_cell(page, NIIVUE_WINDOW)
        page.wait_for_timeout(3000)
        times = race(page, seen, PEERS_IN_SOFTWARE)
    server.close_kernels()
    return times


PLANES = """async (text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { windowBytes, packGreys, planeSteps, fillPlane } = (await import(url)).pure;
    const shape = [300, 512, 512];
    const values = new Uint16Array(300 * 512 * 512).map((_, i) => i & 0xfff);
    const context = document.createElement("canvas").getContext("2d");
    const layouts = [[0, 1, 2], [1, 0, 2], [2, 0, 1]].map(([axis, down, across]) => (
        { axis, down, across, flip_down: axis > 0, flip_across: false }));
    const images = [[512, 512], [512, 300], [512, 300]].map((size) => new ImageData(...size));
    const outs = images.map((image) => new Uint32Array(image.data.buffer));
    const times = [];
    const kept = new Uint32Array(65536);
    for (let round = 0; round < 40; round++) {
        const start = performance.now();
        const table = packGreys(windowBytes(40 + round, 80, "LINEAR"), false, kept);
        layouts.forEach((layout, i) => {
            const steps = planeSteps(layout, shape, 100 + round);
            fillPlane(outs[i], values, table, steps);
            context.putImageData(images[i], 0, 0);
        });
        times.push(performance.now() - start);
    }
    return times.slice(5);
}"""
# By its button a drag changes the window (0), pans (1) or zooms (2).
# Of Sources made as Jupyter makes them, one plane after the other.
SAMPLED = """async ([text, all]) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { Source, windowBytes, packGreys, greyOf, fillPlane, fillFloats } =
        (await import(url)).pure;
    const context = document.createElement("canvas").getContext("2d");
    const table = {
        packed: packGreys(windowBytes(40, 400, "LINEAR"), false),
        greyOf: greyOf(40, 400, "LINEAR"),
        flip: 0,
    };
    const found = {};
    for (const [name, { layout, ...state }] of Object.entries(all)) {
        const size = state.shape.reduce((a, b) => a * b);
        const values = new Int16Array(size).map((_, i) => (i * 7919) % 4096);
        state.buffer = new DataView(values.buffer);
        const source = new Source({ get: (n) => state[n], set() {}, on() {}, off() {} });
        const times = [];
        for (let slice = 5; slice < 50; slice++) {
            const image = new ImageData(layout.shape[layout.across], layout.shape[layout.down]);
            const pixels = new Uint32Array(image.data.buffer);
            const start = performance.now();
            const held = source.picture(layout, slice);
            if (held.values instanceof Float32Array) {
                fillFloats(pixels, held.values, table, held.steps);
            } else fillPlane(pixels, held.values, table.packed, held.steps);
            context.putImageData(image, 0, 0);
            times.push(performance.now() - start);
        }
        source.free();
        found[name] = times.slice(5);
    }
    return found;
}"""
DRAG = """async (button) => {
    const stage = document.querySelector(".ctkit-stage");
    const box = stage.getBoundingClientRect();
    const fire = (kind, x, y) => stage.dispatchEvent(new PointerEvent(kind, {
        bubbles: true, pointerId: 1, button, clientX: box.left + x, clientY: box.top + y }));
    stage.setPointerCapture = () => {};
    fire("pointerdown", 100, 100);
    const spent = [];
    const frames = [];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 10; i++) await frame();
    // As a browser sends it: one move a frame, just before the frame is made.
    for (let i = 0; i < 180; i++) {
        frames.push(await frame());
        const start = performance.now();
        fire("pointermove", 100 + 2 * (i % 45), 100 + i / 2);
        spent.push(performance.now() - start);
    }
    fire("pointerup", 190, 190);
    const gaps = frames.slice(1).map((time, i) => time - frames[i]);
    return [gaps, spent];
}"""
# How often the display asks for a frame while nothing moves.
STILL = """async () => {
    const frames = [];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 60; i++) frames.push(await frame());
    return frames.slice(1).map((time, i) => time - frames[i]);
}"""
DEEP = """
rng = np.random.default_rng(3)
deep = rng.integers(-1000, 1000, (60, 512, 512)).astype(np.int16)
deep = ctkit.Volume.from_spacing(deep, (2.0, 0.5, 0.5))
"""
LAZY = """
tall = np.tile(volume.array, (8, 1, 1))[:300] + np.arange(300, dtype=np.int16)[:, None, None]
large = ctkit.explore(ctkit.Volume.from_spacing(tall, (1.0, 0.5, 0.5)), window=(200, 700))
large
"""
HEAD = """
import ctkit
head = ctkit.load(ctkit.samples.head())
"""


def more(server, opened, page):
    """The other figures that were promised."""
    figures = {"still": page.evaluate(STILL)}
    figures["drag"], figures["move"] = page.evaluate(DRAG, 0)
    server.close_kernels()
    blank = opened.new_page()
    figures["planes"] = blank.evaluate(
        PLANES, (ROOT / "ctkit" / "widgets" / "view.js").read_text("utf-8")
    )
    figures |= sampled(blank)
    figures |= large_volume(server, opened)
    figures["first"] = first_picture(server, opened)
    figures["memory"] = memory(server, opened)
    return figures


def sampled(page):
    """Milliseconds of planes of 512 x 512 that are copied, upright in a tilted stack, or turned."""
    upright = ctkit.Volume.from_spacing(np.zeros((60, 512, 512), np.int16), (2.0, 0.5, 0.5))
    leaning = ctkit.phantom.make_grid((512, 60, 512), (0.5, 2.0, 0.5), tilt_deg=15)
    angle = math.radians(10)
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    turned = ctkit.Volume(upright.array, turn @ upright.affine)
    own, base = turned.stack("axial"), upright.stack("axial")
    on_first = geometry.stack_on(base, own, turned.shape, turned.affine)
    given = {
        "copied": (upright, base),
        "tilted": (leaning, leaning.stack("coronal")),
        "turned": (turned, on_first),
    }
    states = {name: state_of(*pair) for name, pair in given.items()}
    text = (ROOT / "ctkit" / "widgets" / "view.js").read_text("utf-8")
    return page.evaluate(SAMPLED, [text, states])


def state_of(volume, stack):
    """What the browser knows of a volume, but its voxels; and the planes that are asked for."""
    state = {"shape": list(volume.shape), "affine": volume.affine.tolist(), "kind": "int16"}
    return state | {"lazy": False, "layouts": {}, "layout": overlay.plain_stack(stack)}


def memory(server, opened):
    """What 512 x 512 x 60 takes in the browser, in volumes: its buffers, the whole process."""
    page = opened.new_page()
    small = "ctkit.explore(volume.with_array(volume.array // 2))"
    book = server.write_notebook("memory.ipynb", VOLUME + DEEP, small, "ctkit.explore(deep)")
    open_lab(server, page, book, run=False)
    page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )
    debug = page.context.new_cdp_session(page)
    used = []
    for cell in range(3):
        page.evaluate(
            """async (n) => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = n;
                await window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            cell,
        )
        page.wait_for_timeout(3000)
        for _ in range(3):
            debug.send("HeapProfiler.collectGarbage")
        heap = debug.send("Runtime.getHeapUsage")
        used.append((heap["usedSize"] + heap["backingStorageSize"], resident(opened)))
    page.close()
    server.close_kernels()
    size = 60 * 512 * 512 * 2
    return [(after - before) / size for before, after in zip(used[1], used[2], strict=True)]


def resident(opened):
    """Bytes of memory of the browser's pages, all of their processes together."""
    info = opened.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [one["id"] for one in info if one["type"] == "renderer"]
    counts = [Path(f"/proc/{page}/statm").read_text().split()[1] for page in pages]
    return sum(map(int, counts)) * os.sysconf("SC_PAGE_SIZE")


def large_volume(server, opened):
    """Of 512 x 512 x 300: slice changes, which come one by one, then a zoom and a pan by drags."""
    page = opened.new_page()
    open_lab(server, page, server.write_notebook("large.ipynb", VOLUME, LAZY))
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=120_000)
    page.wait_for_timeout(3000)
    page.evaluate(SCRIPT)
    peer = {"box": ".ctkit-explorer", "picture": ".ctkit-image"}
    times = []
    for _ in range(25):
        times.append(measure(page, peer, 0, "ArrowRight"))
        page.wait_for_timeout(120)
    figures = {"large": times}
    for name, button in (("zoom", 2), ("pan", 1)):
        figures[name], figures[f"{name} script"] = page.evaluate(DRAG, button)
        page.wait_for_timeout(500)
    page.close()
    server.close_kernels()
    return figures


def first_picture(server, opened):
    """Seconds from the start of the cell to the first picture of the head, five times."""
    page = opened.new_page()
    open_lab(server, page, server.write_notebook("head.ipynb", HEAD, "ctkit.explore(head)"))
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=120_000)
    script = """async () => {
        const panel = window.jupyterapp.shell.currentWidget;
        panel.content.activeCellIndex = 1;
        const start = performance.now();
        const old = document.querySelector(".ctkit-image");
        window.jupyterapp.commands.execute("notebook:run-cell");
        for (;;) {
            const now = document.querySelector(".ctkit-image[aria-label]");
            if (now && now !== old && now.width > 1) return performance.now() - start;
            await new Promise((done) => setTimeout(done, 1));
        }
    }"""
    times = []
    for i in range(5):
        # Another volume each time, so that its voxels have to be sent anew.
        run_cell(page, f"head = head.with_array(head.array + {i} - {i - 1})")
        times.append(page.evaluate(script))
    page.close()
    return times


def high(values):
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def table(times, figures, version, load):
    ours = times["ctkit.explore"]
    lines = [
        "# How fast the viewer is",
        "",
        f"Key press to changed pixels in JupyterLab, {version}, {platform.machine()}, "
        f"{date.today()}; 512 x 512 x 40, {ROUNDS} rounds in which each took its turn; "
        f"{os.cpu_count()} cores, load {load:.1f} (other work on the machine slows all). "
        "`make bench-view` measures it again.",
        "",
        "| | slice, median (ms) | 95 % | window, median (ms) | 95 % | bytes a change | "
        "burst of 40 keys: paints | last picture after the last key (ms) | "
        "slice, window: times ours |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in times.items():
        middle = statistics.median(found["slice"])
        ratios = [
            statistics.median(found[kind]) / statistics.median(ours[kind])
            for kind in ("slice", "window")
        ]
        lines.append(
            f"| {name} | {middle:.1f} | {high(found['slice']):.1f} | "
            f"{statistics.median(found['window']):.1f} | {high(found['window']):.1f} | "
            f"{statistics.median(found['bytes']):,.0f} | {found['burst']['paints']} | "
            f"{found['burst']['late']:.0f} | {ratios[0]:.0f}, {ratios[1]:.0f} |"
        )
    bar = f"12, or 4 copies: {4 * statistics.median(figures['copied']):.1f}"
    goals = [
        ("three planes of 512 x 512 x 300, table and paint (ms)", figures["planes"], "4"),
        ("a plane of 512 x 512, copied and painted (ms)", figures["copied"], ""),
        ("512 x 512 upright in a tilted stack, sampled and painted (ms)", figures["tilted"], bar),
        ("512 x 512 of a turned second volume, sampled and painted (ms)", figures["turned"], bar),
        ("window drag, from frame to frame (ms)", figures["drag"], "the display's frame"),
        ("window drag, our own script (ms)", figures["move"], "the display's frame"),
        ("nothing moves, from frame to frame (ms)", figures["still"], ""),
        ("slice of 512 x 512 x 300, sent one by one (ms)", figures["large"], "40"),
        ("zoom of it by a drag, from frame to frame (ms)", figures["zoom"], "the display's frame"),
        ("zoom of it, our own script (ms)", figures["zoom script"], "the display's frame"),
        ("pan of it by a drag, from frame to frame (ms)", figures["pan"], "the display's frame"),
        ("pan of it, our own script (ms)", figures["pan script"], "the display's frame"),
        ("first picture of the head after the cell's start (ms)", figures["first"], "1000"),
    ]
    lines += ["", "| | least | median | 95 % | at most |", "|---|---:|---:|---:|---:|"]
    for name, values, goal in goals:
        found = (min(values), statistics.median(values), high(values))
        lines.append(f"| {name} | {' | '.join(f'{n:.1f}' for n in found)} | {goal} |")
    drag = figures["drag"]
    dropped = sum(max(0, round(gap * 60 / 1000) - 1) for gap in drag)
    heap, whole = figures["memory"]
    lines += [
        "",
        f"A window drag on 512 x 512 painted {1000 * len(drag) / sum(drag):.1f} frames a second, "
        f"{dropped} of {len(drag) + dropped} dropped, without a graphics processor. "
        f"512 x 512 x 60 took {heap:.2f} times its size of the page's memory, and its process "
        f"grew by {whole:.2f} times (at most 1.5). All are watched alike: after the key, in "
        "turn with the page's own work, until the canvas's values or the picture's source are "
        "others; the display shows them with its next frame. ipyniivue is measured before them, in "
        "a browser of its own: its WebGL2 is drawn in software here.",
    ]
    return "\n".join(lines) + "\n"


def race_in_canvas(server, opened):
    """The times of the others, and the page that they stand in."""
    page = opened.new_page(viewport={"width": 1400, "height": 2600})
    seen = count_bytes(page)
    cells = (VOLUME, OURS, INTERACT, IPYMPL, PNG)
    open_lab(server, page, server.write_notebook("race.ipynb", *cells))
    for box, picture, _, _ in PEERS.values():
        page.wait_for_selector(f"{box} {picture}", timeout=120_000)
    hide_sidebars(page)
    page.wait_for_timeout(3000)
    return race(page, seen, PEERS), page


def main():
    if chromium() is None:
        sys.exit("bench_view: there is no Chromium on this machine (apt install chromium)")
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        load = os.getloadavg()[0]
        in_software = race_in_software(server)
        with browser() as opened:
            times, page = race_in_canvas(server, opened)
            figures = more(server, opened, page)
            version = f"Chromium {opened.version}"
    times |= in_software
    text = table(times, figures, version, load)
    (ROOT / "benchmarks" / "viewer.md").write_text(text, encoding="utf-8")
    (Path(tempfile.gettempdir()) / "ctkit_viewer.json").write_text(json.dumps([times, figures]))
    print(text)


if __name__ == "__main__":
    main()
