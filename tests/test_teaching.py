"""The instructor's edition, and what docs/teaching.md promises."""

import re
import subprocess
import sys
from functools import cache

import _pages
import nbformat
import pytest

import ctkit
from ctkit.exercises.registry import exercises_of, find
from ctkit.exercises.registry import pages as with_exercises

sys.path.insert(0, str(_pages.ROOT / "notebooks"))

import build
import export
import teach

SCRIPTS = build.scripts()
GUIDE = teach.GUIDE.read_text(encoding="utf-8")
SCRIPT = """# %% [markdown]
# # 05 · Try
#
# | | |
# |---|---|
# | **You will** | try |
# | **You learn** | how |
# | **You need** | page 04 |
# | **Time** | 30 minutes |

# %%
import numpy as np

import ctkit

# %% [markdown] tags=["teacher"]
# **Ask the room.** Which end is black?

# %% [markdown]
# ## On your own

# %% exercise="05.1"
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "notebooks" / "scripts" / "05_try.py"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def said(cell):
    """What a cell shows, as text."""
    return "".join(
        o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in cell.outputs
    )


def test_what_is_for_teachers_alone_is_not_on_the_page(script):
    assert "Ask the room" not in "".join(c.source for c in build.read_script(script).cells)
    kept = build.read_script(script, teacher=True).cells
    assert [cell.source for cell in kept if "teacher" in cell.metadata.get("tags", ())] == [
        "**Ask the room.** Which end is black?"
    ]


def test_solutions_pass_and_wrong_answers_are_told(script, tmp_path, monkeypatch):
    monkeypatch.setenv("CTKIT_PROGRESS_FILE", str(tmp_path / "mine.json"))
    out = tmp_path / "teach"
    page = nbformat.read(teach.page_for_teachers(script, out), as_version=4)
    check_answers(page, {"05.1"})
    text = (out / "pages" / "05_try.html").read_text("utf-8")
    assert "Ask the room" in text
    assert "halved_by_floor" in text


def test_a_wrong_answer_brings_what_it_calls():
    (wrong,) = (one.wrong for one in find("11.4").mistakes if one.wrong.__name__ == "uphill")
    text = teach.source_of(wrong)
    assert text.startswith("def _gradient(")
    assert "def uphill(weights, x, y, rate):" in text
    assert "@" not in text.splitlines()[0]


def check_answers(page, ids):
    """Each exercise is solved, and each of its mistakes gets its own message."""
    seen = set()
    for cell in page.cells:
        match = re.search(r'ctkit\.check\("(\d\d\.\d+)", (wrong\[(\d+)\])?', cell.source)
        if cell.cell_type != "code" or not match:
            continue
        exercise = find(match[1])
        if match[3] is None:
            seen.add(match[1])
            assert f"{match[1]}: right" in said(cell)
        else:
            message = exercise.mistakes[int(match[3])].message
            assert " ".join(message.split())[:40] in " ".join(said(cell).split())
    assert seen == ids


def test_slides_have_the_notes_and_handouts_have_no_solution(script, tmp_path):
    page = build.read_script(script)
    build.page_of(script).write_text(nbformat.writes(page), encoding="utf-8")
    slides = teach.slides_for_teachers(script, tmp_path / "teach").read_text("utf-8")
    assert '<aside class="notes">' in slides
    assert slides.index("Ask the room") > slides.index("05 · Try")
    made = export.to_html(build.page_of(script), tmp_path / "teach").read_text("utf-8")
    assert "Ask the room" not in made
    assert "width - 1" not in made


def test_the_index_leads_to_all(script, tmp_path):
    made = teach.index([script], tmp_path).read_text("utf-8")
    for link in ("pages/05_try.html", "slides/05_try.html", "handouts/05_try.html"):
        assert f'href="{link}"' in made
    assert "30 minutes" in made


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_edition(tmp_path, monkeypatch):
    monkeypatch.setenv("CTKIT_PROGRESS_FILE", "/dev/null")
    monkeypatch.setenv("CTKIT_DATA", "/dev/null")
    for script in SCRIPTS:
        page = nbformat.read(teach.page_for_teachers(script, tmp_path), as_version=4)
        number = script.name[:2]
        ids = [one.id for one in exercises_of(number)] if number in with_exercises() else []
        check_answers(page, set(ids))
        assert teach.slides_for_teachers(script, tmp_path).exists()
        assert teach.handout(script, tmp_path).exists()


def test_the_table_of_the_guide_is_that_of_the_pages():
    _, _, rest = GUIDE.partition(f"{teach.BEGIN}\n")
    found, _, _ = rest.partition(f"\n{teach.END}")
    assert found == teach.table(SCRIPTS), "run python notebooks/teach.py --table"


@cache
def minutes():
    """{number: minutes} of the pages."""
    times = {script.name[:2]: teach.facts(script)["Time"] for script in SCRIPTS}
    return {number: int(time.split()[0]) for number, time in times.items()}


@pytest.mark.parametrize(("title", "total"), [("90 minutes", 90), ("Half a day", 240)])
def test_plans_fit_into_their_time(title, total):
    (plan,) = (part for part in GUIDE.split("\n### ") if part.startswith(title))
    rows = re.findall(r"^\| (\d\d)? ?\| (\d+) \| (.+) \|$", plan, re.MULTILINE)
    assert len(rows) >= 4
    assert sum(int(count) for _, count, _ in rows) == total
    for number, count, _ in rows:
        if number:
            assert int(count) <= minutes()[number], number


def test_four_weeks_hold_each_page_of_the_course():
    (plan,) = (part for part in GUIDE.split("\n### ") if part.startswith("Four weeks"))
    rows = re.findall(r"^\| \d \| (.+?) \| (.+?) \|", plan, re.MULTILINE)
    named = re.findall(r"\b\d\d\b", " ".join(" ".join(row) for row in rows))
    assert sorted(set(named)) == [f"{n:02}" for n in range(13)]
    for row in rows:
        for meeting in row:
            assert sum(minutes().get(n, 0) for n in re.findall(r"\b\d\d\b", meeting)) <= 120, (
                meeting
            )


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_table_of_a_class_is_made_of_what_learners_hand_in(tmp_path):
    pytest.importorskip("pandas")
    folder = tmp_path / "handed-in"
    folder.mkdir()
    head = "kind,id,page,state,tries,hints,solution,right_at\n"
    (folder / "ada.csv").write_text(
        head + "exercise,05.1,05,right,2,0,0,\nexercise,05.2,05,right,1,0,0,\n"
        "question,06.quiz.1,06,right,,,,\n"
    )
    (folder / "ben.csv").write_text(
        head + "exercise,05.1,05,not yet,3,1,0,\nquestion,06.quiz.1,06,right,,,,\n"
    )
    (snippet,) = (block for block in blocks("python") if "pandas" in block)
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[2:]}
    assert rows == {"ada": ["2", "1"], "ben": ["0", "1"]}


def test_the_lines_that_grade_are_so():
    (lines,) = (block for block in blocks("python") if "assert" in block)
    exercise = find("05.1")
    names = {"ctkit": ctkit, "ends": exercise.solve}
    exec(lines, names)
    wrong = exercise.mistakes[0]
    with pytest.raises(AssertionError, match=re.escape(wrong.message[:30])):
        exec(lines, {**names, "ends": wrong.wrong})


def test_links_and_commands_of_the_guide_exist():
    links = re.findall(r"\]\((?!https?://|#)([^)\s#]+)", GUIDE)
    assert len(links) > 10
    assert [link for link in links if not (teach.GUIDE.parent / link).exists()] == []
    targets = set(re.findall(r"^([a-z-]+):", (_pages.ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join(re.findall(r"`+[^`]+`+", GUIDE))))
    assert {"teach", "slides", "html"} <= named <= targets


@pytest.mark.parametrize("number", [script.name[:2] for script in SCRIPTS])
def test_each_page_has_questions_for_the_room(number):
    (script,) = build.scripts([number])
    cells = build.read_script(script, teacher=True).cells
    notes = [cell for cell in cells if build.TEACHER in cell.metadata.get("tags", ())]
    assert 2 <= len(notes) <= 5
    for note in notes:
        assert "**Ask the room.**" in note.source
        assert "*What to expect:*" in note.source
