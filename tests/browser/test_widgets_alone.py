"""The page of to_html: whatever its texts say, its controls, and what shows without script."""

import base64
import http.server
import io
import json
import threading

import numpy as np
import pytest
from _jupyter import pixels
from PIL import Image

import ctkit
from ctkit import overlay
from ctkit.widgets import page as _page
from ctkit.widgets import still

pytestmark = pytest.mark.browser

ENDS = ["</script>", "</SCRIPT >", "<!--<script>", "<!--", "-->", "]]>", "<![CDATA[", "<script>"]
ENDS += ["</style><script>alert(1)</script>", "</title>", "</noscript>", "</main>", "<plaintext>"]
ENDS += ["<!--<script></script>", "<!-- <script> -->", "</script><img src=x onerror=alert(1)>"]
FILLED = ["{{script}}", "{{state}}", "{{title}}", "{{css}}", "{{nobody}}", "{{", "}}"]
FILLED += ["{{picture}}", r"\g<0>", r"\1", "$&", "$1", "${name}", "%s", "{0}"]
QUOTES = ['"', "'", '"""', "\\", "\\\\", '\\"', "\\u003c/script>", "&lt;/script&gt;", "&amp;"]
QUOTES += ["&#60;"]
LETTERS = ["\u2028", "\u2029", "\x00", "\x85", "\ufeff", "\u202e<b>", "a\rb", "tab\there"]
LETTERS += [
    "\x1b[31m",
    "NaN",
    "null",
    "__proto__",
    "😀</script>",
    "Ä ö ß − ² 頭",
    "x" * 5000,
    "\n\n\n",
]
HOSTILE = [*ENDS, *FILLED, *QUOTES, *LETTERS]


@pytest.fixture
def volume():
    values = np.random.default_rng(3).integers(-1000, 2000, (4, 7, 11)).astype(np.int16)
    return ctkit.Volume.from_spacing(values, (4.0, 1.0, 0.5))


@pytest.fixture
def view(volume):
    made = ctkit.tune(volume, lambda v, by=0: v, by=(0, 9), window="bone")
    yield made
    made.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """opened(html) gives the page with no network; a script's error or an alert fails the test."""
    context = chromium.new_context(viewport={"width": 1000, "height": 900}, offline=True)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))

    def open_page(view):
        page.goto(view.to_html(tmp_path / "view.html").as_uri())
        page.wait_for_selector(".ctkit-image[aria-label]")
        return page

    yield open_page
    context.close()
    assert wrong == []


def greys(volume, index):
    return ctkit.apply_window(volume.array[index], 400, 1000, dtype=np.uint8)


def test_there_are_fifty():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 50


def texts_of(view):
    """The names of all texts that a view may hold, in whatever trait."""
    texts = [name for name, trait in view.traits(sync=True).items() if name[0] != "_"]
    return [name for name in texts if isinstance(getattr(view, name), str)]


# Those that name a choice take nothing else.
CHOICES = {
    "plane",
    "mode",
    "function",
    "convention",
    "blend",
    "position",
    "interpolation",
    "playback",
    "projection",
}


def test_no_text_breaks_the_page(view, volume, opened):
    free = [name for name in texts_of(view) if name not in CHOICES]
    assert {"call", "note", "busy", "outcome", "error", "trace"} <= set(free)
    for text in HOSTILE:
        with view.hold_sync():
            view.names = [text, f"b{text}"]
            for name in free:
                setattr(view, name, text)
        page = opened(view)
        assert np.array_equal(pixels(page), greys(volume, 2)), repr(text)
        found = page.evaluate(
            """() => ["outcome", "error-words", "trace", "tr"].map(
                (name) => document.querySelector(`.ctkit-${name}`).textContent)"""
        )
        assert found == [text, text, text, described(view, page, "tr")], repr(text)
        assert page.locator("#still").count() == 0


def described(view, page, place):
    """The text of a place as Python describes it, for the stage as large as it is in the page."""
    state, volumes = still._state(view), still._volumes(view)
    grids = {name: one and still._grid(one, view.convention) for name, one in volumes.items()}
    size = page.locator(".ctkit-stage").first.evaluate("one => [one.clientWidth, one.clientHeight]")
    found = overlay.describe(state, grids, overlay.panes(state, grids)[0], size)["texts"]
    return next(text["text"] for text in found if text["place"] == place)


def test_a_number_that_is_none_comes_as_it_is(view, volume, opened):
    view.roi = {
        "kind": "ellipse",
        "plane": "axial",
        "slice": 2,
        "start": [2, 1, 1],
        "end": [2, 5, 8],
    }
    (region,) = view.drawn
    view._from_browser = True
    for value in (np.nan, np.inf, -np.inf):
        numbers = dict.fromkeys(("mean", "sd", "minimum", "maximum", "area_mm2"), value)
        view.drawn = [region | {"voxels": 9} | numbers]
        page = opened(view)
        assert np.array_equal(pixels(page), greys(volume, 2))
        assert page.locator(".ctkit-error").is_hidden()
        assert page.locator(".ctkit-measure").first.inner_text() == described(view, page, "measure")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.5, -0.0, 1e300])
def test_json_of_numbers_and_letters(script, value):
    revive = """(text) => JSON.stringify(JSON.parse(text, (_, value) =>
        typeof value?.["no number"] === "string" ? String(Number(value["no number"])) : value))"""
    text = _page.json_in_html({"a": [float(value), "</script>&\u2028"], "no number": 3})
    assert not set("<>&\u2028") & set(text)
    found = json.loads(script.evaluate(revive, text))
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    wanted = names.get(str(float(value)), float(value))
    assert found == {"a": [wanted, "</script>&\u2028"], "no number": 3}


def test_script_and_style_end_no_element_of_the_page():
    here = _page._HERE
    script, style = (here / "view.js").read_text("utf-8"), (here / "view" / "view.css").read_text()
    assert "</script" not in script.lower()
    assert "<!--" not in script
    assert "</style" not in style.lower()


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under a policy."""

    policy = ""

    def end_headers(self):
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def served(tmp_path):
    """served(view, policy) is the address of its page."""
    servers = []

    def serve(view, policy):
        view.to_html(tmp_path / "view.html")
        kind = type("Handler", (Strict,), {"policy": policy})
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *args: kind(*args, directory=str(tmp_path))
        )
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/view.html"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_where_script_is_forbidden_the_still_picture_and_its_text_show(view, page, served):
    view.outcome, view.error = "moved by <3>", "ValueError: no & no"
    page.goto(served(view, "script-src 'self'"))
    image = page.locator("#still img")
    data = image.get_attribute("src").removeprefix("data:image/png;base64,")
    assert base64.b64decode(data) == still.png(view.picture())
    assert image.evaluate("image => image.complete && image.naturalHeight") == still.STAGE
    seen = Image.open(io.BytesIO(image.screenshot())).convert("L")
    assert np.asarray(seen).std() > 20
    text = page.locator("#still").inner_text()
    assert view.alt_text() in text
    assert "moved by <3>" in text
    assert "ValueError: no & no" in text
    assert "still picture" in text


def test_where_everything_is_forbidden_the_text_shows(view, page, served):
    page.goto(served(view, "default-src 'none'; sandbox"))
    assert view.alt_text() in page.locator("#still").inner_text()


def test_without_javascript_the_still_picture_shows(view, chromium, tmp_path):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(view.to_html(tmp_path / "view.html").as_uri())
    box = page.locator("#still img").bounding_box()
    seen = Image.open(io.BytesIO(page.screenshot(clip=box))).convert("L")
    assert np.asarray(seen).std() > 20
    assert "still picture" in page.locator("#still").inner_text()
    context.close()


def test_what_the_script_cannot_draw_leaves_the_still_picture(view, page, tmp_path):
    text = view.to_html().replace('"layouts": {', '"layouts": {"gone": 0}, "lost": {', 1)
    path = tmp_path / "broken.html"
    path.write_text(text, "utf-8")
    page.goto(path.as_uri())
    page.wait_for_selector(".ctkit-error")
    assert "The viewer stopped" in page.locator(".ctkit-error").inner_text()
    assert page.locator("#still img").is_visible()


def test_compare_has_all_of_its_controls(volume, opened):
    other = volume.with_array(np.clip(volume.array, -900, 1500) - np.int16(35))
    view = ctkit.compare(volume, other, window="bone")
    page = opened(view)
    show, limit = page.get_by_label("Show", exact=True), page.get_by_label("Limit", exact=True)
    assert limit.is_hidden()
    assert page.locator(".ctkit-stage:visible").count() == 2
    show.select_option("curtain")
    assert page.locator(".ctkit-stage:visible").count() == 1
    assert page.locator(".ctkit-tr").first.inner_text() == "before | after"
    show.select_option("difference")
    for wanted in (100, 40, 2.5):
        limit.fill(str(wanted))
        limit.press("Enter")
        view.blend, view.limit = "difference", wanted
        found = page.locator(".ctkit-image-over").first.evaluate(
            """(canvas) => {
                const { width, height } = canvas;
                return Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data);
            }"""
        )
        expected = difference(view.volume.array[2], other.array[2], wanted)
        assert np.array_equal(np.reshape(found, (7, 11, 4))[..., :3], expected)
    # What is not typed to its end, or no number, changes nothing; what is too low is 1.
    steps = [("-3", False, "+2.5 HU"), ("", True, "+2.5 HU"), ("0", True, "+1 HU")]
    for typed, ended, told in steps:
        limit.fill(typed)
        if ended:
            limit.press("Enter")
        assert told in page.locator(".ctkit-bl").first.inner_text()
    page.get_by_label("Plane", exact=True).select_option("coronal")
    page.get_by_label("Slice", exact=True).fill("5")
    assert "coronal  5 / 6" in page.locator(".ctkit-tl").first.inner_text()
    show.select_option("side by side")
    page.get_by_label("Window", exact=True).select_option(index=5)
    assert page.get_by_label("Center", exact=True).input_value() == "40"
    view.close()


def difference(before, after, limit):
    """The colours of a difference, recomputed."""
    part = np.clip((after.astype(float) - before) / limit, -1, 1)
    part = np.rint(np.abs(part) * 255) / 255 * np.sign(part)
    blue, orange = np.array([70, 150, 255]), np.array([255, 140, 50])
    colours = np.where(part[..., None] < 0, blue, orange) * np.abs(part)[..., None]
    return np.floor(colours + 0.5)


def test_one_volume_has_no_blend_and_a_mask_none_to_choose(volume, opened):
    page = opened(ctkit.explore(volume))
    assert page.get_by_label("Show", exact=True).count() == 0
    page = opened(ctkit.tune(volume, lambda v, by=0: v.array > by, by=(0, 9)))
    assert page.get_by_label("Show", exact=True).is_hidden()


def test_an_error_can_be_unfolded_and_the_result_before_it_is_dark(volume, opened):
    bright = volume.with_array(np.full(volume.shape, 900, np.int16))
    view = ctkit.tune(bright, lambda v, by=0: v, by=(0, 9), window=(400, 1000))
    levels = {}
    for stale in (False, True):
        view.stale, view.busy = stale, "still by=3, then an error" if stale else ""
        view.error = "ValueError: no" if stale else ""
        view.trace = "cell.py, line 3, moved\n    raise ValueError" if stale else ""
        page = opened(view)
        page.wait_for_timeout(900)
        for number in range(2):
            box = page.locator(".ctkit-stage").nth(number).bounding_box()
            # The middle, where no letters are.
            clip = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
            shot = page.screenshot(clip=clip | {"width": 9, "height": 9})
            levels[stale, number] = np.asarray(Image.open(io.BytesIO(shot)).convert("L")).mean()
    assert levels[False, 0] == levels[False, 1] == levels[True, 0] == 255
    assert levels[True, 1] == pytest.approx(128, abs=2)
    assert "still by=3, then an error" in page.locator(".ctkit-tr").nth(1).inner_text()
    assert "still" not in page.locator(".ctkit-tr").first.inner_text()
    trace = page.locator(".ctkit-trace")
    assert trace.is_hidden()
    page.locator(".ctkit-error summary").click()
    assert trace.inner_text() == view.trace
    view.close()
