"""The instructor's edition, made of the same scripts as the pages, into teach/.

    python notebooks/teach.py          every page
    python notebooks/teach.py 05       page 05
    python notebooks/teach.py --table  only the table of docs/teaching.md, from the pages

- pages/     each page with its solutions filled in and run, the wrong answers that are likely with
             what they show, and what to ask the room; as a notebook and as HTML
- slides/    the page as slides, with the questions as speaker notes (key s)
- handouts/  the page to print: pictures, no kernel, no solutions; a PDF too where Chromium is
- index.html leads to all of these, with the minutes

What only a teacher reads stands in the scripts, in Markdown cells tagged "teacher".
"""

import argparse
import html
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import build
import export
from slides import as_slides

OUT = HERE.parent / "teach"
GUIDE = HERE.parent / "docs" / "teaching.md"
BEGIN, END = "<!-- the table of the pages -->", "<!-- its end -->"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without a sandbox where root starts it, as in a container.
PRINT = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")


def instructors(page):
    """The page with each answer cell solved, and below it the wrong answers that are likely."""
    from ctkit.exercises.registry import find

    cells = []
    for cell in page.cells:
        if build.ANSWER not in cell.metadata.get("tags", ()):
            cells.append(cell)
            continue
        exercise = find(cell.metadata["exercise"])
        cell.source = solved(exercise)
        cells += [cell, text(f"*Why it is written so:* {exercise.explained}")]
        cells += likely(exercise)
    page.cells = cells
    for number, cell in enumerate(page.cells):
        cell.id = f"{number}"
    return page


def solved(exercise):
    """An answer cell with the solution in it."""
    call = f'ctkit.check("{exercise.id}", {exercise.name})'
    lines = "\n\n\n" if exercise.is_function else "\n\n"
    return f"{exercise.code().rstrip()}{lines}{call}"


def likely(exercise):
    """Cells that show what each known wrong answer is told, on which smallest case."""
    count = len(exercise.mistakes)
    yield text(f"#### {count} wrong answers to {exercise.id} that are likely, and what they show")
    yield code(
        "from ctkit.exercises.registry import find\n\n"
        f'wrong = [mistake.wrong for mistake in find("{exercise.id}").mistakes]'
    )
    for number, mistake in enumerate(exercise.mistakes):
        name = mistake.wrong.__name__.strip("_").replace("_", " ")
        yield text(f"**{number + 1}. {name}**\n\n```python\n{source_of(mistake.wrong)}\n```")
        answer = f"wrong[{number}]" + ("" if exercise.is_function else "()")
        yield code(f'ctkit.check("{exercise.id}", {answer})')


def source_of(function):
    """A wrong answer as a learner would have written it: without what registers it.

    What several of a module share stands before it.
    """
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("def ")), 0)
    return "\n\n\n".join([*map(source_of, shared_by(function)), "\n".join(lines[start:])])


def shared_by(function):
    """The module's own small functions that a function calls."""
    named = [function.__globals__.get(name) for name in function.__code__.co_names]
    return [one for one in named if inspect.isfunction(one) and one.__name__.startswith("_")]


def text(source):
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": [build.TEACHER]})


def code(source):
    return nbformat.v4.new_code_cell(source, metadata={"tags": [build.TEACHER, "hide-input"]})


def page_for_teachers(script, out=OUT):
    """Pages/NN: the notebook, run, and the same as HTML."""
    page = build.clean(build.run(instructors(build.read_script(script, teacher=True))))
    target = out / "pages" / f"{script.stem}.ipynb"
    export.written(target, nbformat.writes(page, indent=1) + "\n")
    export.written(target.with_suffix(".html"), export.exporter("html").made(page))
    return target


def slides_for_teachers(script, out=OUT):
    """Slides/NN: the committed page, and the questions for the room as speaker notes."""
    page = with_notes(nbformat.read(build.page_of(script), as_version=4), script)
    made = export.exporter("slides").made(as_slides(page))
    return export.written(out / "slides" / f"{script.stem}.html", made)


def with_notes(page, script):
    """The committed page with the teacher's cells of its script in their places."""
    ran = iter(page.cells)
    page.cells = [
        cell if build.TEACHER in cell.metadata.get("tags", ()) else next(ran)
        for cell in build.read_script(script, teacher=True).cells
    ]
    return page


def handout(script, out=OUT):
    """Handouts/NN: the committed page as HTML to print, and as PDF where Chromium is."""
    made = export.to_html(build.page_of(script), out / "handouts")
    if browser := next(filter(None, map(shutil.which, BROWSERS)), None):
        to_pdf(made, made.with_suffix(".pdf"), browser)
    return made


def to_pdf(page, target, browser):
    """Print a page; what Chromium says beside it is about sockets and fonts."""
    with tempfile.TemporaryDirectory() as profile:
        options = (*PRINT, f"--user-data-dir={profile}", f"--print-to-pdf={target}")
        subprocess.run(
            [browser, *options, page.as_uri()], check=True, capture_output=True, timeout=120
        )


def facts(script):
    """{title, minutes, ...} of a page, from the table under its heading."""
    lines = script.read_text(encoding="utf-8").split("# %%")[1].splitlines()[1:]
    first = "\n".join(line.removeprefix("# ") for line in lines)
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", first, re.MULTILINE))
    return {"title": re.search(r"^# +(.+)$", first, re.MULTILINE)[1], **rows}


def table(scripts):
    """What each page is for, needs and takes, as docs/teaching.md shows it: from the pages."""
    lines = ["| page | learners will | they learn | they need | minutes |", "|---|---|---|---|---|"]
    for script in scripts:
        said = facts(script)
        link = f"[{said['title']}](../notebooks/{script.stem}.ipynb)"
        minutes = said["Time"].removesuffix(" minutes")
        told = (link, said["You will"], said["You learn"], said["You need"], minutes)
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines)


def write_table(scripts, path=GUIDE):
    """Bring the table of the guide up to date."""
    between = re.compile(f"(?<={BEGIN}\n).*?(?=\n?{END})", re.DOTALL)
    text = path.read_text(encoding="utf-8")
    new = between.sub(lambda _: table(scripts), text, count=1)
    return export.written(path, new)


def index(scripts, out=OUT):
    """A page that leads to everything, with the minutes of each page."""
    rows = []
    for script in scripts:
        said, name = facts(script), script.stem
        pdf = f', <a href="handouts/{name}.pdf">PDF</a>'
        links = (
            f'<a href="pages/{name}.html">with solutions</a>, <a href="pages/{name}.ipynb">'
            f'notebook</a></td><td><a href="slides/{name}.html">slides</a></td><td>'
            f'<a href="handouts/{name}.html">hand-out</a>'
            f"{pdf if (out / 'handouts' / f'{name}.pdf').exists() else ''}"
        )
        cells = (html.escape(said["title"]), html.escape(said["Time"]), links)
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return export.written(out / "index.html", INDEX.format(rows="\n".join(rows)))


INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>ctkit: the instructor's edition</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }}
td {{ padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid #ccc; }}
</style></head><body>
<h1>The instructor's edition</h1>
<p>Keep this folder from learners: it holds the solutions. In the slides the key <b>s</b> opens the
speaker's view, with what to ask the room. How to teach with all this: docs/teaching.md.</p>
<table>
{rows}
</table>
</body></html>
"""


def made(script, out=OUT):
    """All that belongs to one page; returns its notebook."""
    slides_for_teachers(script, out)
    handout(script, out)
    return page_for_teachers(script, out)


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="their numbers, such as 05; all by default")
    parser.add_argument("--table", action="store_true", help="only the table of docs/teaching.md")
    options = parser.parse_args()
    if options.table:
        write_table(build.scripts())
        return
    os.environ["CTKIT_PROGRESS"] = "0"
    # What is shown is the course's own, and the answers here are nobody's progress.
    os.environ["CTKIT_DATA"] = os.environ["CTKIT_PROGRESS_FILE"] = os.devnull
    chosen = build.scripts(options.pages)
    export.bring_reveal(OUT / "slides")
    failed = build.each(made, [(script,) for script in chosen])
    there = [one for one in build.scripts() if (OUT / "pages" / f"{one.stem}.html").exists()]
    print(index(there).relative_to(HERE.parent))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
