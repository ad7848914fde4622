"""The course is one text: pages of one form, figures that say a result, links that lead somewhere.

That the numbers are right is for tests/facts to say, and that a run gives them, for nbval.
"""

import ast
import re
import subprocess
import sys
from collections import Counter

import _pages
import nbformat
import pytest
from spellchecker import SpellChecker

NUMBERS = [page.name[:2] for page in _pages.PAGES]
CLOSING = ["In short", "On your own", "In practice", "Further reading"]
# A page to look things up in: many questions, each with one answer. And a script with bugs to
# find: its exercises are its mistakes.
REFERENCE, HUNT = "15", "13"
ANSWER = ["Asked", "The mistake", "The repair", "The error"]
MISTAKE = "### Mistake: "
UNITS = (
    r"(HU|mm|cm|ml|l|%|deg|greys?|kB|MB|GB|ms|s|voxels?|slices?|files?|elements?|bytes|bits|times|"
    r"pictures?)"
)
RESULT = re.compile(rf"\d[\d,.]*\s*{UNITS}(?![A-Za-z])")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
MOST_BYTES, MOST_BYTES_OF_ALL = 1_200_000, 12_000_000

each_page = pytest.mark.parametrize("number", NUMBERS)
each_lesson = pytest.mark.parametrize("number", [n for n in NUMBERS if n not in (REFERENCE, HUNT)])


@each_page
def test_a_page_opens_with_what_it_gives_and_takes(number):
    first = _pages.cells(number)[0].source
    assert re.match(rf"# {number} · \S", first)
    rows = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+?) \|$", first, re.MULTILINE))
    assert list(rows) == ["You will", "You learn", "You need", "Time"]
    assert re.fullmatch(r"\d+ minutes", rows["Time"])


@each_page
def test_a_page_closes_with_its_summary(number):
    headings = [heading for heading, _ in _pages.sections(number)]
    assert headings[-len(CLOSING) :] == CLOSING
    assert "What goes wrong" not in headings
    sections = dict(_pages.sections(number))
    assert _pages.text_of(sections["In short"]).count("\n|") >= 4
    reading = _pages.text_of(sections["Further reading"])
    assert len(re.findall(r"^- ", reading, re.MULTILINE)) >= 2


def questions(number):
    """(title, cells) of the sections that ask something."""
    return [(title, parts) for title, parts in _pages.sections(number) if title.endswith("?")]


@each_lesson
def test_two_to_four_questions_each_with_a_figure_and_a_thing_to_try(number):
    asked = questions(number)
    assert 2 <= len(asked) <= 4
    for title, parts in asked:
        outputs = _pages.outputs_of(parts)
        shown = [o.data["text/plain"] for o in outputs if "image/png" in o.get("data", {})]
        assert any(text.startswith("Figure:") for text in shown), f"{title}: no figure"
        assert "**Try this.**" in _pages.text_of(parts), f"{title}: nothing to try"


def test_a_page_of_questions_answers_each_whole():
    asked = questions(REFERENCE)
    assert len(asked) == 15
    assert {title: list(gaps(parts)) for title, parts in asked if list(gaps(parts))} == {}


def gaps(parts):
    """What an answer lacks: one of its four parts, a source, a run, shortness, a number."""
    pieces = answer(parts)
    if list(pieces) != ANSWER:
        yield f"its parts are {list(pieces)}"
        return
    if not any("://" in target for _, target in LINK.findall(pieces["Asked"][0])):
        yield "no link to where it was asked"
    for part in ANSWER[1:]:
        if not pieces[part][1]:
            yield f"{part}: nothing is run"
    repair = "\n".join(cell.source for cell in pieces["The repair"][1][:1])
    lines = [line for line in repair.splitlines() if line.strip() and line.strip()[0] != "#"]
    if len(lines) > 3:
        yield f"its repair takes {len(lines)} lines"
    if not any(RESULT.search(printed_by(cell)) for cell in pieces["The error"][1][:2]):
        yield "no error with its unit is printed"


def answer(parts):
    """{label: [text, code cells]} of the parts of an answer, as far as the next label."""
    pieces, current = {}, None
    for part in parts:
        if not isinstance(part, str):
            if current:
                current[1].append(part)
            continue
        label = rf"\*\*({'|'.join(ANSWER)})\.\*\*"
        _, *found = re.split(label, part)
        for name, text in zip(found[::2], found[1::2], strict=True):
            current = pieces[name] = [text, []]
    return pieces


def printed_by(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def a_cell(source, text=""):
    outputs = [nbformat.v4.new_output("stream", text=text)]
    return nbformat.v4.new_code_cell(source, outputs=outputs)


WHOLE = [
    "**Asked.** x ([here](https://example.org))\n\n**The mistake.** y",
    a_cell("1"),
    "**The repair.** z",
    a_cell("# short\n1\n2\n3"),
    "**The error.**",
    a_cell("1", "5 mm"),
]


@pytest.mark.parametrize(
    ("place", "instead", "gap"),
    [
        (0, "**Asked.** x\n\n**The mistake.** y", "no link"),
        (0, "**Asked.** x ([here](https://example.org))", "its parts are"),
        (1, "no cell", "The mistake: nothing is run"),
        (3, a_cell("1\n2\n3\n4"), "4 lines"),
        (5, a_cell("1", "5"), "no error"),
    ],
)
def test_an_answer_with_a_gap_is_found(place, instead, gap):
    assert list(gaps(WHOLE)) == []
    (found,) = gaps([*WHOLE[:place], instead, *WHOLE[place + 1 :]])
    assert gap in found


def test_a_page_of_questions_lists_them_on_top():
    first = _pages.cells(REFERENCE)[0].source
    listed = re.findall(r"^\d+\. \[(.+)\]\(#(.+)\)$", first, re.MULTILINE)
    titles = [title for title, _ in questions(REFERENCE)]
    assert [f"{n}. {words}" for n, (words, _) in enumerate(listed, start=1)] == titles
    assert [anchor for _, anchor in listed] == [title.replace(" ", "-") for title in titles]


@each_lesson
def test_who_reads_predicts_before_who_sees(number):
    asked = [title for title, parts in questions(number) if predicts(parts)]
    assert len(asked) >= 2, "fewer than two questions ask for a prediction"


def predicts(parts):
    """Whether a section asks for a prediction, and runs something after it."""
    places = [i for i, part in enumerate(parts) if isinstance(part, str) and "**Predict.**" in part]
    return any(not isinstance(part, str) for part in parts[places[0] :]) if places else False


@each_lesson
def test_each_mistake_runs_and_is_measured(number):
    found = list(mistakes(number))
    for text, output in found:
        title = text.partition("\n")[0]
        assert RESULT.search(output), f"{title}: no error with its unit is printed"
    assert 2 <= len(found) <= 3


def mistakes(number):
    """(text, output) of each mistake: from its heading to the next one."""
    current = None
    for part in (part for _, parts in _pages.sections(number) for part in parts):
        if not isinstance(part, str):
            if current:
                current[1] += "".join(output.get("text", "") for output in part.outputs)
            continue
        for piece in re.split(r"^(?=##+ )", part, flags=re.MULTILINE):
            if piece.startswith("##"):
                if current:
                    yield tuple(current)
                current = [piece, ""] if piece.startswith(MISTAKE) else None
            elif current:
                current[0] += piece


@each_page
def test_at_most_one_cell_in_five_draws(number):
    code = [cell.source for cell in _pages.cells(number) if cell.cell_type == "code"]
    drawing = [source for source in code if DRAWS.search(source)]
    assert len(drawing) <= len(code) / 5, drawing


# What belongs into a figure with a public name: axes, colours, matplotlib's own calls.
DRAWS = re.compile(r"\baxes\b|\.panel\(|figures\.Film|matplotlib|COLORS|\.imshow\(")


@each_page
def test_figures_say_a_result_with_its_unit(number):
    shown = list(_pages.figures(number))
    assert len(shown) >= 2
    for alt, line in shown:
        assert RESULT.search(line), f"no result with a unit under the figure: {line!r}"
        assert alt.endswith(line)
        assert alt != line, "the alternative text does not say what is on the figure"


@each_page
def test_what_a_figure_says_fits_on_one_line(number):
    # In a window of 1,000 pixels JupyterLab breaks a printed line after 103 letters, within a word.
    assert [line for line in _pages.facts(number) if len(line) > 102] == []


def test_no_two_figures_say_the_same():
    lines = Counter(line for number in NUMBERS for line in _pages.facts(number))
    assert [line for line, count in lines.items() if count > 1] == []


@each_page
def test_widgets_have_an_alternative_text(number):
    shown = list(_pages.widgets(number))
    assert shown
    assert [name for name, alt in shown if len(alt) < 20] == []


def faults(cells):
    """What is wrong with code cells: outputs spared for no reason, greys of a picture's own."""
    for cell in cells:
        if cell.cell_type != "code":
            continue
        ignored = "nbval-ignore-output" in cell.metadata.get("tags", ())
        if ignored and len(cell.metadata.get("reason", "")) <= 20:
            yield "an output is ignored without a reason"
        if re.search("# ?NBVAL", cell.source):
            yield "a comment speaks to nbval, where a tag belongs"
        if "imshow(" in cell.source and not re.search("vmin|norm=", cell.source):
            yield "imshow takes the picture's own minimum and maximum"


@each_page
def test_outputs_are_compared_and_pictures_never_scale_themselves(number):
    assert list(faults(_pages.cells(number))) == []


@pytest.mark.parametrize(
    ("source", "metadata", "fault"),
    [
        ("print(1)", {"tags": ["nbval-ignore-output"]}, "without a reason"),
        ("print(1)", {"tags": ["nbval-ignore-output"], "reason": "differs"}, "without a reason"),
        ("# NBVAL_IGNORE_OUTPUT\nprint(1)", {}, "nbval"),
        ("axes.imshow(picture, cmap='gray')", {}, "minimum"),
    ],
)
def test_a_cell_that_spares_itself_is_found(source, metadata, fault):
    cell = nbformat.v4.new_code_cell(source, metadata=metadata)
    (found,) = faults([cell])
    assert fault in found


@each_page
def test_links_lead_somewhere(number):
    for words, target in LINK.findall(_pages.prose(number)):
        check_link(words, target, number)


def test_links_of_the_glossary_lead_somewhere():
    for words, target in LINK.findall(_pages.GLOSSARY.read_text(encoding="utf-8")):
        check_link(words, target)


def check_link(words, target, number=""):
    """External links are https; internal ones name a file here, and a heading."""
    if "://" in target:
        assert re.fullmatch(r"https://[\w.-]+\.[a-z]{2,}(/\S*)?", target), target
        return
    name, _, anchor = target.partition("#")
    path = _pages.GLOSSARY.parent / name if name else None
    assert path is None or path.is_file(), f"[{words}]({target}): no such file"
    if anchor:
        text = path.read_text(encoding="utf-8") if path and path.suffix == ".md" else None
        found = _pages.HEADING.findall(text or _pages.prose(path.name[:2] if path else number))
        anchors = {heading.replace(" ", "-") for _, heading in found}
        # Within a page Jupyter keeps capitals.
        anchors = {anchor.lower() for anchor in anchors} if path else anchors
        assert anchor in anchors, f"[{words}]({target}): no such heading"


def test_the_check_of_links_finds_what_is_wrong():
    check_link("the glossary", "glossary.md")
    for target in ("http://example.org", "https://nowhere", "99_no_page.ipynb", "glossary.md#nix"):
        with pytest.raises(AssertionError):
            check_link("words", target)


def glossary():
    """{term: text} of the glossary."""
    parts = re.split(r"^### +", _pages.GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in parts[1:]}


def test_the_glossary_is_in_order_and_each_term_is_explained_on_its_page():
    terms = glossary()
    assert len(terms) > 40
    assert list(terms) == sorted(terms, key=str.casefold)
    for term, text in terms.items():
        pages = re.findall(r"\]\((\d\d)_\w+\.ipynb\)", text)
        assert pages, f"{term}: no page"
        bold = rf"\*\*{re.escape(term)}(e?s)?\*\*|\*{re.escape(term)}(e?s)?\*"
        assert re.search(bold, _pages.prose(pages[0]), re.IGNORECASE), f"{term}: not on {pages[0]}"


@each_page
def test_pages_are_small(number):
    (path,) = (page for page in _pages.PAGES if page.name.startswith(number))
    assert path.stat().st_size <= MOST_BYTES


def test_all_pages_together_are_small():
    assert sum(page.stat().st_size for page in _pages.PAGES) <= MOST_BYTES_OF_ALL


@pytest.fixture(scope="session")
def speller():
    spell = SpellChecker(language="en")
    words = (_pages.ROOT / "notebooks" / "words.txt").read_text(encoding="utf-8").split()
    in_order = sorted(set(words), key=lambda word: (word.casefold(), word))
    assert words == in_order, "words.txt: not in order, or doubled"
    return lambda word: word in words or word.lower() in words or word.lower() in spell


NO_PROSE = re.compile(r"`[^`]*`|\$\$?[^$]*\$\$?|\]\([^)]*\)|https?://\S+|<[^>]+>", re.DOTALL)


def misspelled(text, speller):
    """Words of a text that neither the dictionary nor our own list has."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", re.sub(r"\*", "", NO_PROSE.sub(" ", text)))
    bare = (re.sub(r"['’]s?$", "", word.replace("’", "'")) for word in words)
    return sorted({word for word in bare if len(word) > 1 and not speller(word)})


@each_page
def test_prose_and_comments_are_spelled_right(number, speller):
    comments = [
        comment
        for cell in _pages.cells(number)
        if cell.cell_type == "code"
        for comment in re.findall(r"(?:^|\s)# (.*)$", cell.source, re.MULTILINE)
    ]
    assert misspelled("\n".join([_pages.prose(number), *comments]), speller) == []


def test_the_glossary_is_spelled_right(speller):
    assert misspelled(_pages.GLOSSARY.read_text(encoding="utf-8"), speller) == []


def test_a_wrong_word_is_found(speller):
    assert misspelled("a voxle in `voxle` of the head's voxel", speller) == ["voxle"]


def test_code_of_the_pages_is_clean():
    """Scripts, and pages, whose long lines a reader would have to scroll to."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "notebooks"]
    done = subprocess.run(command, cwd=_pages.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


@each_page
def test_three_numbers_of_a_page_are_recomputed_apart_from_it(number):
    path = _pages.ROOT / "tests" / "facts" / f"test_page_{number}.py"
    assert len(re.findall(r"^def test_", path.read_text(encoding="utf-8"), re.MULTILINE)) >= 3


# What a fact may start from; what it is about is worked out apart from ctkit. The facts of 06 and
# 11 are about what comes after these steps, which other facts and tests hold against references.
GIVEN = {"samples", "load", "phantom"}
GIVEN_TOO = {"06": {"resample"}, "11": {"head_mask", "keep_head", "crop", "resample"}}
GIVEN_TOO |= {"15": {"resample"}}  # its mask on another grid


def used(source):
    """Names of ctkit that a test uses."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "ctkit":
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "ctkit":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ctkit."):
            yield node.module.split(".")[1]


@each_page
def test_facts_are_recomputed_by_others(number):
    path = _pages.ROOT / "tests" / "facts" / f"test_page_{number}.py"
    allowed = GIVEN | GIVEN_TOO.get(number, set())
    assert set(used(path.read_text(encoding="utf-8"))) - allowed == set()


def test_a_fact_that_asks_ctkit_is_found():
    source = (
        "import ctkit\nfrom ctkit import crop\nfrom ctkit.volume import Volume\nctkit.psnr(1, 2)"
    )
    assert set(used(source)) == {"crop", "volume", "psnr"}
