"""A large volume, whose planes come on request: late, lost, out of order, or never."""

import base64
import json

import numpy as np
import pytest
from test_widgets_truth import volume_of

import ctkit
from ctkit.sampling import plane_of
from ctkit.widgets import still
from ctkit.widgets import voxels as _voxels

pytestmark = pytest.mark.browser
SHAPE = (30, 24, 36)

# A view with no Jupyter: what it asks for stands in `sent`, and `answer` gives it.
OPEN = """async ([state, sources]) => {
    document.body.replaceChildren();
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    // Its own: what a view before this one asks for again belongs to nobody.
    const sent = (window.sent = []);
    // A stage that is measured late would draw again, and hide who never asks a second time.
    window.ResizeObserver = class { observe() {} disconnect() {} };
    const listeners = [];
    const modelOf = (values) => ({
        get: (name) => values[name],
        set(name, value) {
            const changed = JSON.stringify(values[name]) !== JSON.stringify(value);
            values[name] = value;
            if (changed) fire(values, `change:${name}`);
        },
        on: (name, handler) => listeners.push({ values, name, handler }),
        off() {},
        save_changes() {},
        send: (message) => sent.push({ message, values }),
    });
    const fire = (values, name, ...rest) =>
        listeners.filter((one) => one.values === values && one.name === name)
            .forEach((one) => one.handler(...rest));
    window.answer = (number, text) => {
        const { message, values } = window.sent[number];
        const { stack, ...named } = message;
        fire(values, "msg:custom", named, [new DataView(bytes(text).buffer)]);
    };
    for (const [name, values] of Object.entries(sources)) {
        const opening = Object.entries(values.opening);
        values.opening = Object.fromEntries(opening.map(([key, text]) => [key, bytes(text)]));
        state[name] = modelOf(values);
    }
    window.model = modelOf({ overlay: null, second: null, ...state });
    const el = document.createElement("div");
    el.style.width = "600px";
    document.body.append(el);
    const { initialize, render } = view.default();
    initialize({ model: window.model });
    await render({ model: window.model, el });
}"""


@pytest.fixture
def opened(script, monkeypatch):
    """Open a view above the limit: returns the page, after which `answer` speaks for the kernel."""
    monkeypatch.setattr(_voxels, "LIMIT", 100)

    def open_view(view, opening=True):
        state = {name: view.trait_values().get(name) for name in view.keys if name[0] != "_"}
        for name in ("box", "layout", "tabbable", "tooltip", "voxels", "overlay", "second"):
            state.pop(name, None)
        sources = {}
        for name, data in view.held().items():
            assert data.lazy
            names = ("kind", "lazy", "shape", "affine", "layouts")
            sources[name] = {one: getattr(data, one) for one in names}
            first = data.opening if opening else {}
            sources[name]["opening"] = {key: text(value) for key, value in first.items()}
        script.evaluate(OPEN, json.loads(json.dumps([state, sources])))
        return script

    return open_view


def text(data):
    return base64.b64encode(data).decode()


@pytest.fixture
def volume():
    values = np.random.default_rng(8).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (3.0, 1.0, 0.5))


def answer(page, view, number):
    """Answer the request of a number as the kernel does."""
    message = page.evaluate("number => sent[number].message", number)
    source = page.evaluate("number => sent[number].values.shape", number)
    held = [one for one in view.held().values() if list(one.shape) == source]
    page.evaluate(
        "([number, text]) => answer(number, text)", [number, text(held[0].picture(message))]
    )


def asked(page):
    return [one["message"] for one in page.evaluate("sent")]


def ask_for(page, **traits):
    page.evaluate("traits => Object.entries(traits).forEach(([n, v]) => model.set(n, v))", traits)
    page.evaluate("new Promise(requestAnimationFrame)")


def seen(page):
    """The pixels, what is said, and whether it is dimmed."""
    return page.evaluate(
        """() => {
        const canvas = document.querySelector(".ctkit-image");
        const context = canvas.getContext("2d");
        const { data } = context.getImageData(0, 0, canvas.width || 1, canvas.height || 1);
        const said = (place) => document.querySelector(`.ctkit-${place}`).textContent;
        return {
            pixels: Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]),
            tl: said("tl"), nothing: said("nothing"), left: said("left"),
            label: canvas.getAttribute("aria-label"),
            dim: Number(getComputedStyle(canvas).opacity) < 1
                || canvas.closest(".ctkit-stage").classList.contains("ctkit-loading"),
        };
    }"""
    )


def is_slice(found, volume, index, view):
    greys = ctkit.apply_window(
        volume.plane("axial", index), view.center, view.width, dtype=np.uint8
    )
    return (
        np.array_equal(found["pixels"], greys.ravel())
        and f" {index} / {SHAPE[0] - 1}" in found["tl"]
        and f"slice {index} of" in found["label"]
    )


def test_a_picture_that_has_not_come_is_told_and_the_old_one_keeps_its_name(opened, volume):
    view = ctkit.explore(volume, slice=10, window="bone")
    page = opened(view)
    assert is_slice(seen(page), volume, 10, view)
    assert not seen(page)["dim"]
    ask_for(page, slice=20)
    found = seen(page)
    assert is_slice(found, volume, 10, view)
    assert found["dim"]
    assert found["nothing"] == "loading"
    assert found["label"].startswith("loading")
    # Another window counts for what is on screen.
    ask_for(page, center=100, width=300)
    greys = ctkit.apply_window(volume.plane("axial", 10), 100, 300, dtype=np.uint8)
    assert np.array_equal(seen(page)["pixels"], greys.ravel())
    number = next(n for n, one in enumerate(asked(page)) if one.get("index") == 20)
    answer(page, view, number)
    found = seen(page)
    view.center, view.width = 100, 300
    assert is_slice(found, volume, 20, view)
    assert not found["dim"]
    assert found["nothing"] == ""


def test_a_lost_request_is_sent_again(opened, volume):
    view = ctkit.explore(volume, slice=10, window="bone")
    page = opened(view)
    ask_for(page, slice=25)
    before = sum(one.get("index") == 25 for one in asked(page))
    assert before == 1
    page.wait_for_timeout(2300)
    again = [n for n, one in enumerate(asked(page)) if one.get("index") == 25]
    assert len(again) == 2
    assert seen(page)["dim"]
    answer(page, view, again[1])
    assert is_slice(seen(page), volume, 25, view)


def test_a_late_answer_changes_nothing(opened, volume):
    view = ctkit.explore(volume, slice=3, window="bone")
    page = opened(view)
    ask_for(page, slice=15)
    ask_for(page, slice=28)
    numbers = {one["index"]: n for n, one in enumerate(asked(page)) if one.get("axis") == 0}
    answer(page, view, numbers[28])
    assert is_slice(seen(page), volume, 28, view)
    answer(page, view, numbers[15])
    assert is_slice(seen(page), volume, 28, view)
    # It is kept, for when somebody goes there.
    ask_for(page, slice=15)
    assert is_slice(seen(page), volume, 15, view)


def test_before_the_first_picture_nothing_is_said_of_it(opened, volume):
    view = ctkit.explore(volume, slice=10, window="bone")
    page = opened(view, opening=False)
    found = seen(page)
    assert (found["tl"], found["left"], found["nothing"]) == ("", "", "loading")
    assert found["label"] == "loading"
    answer(page, view, 0)
    assert is_slice(seen(page), volume, 10, view)


@pytest.mark.parametrize("plane", ["coronal", "sagittal"])
def test_a_tilted_large_volume_is_sampled_by_the_kernel(opened, plane):
    truth = lambda points: (points[..., 0] * 3 + points[..., 2] * 7).astype(np.int16)  # noqa: E731
    tilted = volume_of(truth, SHAPE, (3.0, 1.0, 0.5), np.zeros(3), lean=15)
    view = ctkit.explore(tilted, plane=plane, window=(0, 300))
    page = opened(view)
    assert not asked(page)
    expected = np.asarray(view.picture(400))
    assert len(np.unique(expected)) > 20
    for index in (view.slice, view.slice + 3):
        ask_for(page, slice=index)
        for number, one in enumerate(asked(page)):
            if "stack" in one and one["index"] == index:
                answer(page, view, number)
        view.slice = index
        from ctkit.widgets import still

        greys = still.greys(view, plane, index).astype(int)
        found = np.reshape(seen(page)["pixels"], greys.shape)
        inside = greys > 0
        assert np.abs(found - greys)[inside].max() <= 1
        assert f" {index} / " in seen(page)["tl"]
        assert not seen(page)["dim"]


@pytest.mark.parametrize("show", ["explore", "planes", "side by side", "difference"])
def test_with_no_kernel_the_first_picture_is_there_and_others_say_so(opened, volume, show):
    second = ctkit.Volume(volume.array[:, ::2] // 2, volume.affine @ np.diag([1, 2, 1, 1]))
    if show in ("explore", "planes"):
        view = getattr(ctkit, show)(volume, window="bone")
    else:
        view = ctkit.compare(volume, second, window="bone", blend=show)
    page = opened(view)
    assert is_slice(seen(page), volume, 15, view)
    assert page.evaluate("document.querySelectorAll('.ctkit-loading').length") == 0
    ask_for(page, slice=22)
    assert seen(page)["dim"]
    assert is_slice(seen(page), volume, 15, view)


def test_still_pictures_and_pages_of_large_volumes_hold_their_voxels(volume, monkeypatch, chromium):
    small = ctkit.explore(volume, slice=7, window="bone")
    wanted = np.asarray(small.picture(300))
    small.close()
    monkeypatch.setattr(_voxels, "LIMIT", 100)
    view = ctkit.explore(volume, slice=7, window="bone")
    assert view.voxels.lazy
    assert np.array_equal(np.asarray(view.picture(300)), wanted)
    context = chromium.new_context()
    page = context.new_page()
    page.set_content(view.to_html())
    page.wait_for_selector(".ctkit-image[aria-label]")
    assert is_slice(seen(page), volume, 7, view)
    page.locator(".ctkit-image").focus()
    page.keyboard.press("End")
    assert is_slice(seen(page), volume, SHAPE[0] - 1, view)
    context.close()


@pytest.mark.parametrize("turned", [False, True])
def test_slabs_and_turned_planes_are_made_by_the_kernel(opened, volume, turned):
    view = ctkit.explore(volume, slice=10, window="bone")
    page = opened(view, opening=False)
    first = len(asked(page))
    traits = {"normal": [0.0, 0.6, 0.8]} if turned else {"slab": 12.0, "projection": "mean"}
    ask_for(page, **traits)
    found = seen(page)
    assert found["nothing"] == "loading"
    assert found["dim"]
    # A hand that goes on asks for one after the other: the kernel is not flooded.
    slices = page.evaluate("model.get('slice')")
    for moved in (1, 2, 3):
        ask_for(page, slice=slices + moved)
    made = [one for one in asked(page)[first:] if "stack" in one]
    # On a slow machine the same one is asked for once more; no other is.
    assert {one["index"] for one in made} == {slices}
    answer(page, view, len(asked(page)) - 1)
    page.evaluate("new Promise(requestAnimationFrame)")
    assert asked(page)[-1]["index"] == slices + 3
    answer(page, view, len(asked(page)) - 1)
    page.evaluate("new Promise(requestAnimationFrame)")
    found = seen(page)
    assert not found["dim"]
    # What is shown is what Python makes of the same state.
    if turned:
        view.normal = traits["normal"]
    else:
        view.slab, view.projection = traits["slab"], traits["projection"]
    view.slice = slices + 3
    shown = still.shown_stacks(view)
    ((_, stack, index),) = next(shown)
    picture = plane_of(volume.array, volume.affine, stack, index)
    greys = ctkit.apply_window(
        np.nan_to_num(picture, neginf=0), view.center, view.width, dtype=np.uint8
    )
    inside = np.isfinite(picture).ravel()
    assert inside.mean() > 0.3
    assert np.array_equal(np.array(found["pixels"])[inside], greys.ravel()[inside])
    assert ("turned by" if turned else "mean 12 mm") in found["tl"] + found["label"]
