"""The website as a reader gets it: every page opened with everything but the loopback blocked.

Three notebooks are run, so that their views are alive; `test_site_whole.py` does it with all.
"""

import posixpath
import re
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from _jupyter import pixels
from _site import build, making

import ctkit

pytestmark = pytest.mark.browser
LIVE = ("00", "01", "04")
MEET, SLICE, HU = (
    "notebooks/00_meet_the_data.html",
    "notebooks/01_read_a_dicom_slice.html",
    "notebooks/04_turn_values_into_hu.html",
)
#: What leaves the loopback goes nowhere. (A route of Playwright's would switch off the cache.)
NOWHERE = {"server": "http://127.0.0.1:1", "bypass": "127.0.0.1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages, served."""
    with build(tmp_path_factory.mktemp("website") / "site", *LIVE) as served:
        yield served


@pytest.fixture
def reader(chromium, site):
    """Open pages as a reader: reader(name, width=1400, ...) gives one; faults fail the test."""
    contexts, faults = [], []

    def opened(name, width=1400, height=900, **options):
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, proxy=NOWHERE, **options)
        contexts.append(context)
        page = context.new_page()
        watch(page, site, faults)
        page.goto(site.url + name)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def watch(page, site, faults):
    """Note each request to somewhere else, each that fails, and each error in the console."""

    def asked(request):
        if not request.url.startswith((site.url, "data:", "blob:")):
            faults.append(f"{page.url} asks for {request.url}")

    def answered(response):
        if response.status >= 400:
            faults.append(f"{page.url}: {response.status} of {response.url}")

    def said(message):
        # The tests themselves read the pixels of a canvas again and again.
        if message.type in ("error", "warning") and "getImageData" not in message.text:
            faults.append(f"{page.url}: {message.text}")

    page.on("request", asked)
    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))


def alive(page, place=0):
    """Scroll to a view, and give it when it has come alive."""
    page.locator("figure[data-ctkit]").nth(place).scroll_into_view_if_needed()
    page.wait_for_selector(f":nth-match(figure[data-ctkit], {place + 1})[data-alive]")
    return page.locator("figure[data-ctkit]").nth(place)


def greys_of(page, figure, nth=0):
    """The pixels of a picture of a view."""
    canvas = figure.locator(".ctkit-image").nth(nth)
    canvas.evaluate("canvas => canvas.classList.add('looked-at')")
    found = np.array(pixels(page, ".ctkit-image.looked-at"))
    canvas.evaluate("canvas => canvas.classList.remove('looked-at')")
    return found


# ---- every page


def test_every_page_opens_alone_with_all_of_its_pictures(site, reader):
    assert len(site.pages) > 40
    page = reader("index.html")
    for name in site.pages:
        page.goto(site.url + name)
        missing = page.evaluate(
            """async () => {
                const pictures = [...document.images];
                for (const one of pictures) one.loading = "eager";
                await Promise.all(pictures.map((one) => one.decode().catch(() => {})));
                return pictures.filter((one) => !one.naturalWidth).map((one) => one.src);
            }"""
        )
        assert missing == [], name
        assert page.locator("h1").count() == 1, name
        # On a phone, no page is wider than the screen.
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        page.set_viewport_size({"width": 1400, "height": 900})


def test_every_picture_has_words(site):
    for name in site.pages:
        for picture in site.parsed(name).pictures:
            assert picture.get("alt", "").strip(), (name, picture)


def test_every_link_within_the_website_leads_somewhere(site):
    parsed = {name: site.parsed(name) for name in site.pages}
    dead = []
    for name, page in parsed.items():
        for link, _ in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
            target = name if not parts.path else unquote(target)
            if target.startswith("lite/"):
                # What runs in the tab is built apart: each page stands there under its own name.
                run = parse_qs(parts.query).get("path", [posixpath.basename(target)])[0]
                found = (site.folder / "notebooks" / run).with_suffix(".html").exists()
            else:
                found = (site.folder / target).is_file()
                # The search's own page takes words there.
                if parts.fragment and target.endswith(".html"):
                    found &= unquote(parts.fragment) in parsed[target].names
            if not found:
                dead.append((name, link))
    assert dead == []


def test_no_page_is_large(site):
    for name in site.pages:
        pictures = {one["src"] for one in site.parsed(name).pictures if one["src"][:5] != "data:"}
        folder = (site.folder / name).parent
        size = sum((folder / unquote(one)).stat().st_size for one in pictures)
        assert size + (site.folder / name).stat().st_size < 1_000_000, name
    assert not list(site.folder.rglob("*.doctree"))


def test_on_a_phone_printed_sentences_wrap_and_columns_stay(reader):
    page = reader(HU, width=390)
    scrolls = "all => all.map((one) => one.scrollWidth > one.clientWidth)"
    found = page.locator(".ctkit-wrapped pre").evaluate_all(scrolls)
    assert len(found) > 8
    assert not any(found)
    line = page.locator(".ctkit-line", has_text="Dense bone reads 1938 HU")
    assert line.bounding_box()["height"] > 30
    columns = page.locator(".output.stream:not(.ctkit-wrapped)")
    assert "stored      0, uint16:  64512 HU" in columns.first.inner_text()
    assert columns.locator(".ctkit-line").count() == 0


def test_a_heading_that_fills_its_line_has_no_empty_one_below(reader):
    page = reader(HU)
    for width in range(340, 420, 10):
        page.set_viewport_size({"width": width, "height": 900})
        heights = page.evaluate(
            """() => [...document.querySelectorAll(".bd-article h2")].map((heading) => {
                const words = document.createRange();
                words.selectNode(heading.firstChild);
                return heading.clientHeight - words.getBoundingClientRect().height;
            })"""
        )
        assert max(heights) < 15, width


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("index.html", "dark"),
        (MEET, "light"),
        (MEET, "dark"),
        ("api/files.html", "dark"),
    ],
)
def test_axe_finds_no_serious_fault(reader, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = reader(name, color_scheme=scheme)
    for place in range(page.locator("figure[data-ctkit]").count()):
        alive(page, place)
    # Without a preload of its own: it would look for styles of styles in the wrong folder.
    found = axe.Axe().run(page, options={"preload": False}).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in serious] == []


def test_a_page_reads_without_a_script(site, reader):
    page = reader(MEET, java_script_enabled=False, color_scheme="dark")
    text = page.locator("article").inner_text()
    assert "What is a CT scan made of?" in text
    assert "head.nii.gz: (256, 256, 108), int16, 7,077,888 voxels" in text
    stills = page.locator("figure.ctkit-figure img[src*=_pictures]")
    files = [one for one in site.parsed(MEET).pictures if one["src"].startswith("../_pictures/")]
    assert stills.count() == len(files) > 5
    assert stills.first.is_visible()
    # The quiz unfolds its answers.
    question = page.locator("figure summary").first
    question.click()
    assert question.locator("xpath=..").locator("p").is_visible()
    page.get_by_role("link", name="Next").first.click()
    assert page.url.endswith("01_read_a_dicom_slice.html")


# ---- views


def test_the_head_is_one_file_with_every_hu(site, head):
    held = site.states(MEET)[0]["voxels"]
    assert np.array_equal(site.volume(held), head.array)
    assert (site.folder / "_volumes" / held["file"]).stat().st_size < 5_800_000
    # From DICOM the rows run the other way: the same file, and a change of a few kB.
    turned = site.states(HU)[0]["voxels"]
    assert turned["made"]["base"] == held["file"]
    series = ctkit.load(ctkit.samples.head_dicom())
    assert np.array_equal(site.volume(turned), series.array)
    files = [turned["made"][name]["file"] for name in ("axes", "added")]
    assert sum((site.folder / "_volumes" / file).stat().st_size for file in files) < 100_000


def test_explore_is_moved_by_wheel_and_drag(head, reader):
    page = reader(MEET)
    figure = alive(page)
    assert np.array_equal(greys_of(page, figure), greys(head, "axial", 30))
    stage = figure.locator(".ctkit-stage")
    stage.hover()
    page.mouse.wheel(0, 200)
    seen = greys_of(page, figure)
    slice = int(re.match(r"axial\s+(\d+)", figure.locator(".ctkit-tl").inner_text())[1])
    assert slice != 30
    assert np.array_equal(seen, greys(head, "axial", slice))
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 20)
    page.mouse.up()
    said = figure.locator(".ctkit-bl").inner_text()
    center, width = map(float, re.search(r"C (\S+)\s+W (\S+)", said.replace("−", "-")).groups())
    assert (center, width) != (40, 80)
    wanted = ctkit.apply_window(head.plane("axial", slice), center, width, dtype=np.uint8)
    assert np.array_equal(greys_of(page, figure), wanted)


def greys(volume, plane, index, center=40, width=80):
    return ctkit.apply_window(volume.plane(plane, index), center, width, dtype=np.uint8)


def test_a_change_of_the_head_is_put_together_in_the_browser(reader):
    series = ctkit.load(ctkit.samples.head_dicom())
    page = reader(HU)
    assert np.array_equal(greys_of(page, alive(page)), greys(series, "axial", 60, 40, 400))


def test_a_volume_is_made_of_the_head_as_in_python(reader):
    """Of neighbours in parts, turned and cut, with ties that are rounded; masked, and added to."""
    rng = np.random.default_rng(3)
    head = rng.integers(-1000, 2000, (7, 9, 11)).astype(np.int16)
    axes = [
        making.resampled(np.arange(0, 6.2, 0.7), 7, "cubic"),
        making.Axis(np.array([[8], [7], [2], [3]]), np.ones((4, 1))),
        making.Axis(np.arange(10)[:, None] + [0, 1], np.full((10, 2), 0.5)),
    ]
    wanted = making.made(head, axes)
    kept, added = rng.random(wanted.shape) < 0.5, rng.integers(-2, 3, wanted.shape)
    page = reader("index.html")
    found = page.evaluate(
        """async ([head, shape, axes, kept, added]) => {
            const { made, finish } = await import("./_static/making.js");
            const values = await made(Int16Array.from(head), shape, axes);
            const before = [...values];
            finish(values, Int8Array.from(kept), Int8Array.from(added));
            return [before, [...values]];
        }""",
        [
            head.ravel().tolist(),
            head.shape,
            [axis.as_lists() for axis in axes],
            kept.ravel().tolist(),
            added.ravel().tolist(),
        ],
    )
    assert np.array_equal(found[0], wanted.ravel())
    assert np.array_equal(found[1], (np.where(kept, wanted, -1000) + added).ravel())


def test_planes_follow_a_click(head, reader):
    page = reader(MEET)
    figure = alive(page, 1)
    for nth, (plane, index) in enumerate([("axial", 54), ("coronal", 128), ("sagittal", 128)]):
        assert np.array_equal(greys_of(page, figure, nth), greys(head, plane, index))
    box = figure.locator(".ctkit-image").first.bounding_box()
    page.mouse.click(box["x"] + 100.5 / 256 * box["width"], box["y"] + 60.5 / 256 * box["height"])
    # The rows of this head run towards the front, and those of the upright picture away from it.
    assert np.array_equal(greys_of(page, figure, 1), greys(head, "coronal", 255 - 60))
    assert np.array_equal(greys_of(page, figure, 2), greys(head, "sagittal", 100))


def test_compare_has_both_volumes(site, reader):
    """Page 01: values as they are stored, and HU."""
    page = reader(SLICE)
    figure = alive(page, 1)
    state = site.states(SLICE)[1]
    for nth, name in enumerate(("voxels", "second")):
        values = site.volume(state[name])[0]
        wanted = ctkit.apply_window(values, -1000, 2400, dtype=np.uint8)
        assert np.array_equal(greys_of(page, figure, nth), wanted)
    held = ctkit.load(ctkit.samples.head_slice()).array
    assert np.array_equal(site.volume(state["second"]), held)


def test_a_quiz_answers(reader):
    page = reader(MEET)
    quiz = alive(page, 3)
    quiz.get_by_text("one slice of 512 x 512").click()
    assert "Right" in quiz.inner_text()


def test_a_place_is_pointed_at_in_the_viewer_of_a_quiz(site, reader):
    page = reader(MEET)
    quiz = alive(page, 3)
    held = site.states(MEET)[3]["questions"][-1]["view"]["voxels"]
    plane = ctkit.Volume(site.volume(held), np.array(held["affine"])).plane("axial", 1)
    wanted = ctkit.apply_window(plane, 40, 80, dtype=np.uint8)
    quiz.locator(".ctkit-image[aria-label]").wait_for()
    assert np.array_equal(greys_of(page, quiz), wanted)
    canvas = quiz.locator(".ctkit-image")
    box = canvas.bounding_box()
    # The bleed: row 29 and column 39 of 64.
    position = {"x": 39.9 / 64 * box["width"], "y": 29.5 / 64 * box["height"]}
    canvas.click(position=position)
    quiz.get_by_role("button", name="Check").last.click()
    quiz.get_by_text("Right. The bleed is brighter than the brain").wait_for()


def test_the_voxels_are_fetched_once_for_all_views_and_pages(site, reader):
    site.asked.clear()
    page = reader(MEET)
    for place in range(3):
        alive(page, place)
    page.goto(site.url + "index.html")
    alive(page)
    head = site.states(MEET)[0]["voxels"]["file"]
    assert site.asked.count(f"/_volumes/{head}") == 1


def test_nothing_is_fetched_for_a_view_that_is_not_in_sight(site, reader):
    site.asked.clear()
    page = reader(MEET)
    page.wait_for_load_state("networkidle")
    assert not [path for path in site.asked if path.startswith("/_volumes/")]


def test_voxels_that_do_not_come_leave_the_picture_with_a_sentence(chromium, site):
    page = chromium.new_page()
    page.route("**/_volumes/*", lambda route: route.fulfill(status=503))
    page.goto(site.url + MEET)
    figure = page.locator("figure[data-ctkit]").first
    figure.scroll_into_view_if_needed()
    figure.get_by_text("This picture stays still. Its voxels could not be fetched: 503.").wait_for()
    assert figure.locator("img").is_visible()
    page.close()


def test_what_calls_python_says_where_it_runs(reader):
    page = reader("notebooks/06_keep_only_the_head.html")
    figure = page.locator("figure", has_text="its sliders call Python").first
    assert figure.locator("img").count() == 1
    link = figure.get_by_role("link", name="Run this page here")
    assert link.get_attribute("href") == "../lite/lab/index.html?path=06_keep_only_the_head.ipynb"


# ---- the theme


def test_search_finds_a_page(reader):
    page = reader("search.html?q=hounsfield")
    page.get_by_role("link", name=re.compile("04 · Turn stored values")).first.wait_for()


def test_dark_and_light_can_be_chosen(reader):
    page = reader(MEET, color_scheme="light")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    button = page.locator(".theme-switch-button").first
    button.click()
    page.locator("button.theme-change-button[data-mode=dark]:visible").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    ground = page.locator(".cell_output .text_html").first
    assert ground.evaluate("one => getComputedStyle(one).backgroundColor") == "rgba(0, 0, 0, 0)"


def test_a_term_is_linked_where_it_is_first_used(site, reader):
    page = reader(MEET)
    terms = page.locator("a.ctkit-term")
    words = [word.lower() for word in terms.all_inner_texts()]
    assert "voxels" in words
    assert len(set(words)) == len(words)
    terms.first.click()
    assert re.search(r"/notebooks/glossary\.html#\w+", page.url)


def test_each_page_can_be_run_and_downloaded(site):
    for name in site.pages:
        if found := re.match(r"notebooks/(\d\d_\w+)\.html", name):
            links = [link for link, _ in site.parsed(name).links]
            assert f"../lite/lab/index.html?path={found[1]}.ipynb" in links
            assert f"../lite/files/{found[1]}.ipynb" in links
