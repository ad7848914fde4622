"""A view whose voxels or whose kernel are not there: it waits, asks again, and goes on alone."""

import io
from base64 import b64encode

import numpy as np
import pytest
from _jupyter import pixels
from PIL import Image

import ctkit

pytestmark = pytest.mark.browser
SHAPE = (5, 8, 13)
# A model as anywidget hands it over, in a page that does not have the voxels yet.
OPEN = """async ([state, data]) => {
    state.snapshot = Uint8Array.from(atob(state.snapshot), (letter) => letter.charCodeAt(0));
    const listeners = {};
    const on = (name, listener) => (listeners[name] ??= new Set()).add(listener);
    const off = (name, listener) => listeners[name]?.delete(listener);
    const tell = (name) => [...(listeners[name] ?? [])].forEach((listener) => listener());
    const signal = () => {
        const slots = new Set();
        const connect = (slot) => slots.add(slot);
        return { connect, disconnect: (slot) => slots.delete(slot), slots };
    };
    const buffer = new DataView(new Int16Array(data.values).buffer);
    const inside = { ...data, kind: "int16", lazy: false, buffer };
    const voxels = { get: (name) => inside[name], set() {}, on, off, comm_live: true };
    const kernel = { status: "idle", connectionStatus: "connected", isDisposed: false };
    for (const name of ["statusChanged", "connectionStatusChanged", "disposed"]) {
        kernel[name] = signal();
    }
    const there = {}, sent = [];
    const get_model = async (id) => {
        if (!there[id]) throw new Error("widget model not found");
        return there[id];
    };
    const model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; tell(`change:${name}`); },
        on, off, save_changes() {}, send: (message) => sent.push(message),
        widget_manager: { get_model, kernel },
    };
    voxels.widget_manager = model.widget_manager;
    const el = document.createElement("div");
    document.body.replaceChildren(el);
    const { initialize, render } = window.view.default();
    const end = initialize({ model });
    const close = await render({ model, el });
    window.test = { model, kernel, voxels, there, sent, tell, end, close };
}"""


@pytest.fixture
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


@pytest.fixture
def opened(script, volume):
    """The blank page with a view whose voxels are not there yet."""
    view = ctkit.explore(volume, window="bone")
    left_out = {"box", "layout", "tabbable", "tooltip", "overlay", "snapshot"}
    names = [name for name in view.keys if name[0] != "_" and name not in left_out]
    state = {name: getattr(view, name) for name in names} | {"voxels": "IPY_MODEL_a"}
    data = {name: getattr(view.voxels, name) for name in ("shape", "affine", "layouts")}
    view._repr_mimebundle_()
    state["snapshot"] = b64encode(view.snapshot).decode()
    script.evaluate(OPEN, [state, data | {"values": volume.array.ravel().tolist()}])
    yield script
    script.evaluate("() => { window.test.end(); window.test.close(); }")
    assert script.locator(".ctkit-view").count() == 0
    view.close()


def greys(volume, index):
    return ctkit.apply_window(volume.array[index], 400, 1000, dtype=np.uint8)


def test_it_waits_for_the_voxels_and_draws_them(opened, volume):
    waiting = opened.locator(".ctkit-waiting")
    assert "the voxels have not come yet" in waiting.inner_text()
    opened.wait_for_function("document.querySelector('.ctkit-waiting img').naturalHeight === 512")
    seen = Image.open(io.BytesIO(waiting.locator("img").screenshot())).convert("L")
    assert np.asarray(seen).std() > 20
    assert opened.locator(".ctkit-error").count() == 0
    opened.wait_for_timeout(500)
    assert opened.locator(".ctkit-image").count() == 0
    opened.evaluate("() => { window.test.there.a = window.test.voxels; }")
    opened.wait_for_selector(".ctkit-image[aria-label]")
    assert np.array_equal(pixels(opened), greys(volume, 2))
    opened.wait_for_selector(".ctkit-waiting", state="detached")
    assert opened.evaluate("window.test.model.get('snapshot')") is None
    # Traits are kept in line as well: that waited too.
    opened.evaluate("() => window.test.model.set('slice', 99)")
    assert opened.evaluate("window.test.model.get('slice')") == 4


def test_it_asks_again_for_what_does_not_come(opened, volume):
    opened.wait_for_function("window.test.sent.length > 0", timeout=10_000)
    wish = {"kind": "again", "trait": "voxels", "missing": "IPY_MODEL_a"}
    assert opened.evaluate("window.test.sent[0]") == wish
    opened.evaluate(
        """() => {
            window.test.there.b = window.test.voxels;
            window.test.model.set("voxels", "IPY_MODEL_b");
        }"""
    )
    opened.wait_for_selector(".ctkit-image[aria-label]")
    assert np.array_equal(pixels(opened), greys(volume, 2))


@pytest.mark.parametrize(
    "how",
    [
        "kernel.status = 'dead'; kernel.statusChanged",
        "kernel.status = 'restarting'; kernel.statusChanged",
        "kernel.isDisposed = true; kernel.disposed",
        "kernel.connectionStatus = 'disconnected'; kernel.connectionStatusChanged",
        "voxels.comm_live = false; null",
    ],
)
def test_without_its_kernel_it_says_so_and_goes_on(opened, volume, how):
    opened.evaluate("() => { window.test.there.a = window.test.voxels; }")
    opened.wait_for_selector(".ctkit-image[aria-label]")
    note = opened.locator(".ctkit-kernel")
    assert note.inner_text() == ""
    opened.evaluate(
        f"""() => {{
            const {{ kernel, voxels, tell }} = window.test;
            const signal = ({how.split(";")[0]}, {how.split(";")[1]});
            if (signal) signal.slots.forEach((slot) => slot());
            else tell("comm_live_update");
        }}"""
    )
    assert "this view is on its own" in note.inner_text()
    opened.locator(".ctkit-image").press("ArrowDown")
    assert np.array_equal(pixels(opened), greys(volume, 3))


def test_a_view_that_is_closed_while_it_waits_stops(opened):
    opened.evaluate("() => { window.test.end(); window.test.close(); }")
    opened.evaluate("() => { window.test.there.a = window.test.voxels; }")
    opened.wait_for_timeout(600)
    assert opened.locator(".ctkit-view").count() == 0
