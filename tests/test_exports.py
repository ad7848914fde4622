"""The pages as HTML, slides and scripts: pictures keep their words, nothing asks the network."""

import ast
import os
import re
import runpy
import subprocess
import sys
from html.parser import HTMLParser

import _pages
import nbformat
import pytest

sys.path.insert(0, str(_pages.ROOT / "notebooks"))

import export
import slides

PAGES = _pages.PAGES
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem[:2])


class Found(HTMLParser):
    """Pictures, headings and links of a page, and how many formulas it has."""

    def __init__(self, text):
        super().__init__()
        self.alts, self.ids, self.links, self.loaded, self.math = [], [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img":
            self.alts.append(given.get("alt"))
        if tag == "a":
            self.links.append(given["href"])
        if "id" in given:
            self.ids.append(given["id"])
        self.math += tag == "math"
        source = given.get("src") or (given.get("href") if tag == "link" else None)
        if source and not source.startswith("data:"):
            self.loaded.append(source)


def words_of_pictures(path):
    """The alternative texts of a committed page, in order; a quiz brings pictures of its own."""
    cells = nbformat.read(path, as_version=4).cells
    words = []
    for output in (output for cell in cells for output in cell.get("outputs", ())):
        held = output.get("data", {})
        if "image/png" in held:
            words.append(output.metadata["image/png"]["alt"])
        else:
            words += Found(held.get("text/html", "")).alts
    return words


@each_page
def test_every_picture_keeps_its_words(path, tmp_path):
    found = Found(export.to_html(path, tmp_path).read_text("utf-8"))
    assert found.alts == words_of_pictures(path)
    assert len(found.alts) >= 3
    assert found.loaded == []


@pytest.mark.parametrize("path", PAGES[1::4], ids=lambda path: path.stem[:2])
def test_slides_keep_the_words_and_load_what_lies_beside_them(path, tmp_path):
    found = Found(export.to_slides(path, tmp_path).read_text("utf-8"))
    assert found.alts == words_of_pictures(path)
    assert sorted(found.loaded) == ["reveal/notes.js", "reveal/reveal.css", "reveal/reveal.js"]


def test_a_picture_without_words_is_refused(tmp_path):
    page = nbformat.read(PAGES[0], as_version=4)
    cell = next(
        cell
        for cell in page.cells
        if any("image/png" in o.get("data", {}) for o in cell.get("outputs", ()))
    )
    for output in cell.outputs:
        output.get("metadata", {}).pop("image/png", None)
    with pytest.raises(ValueError, match="no alternative text"):
        export.exporter("html").made(page)


def test_links_between_pages_lead_to_their_exports(tmp_path):
    texts = {path.stem: export.to_html(path, tmp_path).read_text("utf-8") for path in PAGES[:3]}
    texts["glossary"] = export.to_html(export.HERE / "glossary.md", tmp_path).read_text("utf-8")
    known = {path.stem for path in PAGES} | {"glossary"}
    for name, text in texts.items():
        inner = [link for link in Found(text).links if "://" not in link]
        assert inner, name
        for link in inner:
            target, _, anchor = link.partition("#")
            assert not target or target.removesuffix(".html") in known, link
            if anchor and (target or name + ".html").removesuffix(".html") in texts:
                aim = texts[(target or name + ".html").removesuffix(".html")]
                assert anchor in Found(aim).ids, link


def test_formulas_are_mathml_and_dollars_of_code_stay():
    made = export.with_mathml("a $x^2$ b <code>$HOME</code> and $$\\frac{1}{2}$$ <pre>$5 $6</pre>")
    assert made.count("<math") == 2
    assert "<msup>" in made
    assert 'display="block"' in made
    assert "<code>$HOME</code>" in made
    assert "<pre>$5 $6</pre>" in made


@each_page
def test_a_page_becomes_a_script(path, tmp_path):
    script = export.to_script(path, tmp_path)
    tree = ast.parse(script.read_text("utf-8"))
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert script.suffix == ".py"
    assert len(tree.body) >= len(cells)


def test_a_script_runs(tmp_path, monkeypatch, capsys):
    (path,) = (one for one in PAGES if one.name.startswith("01"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(export.to_script(path, tmp_path)))
    said = re.findall(r"^\d+ elements; the last one.*$", capsys.readouterr().out, re.MULTILINE)
    assert said
    assert said[0] in _pages.printed("01")


@pytest.mark.slow
def test_the_plain_command_makes_a_script_too(tmp_path):
    path = tmp_path / PAGES[5].name
    path.write_bytes(PAGES[5].read_bytes())
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "script", path.name]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert path.with_suffix(".py").exists()


def test_pages_name_the_ending_of_scripts():
    for path in PAGES:
        assert nbformat.read(path, as_version=4).metadata.language_info.file_extension == ".py"


PAGE = """## What is it?

Some text before.

**Predict.** What comes out?"""


def page_of(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def code(source, *texts):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in texts]
    return nbformat.v4.new_code_cell(source, outputs=outputs)


def sources(page):
    return [[block.source or block.cell.source for block in one] for one in slides.slides(page)]


def test_a_prediction_stands_alone_and_its_answer_comes_after():
    text = nbformat.v4.new_markdown_cell
    page = page_of(text(PAGE), code("print(1)", "1\n"), text("It is one."), text("Next:"))
    assert sources(page) == [
        ["## What is it?", "Some text before."],
        ["**Predict.** What comes out?"],
        ["print(1)", "It is one."],
        ["Next:"],
    ]


def test_a_heading_is_never_left_alone_and_imports_are_not_shown():
    text = nbformat.v4.new_markdown_cell
    page = page_of(
        code("import numpy as np"), text("## A"), text("**Try this.** Press k."), text("## B")
    )
    assert sources(page) == [["## A", "**Try this.** Press k."], ["## B"]]


def test_a_long_list_goes_on_on_the_next_slide():
    items = "\n".join(f"{n}. {'words ' * 40}" for n in range(1, 9))
    made = sources(page_of(nbformat.v4.new_markdown_cell(items)))
    assert len(made) >= 2
    assert [item.split(".")[0] for one in made for item in one] == list("12345678")


def test_an_output_that_is_too_long_stands_on_a_slide_of_its_own():
    page = page_of(code("for i in range(20):\n    print(i)", "line\n" * 22))
    made = slides.as_slides(page).cells
    assert [(cell.source[:3], len(cell.outputs)) for cell in made] == [("for", 0), ("", 1)]
    assert [cell.metadata.slideshow.slide_type for cell in made] == ["slide", "slide"]


def test_each_question_of_a_quiz_stands_on_a_slide_of_its_own():
    from ctkit.exercises.quiz import quiz

    shown = quiz("05")
    cell = code('ctkit.quiz("05")')
    data = shown._repr_mimebundle_()
    html = (data[0] if isinstance(data, tuple) else data)["text/html"]
    shown.close()
    cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/html": html})]
    made = slides.as_slides(page_of(nbformat.v4.new_markdown_cell("## Quiz"), cell)).cells
    assert [one.source for one in made] == ["## Quiz", 'ctkit.quiz("05")', "", "", "", ""]
    asked = [one.outputs[0].data["text/html"] for one in made[1:]]
    assert [one.count("<p><b>") for one in asked] == [1] * 5
    assert html == f"<div>{''.join(asked)}</div>"
    kinds = [one.metadata.slideshow.slide_type for one in made]
    assert kinds == ["slide", "-", "slide", "slide", "slide", "slide"]


def test_the_bar_of_what_was_answered_is_not_shown():
    page = page_of(
        nbformat.v4.new_markdown_cell("## A"), code('ctkit.progress("05")', "05: 0 of 4")
    )
    assert sources(page) == [["## A"]]


def test_notes_stay_with_the_slide_before_them():
    text = nbformat.v4.new_markdown_cell
    note = text("Ask the room.", metadata={"tags": ["teacher"]})
    made = slides.as_slides(page_of(text("## A\n\nText."), note, text("## B\n\nMore.")))
    kinds = [cell.metadata.slideshow.slide_type for cell in made.cells]
    assert kinds == ["slide", "notes", "slide"]


@each_page
def test_slides_hold_the_whole_page(path):
    page = nbformat.read(path, as_version=4)
    made = slides.as_slides(page)
    assert [c.source for c in made.cells if c.cell_type == "code" and c.source] == [
        cell.source
        for cell in page.cells
        if cell.cell_type == "code" and not slides.is_left_out(cell)
    ]
    words = [
        re.sub(r"\s+", "", "".join(c.source for c in one.cells if c.cell_type == "markdown"))
        for one in (page, made)
    ]
    assert words[0] == words[1]
