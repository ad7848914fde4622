"""Exercises, guesses and quizzes in a real JupyterLab; a quiz in a page of its own."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from _jupyter import hide_sidebars, open_lab, run_cell

import ctkit
from ctkit.exercises import pointing, quiz, registry
from ctkit.volume import upright_plane

pytestmark = pytest.mark.browser

CELLS = (
    'import ctkit\n\ndef ends(center, width):\n    return ...\n\nctkit.check("05.1", ends)',
    "def ends(center, width):\n    return center - width // 2, center + width // 2\n\n"
    'ctkit.check("05.1", ends)',
    """
import numpy as np
from ctkit.exercises import judging
from ctkit.exercises.exercise import Case, Exercise

array = np.full((3, 20, 16), 40, np.int16)
volume = ctkit.Volume.from_spacing(array, (5, 2, 1.5))
exercise = Exercise(
    "05.9",
    "Add",
    "Add.",
    "def add(volume):\\n    return ...",
    (Case("a block", volume),),
    "Why.",
    (),
)


@exercise.right("So.")
def add(volume):
    return volume.with_array(volume.array + 10)


def mine(volume):
    changed = np.array(volume.array) + 10
    changed[2, 5, 7] = 400
    return volume.with_array(changed)


verdict = judging.judge(exercise, mine)
verdict
""",
    'ctkit.predict("05.a", ("0 and 80 HU", "0 and 79 HU"))',
    'ctkit.quiz("05")',
)


@pytest.fixture(scope="module")
def opened(lab, chromium):
    lab.write_notebook("exercises.ipynb", *CELLS)
    page = chromium.new_page(viewport={"width": 1200, "height": 4200})
    open_lab(lab, page, "exercises.ipynb")
    hide_sidebars(page)
    page.wait_for_selector(".ctkit-quiz-sum", timeout=90_000)
    page.wait_for_selector(".ctkit-image[aria-label]", timeout=60_000)
    yield page
    page.close()


class TestInJupyterLab:
    def test_a_stub_shows_no_picture_and_a_mistake_its_words(self, opened):
        outputs = opened.locator(".jp-OutputArea-output.jp-RenderedHTML")
        assert "not tried yet" in outputs.nth(0).inner_text()
        assert outputs.nth(0).locator("img").count() == 0
        words = outputs.nth(1).inner_text()
        assert "You halved the width by //" in words
        assert "you give (0, 80), right is (-0.5, 79.5) HU" in words

    def test_the_case_stands_in_a_viewer_with_its_voxel(self, opened):
        assert "axial  2 / 2" in opened.locator(".ctkit-view").first.inner_text().replace("\n", " ")
        pixels = opened.evaluate(
            """() => [...document.querySelectorAll(".ctkit-image, .ctkit-image-over")]
                .filter((canvas) => canvas.width === 16 && canvas.height === 20)
                .map((canvas) => [...canvas.getContext("2d").getImageData(0, 0, 16, 20).data]
                    .filter((_, i) => i % 4 === 0))"""
        )
        # Only one voxel of yours is bright, and it is where it was changed.
        bright = [[i for i, grey in enumerate(greys) if grey > 200] for greys in pixels]
        assert [5 * 16 + 7] in bright

    def test_a_guess_is_kept_in_the_kernel(self, opened):
        opened.locator(".ctkit-guess input").nth(1).check()
        opened.wait_for_function(
            "() => document.querySelector('.ctkit-guess').innerText.includes('Your guess')"
        )
        told = run_cell(opened, 'print(ctkit.predict("05.a", measured="0 and 79 HU"))')
        assert "your guess was 0 and 79 HU" in told

    def test_an_answer_reaches_the_kernel(self, opened):
        first = opened.locator(".ctkit-quiz-item").nth(0)
        first.locator("input").nth(0).check()
        assert "Not yet." in first.inner_text()
        first.locator("input").nth(1).check()
        assert "Right." in first.inner_text()
        opened.wait_for_function(
            "() => document.querySelector('.ctkit-quiz-sum').innerText.startsWith('1 of 5')"
        )
        opened.wait_for_timeout(500)
        assert "1 of 5 questions" in run_cell(opened, 'print(ctkit.progress("05"))')

    def test_a_place_is_pointed_at_in_a_viewer(self, opened):
        item = opened.locator(".ctkit-quiz-item").nth(4)
        assert np.array_equal(greys_in(item), greys_of_scene(1))
        assert "Right. It has 70 HU" in click_voxel(item, 58, 74)
        opened.wait_for_timeout(500)
        assert "2 of 5 questions" in run_cell(opened, 'print(ctkit.progress("05"))')


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    shown = ctkit.quiz("05")
    path = shown.to_html(tmp_path_factory.mktemp("quiz") / "quiz.html")
    shown.close()
    return path.as_uri()


def open_quiz(chromium, file, **options):
    page = chromium.new_page(**options)
    page.goto(file)
    return page


def test_without_a_mouse(chromium, file):
    page = open_quiz(chromium, file)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    item = page.locator(".ctkit-quiz-item")
    assert "Right. LINEAR shows" in item.nth(0).inner_text()
    item.nth(1).locator("input").nth(1).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert item.nth(1).inner_text().count("Right.") == 2
    assert item.nth(1).inner_text().count("Rightly left out.") == 2
    item.nth(2).locator("input").focus()
    page.keyboard.type("33,0")
    page.keyboard.press("Enter")
    assert "Right." in item.nth(2).inner_text()
    item.nth(4).locator(".ctkit-image").focus()
    for _ in range(18):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    item.nth(4).get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    item.nth(4).get_by_text("Right.").wait_for()
    assert "Right. It has 70 HU" in item.nth(4).inner_text()
    assert page.locator(".ctkit-quiz-sum").inner_text() == "4 of 5 right, 1 to go"
    page.close()


def test_what_is_not_checked_yet_stays(chromium, file):
    page = open_quiz(chromium, file)
    item = page.locator(".ctkit-quiz-item")
    boxes = item.nth(1).locator("input")
    boxes.nth(1).check()
    item.nth(2).locator("input").fill("12")
    item.nth(0).locator("input").nth(1).check()
    assert boxes.nth(1).is_checked()
    assert item.nth(2).locator("input").input_value() == "12"
    # The same answer again is told again.
    for _ in range(2):
        item.nth(1).get_by_role("button").click()
        assert "This one too." in item.nth(1).inner_text()
        boxes.nth(0).check()
        assert "This one too." not in item.nth(1).inner_text()
        boxes.nth(0).uncheck()
    page.close()


PLACE = registry.module_of("05").QUIZ[4]


@cache
def scene():
    return PLACE.scene()


def click_voxel(item, row, column):
    """Click on a voxel of the slice in sight, and press "Check"."""
    canvas = item.locator(".ctkit-image")
    box, (rows, columns) = canvas.bounding_box(), scene().shape[1:]
    x, y = (column + 0.5) / columns * box["width"], (row + 0.5) / rows * box["height"]
    canvas.click(position={"x": x, "y": y})
    item.get_by_role("button", name="Check").click()
    return item.locator(".ctkit-quiz-said").inner_text()


def greys_in(item):
    """The pixels of the picture in the viewer of a question."""
    return np.array(
        item.locator(".ctkit-image").evaluate(
            """(canvas) => {
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                const greys = [...data].filter((_, i) => i % 4 === 0);
                return Array.from({ length: height }, (_, row) =>
                    greys.slice(row * width, (row + 1) * width));
            }"""
        ),
        np.uint8,
    )


def greys_of_scene(slice):
    plane = upright_plane(scene(), "axial", slice)
    return ctkit.apply_window(plane, 40, 80, dtype=np.uint8)


def test_a_place_is_pointed_at_in_the_viewer(chromium, file):
    page = open_quiz(chromium, file)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    item = page.locator(".ctkit-quiz-item").nth(4)
    item.locator(".ctkit-image[aria-label]").wait_for()
    assert np.array_equal(greys_in(item), greys_of_scene(1))
    item.get_by_role("button", name="Check").click()
    assert "Point at a place first" in item.locator(".ctkit-quiz-said").inner_text()
    assert page.locator(".ctkit-quiz-sum").inner_text() == "5 questions"
    assert "Not yet. Look for a spot" in click_voxel(item, 3, 3)
    assert "Not yet. That is the middle of the brain" in click_voxel(item, 60, 56)
    assert item.get_by_text("right place").count() == 0
    item.locator(".ctkit-slice").fill("2")
    assert np.array_equal(greys_in(item), greys_of_scene(2))
    # 4 mm away: near enough. The slice with the place itself is shown then.
    assert "Right. It has 70 HU" in click_voxel(item, 58, 74)
    assert np.array_equal(greys_in(item), greys_of_scene(1))
    assert item.get_by_text("right place").first.is_visible()
    assert page.locator(".ctkit-quiz-sum").inner_text() == "1 of 5 right, 4 to go"
    assert errors == []
    page.close()


def test_the_right_pixel_on_another_slice_is_not_right(chromium, tmp_path):
    far = replace(PLACE, within=3.9)
    shown = quiz.Quiz("05", (far,))
    page = open_quiz(chromium, shown.to_html(tmp_path / "one.html").as_uri())
    shown.close()
    item = page.locator(".ctkit-quiz-item")
    item.locator(".ctkit-image[aria-label]").wait_for()
    item.locator(".ctkit-slice").fill("2")
    assert "Not yet." in click_voxel(item, 58, 74)
    item.locator(".ctkit-image").focus()
    page.keyboard.press("ArrowUp")
    item.get_by_role("button", name="Check").click()
    assert "Right." in item.locator(".ctkit-quiz-said").inner_text()
    page.close()


def test_a_place_is_judged_as_python_does(pure):
    plain = quiz.described(PLACE)
    del plain["view"], plain["picture"]
    middle = np.array(plain["target"]["mm"])
    rng = np.random.default_rng(0)
    places = [middle + PLACE.within * np.array(way) for way in ((1, 0, 0), (0, 0, -1))]
    places += [spot["mm"] for spot in plain["wrong"]]
    places += list(middle + rng.normal(0, 12, (200, 3)))
    told = [pure("judged", plain, [float(n) for n in place]) for place in places]
    wanted = [pointing.judged(plain, place) for place in places]
    assert [(one["right"], one["says"][0]) for one in told] == wanted
    assert len(set(wanted)) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [340, 1000])
def test_axe_finds_nothing_and_nothing_is_cut_off(chromium, file, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    size = {"width": width, "height": 900}
    page = open_quiz(chromium, file, color_scheme=scheme, viewport=size)
    page.locator("input[type=radio]").nth(0).check()
    page.locator("button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.Axe().run(page).response["violations"] == []
    page.close()


def test_without_a_script_the_questions_unfold(chromium, file):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file)
    first = page.locator("details").first
    first.locator("summary").click()
    assert "LINEAR_EXACT" in first.inner_text()
    context.close()


def test_numbers_as_people_type_them(pure):
    cases = {"12.5": 12.5, "12,5": 12.5, " -3 ": -3, "−3": -3}
    for text, number in cases.items():
        assert pure("asNumber", text) == number
    number = {"kind": "number", "right": 33, "tolerance": 0.1, "says": "so", "otherwise": "no"}
    number["wrong"] = [[32.5, "half"]]
    told = [pure("judged", number, text)["says"][0] for text in ("33.05", "32.5", "7", "x")]
    assert told == ["so", "half", "no", "Write a number, such as 12.5."]
