"""Exercises, guesses and quizzes in a real JupyterLab; a quiz in a page of its own."""

import pytest
from _jupyter import hide_sidebars, open_lab, run_cell

import ctkit

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
    page.locator(".ctkit-quiz-picture").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")
    assert "Right. It has 70 HU" in item.nth(4).inner_text()
    assert page.locator(".ctkit-quiz-sum").inner_text() == "4 of 5 right, 1 to go"
    page.close()


def test_a_place_is_pointed_at(chromium, file):
    page = open_quiz(chromium, file)
    stage = page.locator(".ctkit-quiz-picture")
    box = stage.bounding_box()
    item = page.locator(".ctkit-quiz-item").nth(4)
    stage.click(position={"x": box["width"] * 0.02, "y": box["height"] * 0.02})
    assert "Not yet. Look for a spot" in item.inner_text()
    stage.click(position={"x": box["width"] * 0.664, "y": box["height"] * 0.457})
    assert "Right." in item.inner_text()
    page.close()


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
