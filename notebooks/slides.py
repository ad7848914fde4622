"""Cut a page into slides: one idea on each, and none longer than a screen.

A heading, a **Predict**, a **Try this** and a *Mistake* begin a slide. A prediction stands alone,
so that nobody reads its answer too early. A cell of code is shown with its output. What would not
fit on one screen goes on to the next. nbconvert reads all this from the cells' metadata.
"""

import ast
import base64
import copy
import math
import re
import struct
from dataclasses import dataclass

import nbformat
from markdown_it import MarkdownIt

BEGINS = re.compile(r"\*\*(Predict|Try this)\.\*\*")
QUESTION = re.compile(r"(?=<p><b>\d+\. )")  # as a quiz with no script begins each
PREDICTS = re.compile(r"\*\*Predict\.\*\*")
# Heights in pixels on a slide of 1280 x 720, as slides.css sets them; slides.js has the last word.
SCREEN = 640
LETTERS, LINE, GAP = 84, 37, 16  # of text on the width of a slide
CODE_LINE, SAID_LINE = 27, 26
HEADING, FORMULA, TABLE_ROW = 65, 90, 44
# A picture beside its code, and one below it: the widths that it may have, and the height.
BESIDE, BELOW, TALLEST = 620, 1160, 440


@dataclass
class Block:
    """A piece that is never cut: a paragraph, an item of a list, a table, a cell that ran."""

    kind: str
    source: str = ""
    cell: object = None

    @property
    def begins(self):
        """Whether it begins a slide."""
        asked = self.cell is not None and "question" in self.cell.metadata
        return self.kind == "heading" or asked or bool(BEGINS.match(self.source))

    @property
    def height(self):
        """About how many pixels it takes."""
        if self.kind == "code":
            return height_of_cell(self.cell)
        if self.kind == "table":
            return TABLE_ROW * (self.source.count("\n") - 1)
        if self.kind == "heading":
            return HEADING
        if self.source.startswith("$$"):
            return FORMULA
        return height_of_text(re.sub(r"\]\([^)]*\)", "]", self.source))


def height_of_text(text, letters=LETTERS, line=LINE):
    return GAP + line * sum(math.ceil(max(len(row), 1) / letters) for row in text.splitlines())


def height_of_cell(cell):
    """Code with what it prints under it, and its pictures beside or below."""
    code, said = heights(cell)
    shapes = list(pictures(cell))
    if not shapes:
        return code + said
    if room := room_below(cell):
        return code + said + room
    return max(code, said + sum(min(TALLEST, BESIDE * tall / wide) for wide, tall in shapes))


def heights(cell):
    """Of the code, and of what it prints."""
    code = CODE_LINE * (cell.source.count("\n") + 2)
    said = 0
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" not in data:
            text = output.get("text") or data.get("text/plain") or output.get("evalue", "")
            said += SAID_LINE * (text.rstrip("\n").count("\n") + 1)
    return code, said


def pictures(cell):
    """(width, height) of each picture that a cell shows, read from the heads of the PNGs."""
    for output in cell.outputs:
        if png := output.get("data", {}).get("image/png"):
            yield struct.unpack(">II", base64.b64decode(png[:64])[16:24])


def room_below(cell):
    """How tall a picture below its code may be, where it gets larger there than beside; else 0."""
    shapes = list(pictures(cell))
    if len(shapes) != 1:
        return 0
    ((wide, tall),) = shapes
    room = min(TALLEST, SCREEN - sum(heights(cell)))
    beside, below = min(BESIDE, TALLEST * wide / tall), min(BELOW, room * wide / tall)
    return round(below * tall / wide) if below > beside else 0


def blocks(page):
    """The pieces of a page, in order; cells that only import, or count, are left out."""
    for cell in page.cells:
        if cell.cell_type == "code":
            if not is_left_out(cell):
                yield from (Block("code", cell=one) for one in parted(cell))
        elif "teacher" in cell.metadata.get("tags", ()):
            yield Block("notes", cell.source)
        elif cell.cell_type == "markdown":
            yield from blocks_of_text(cell.source)


def parted(cell):
    """A cell as it is; of one that is taller than a screen its code, and then what it printed.

    Of a quiz one for each question.
    """
    if cell.source.startswith("ctkit.quiz("):
        return list(asked(cell))
    if not cell.outputs or list(pictures(cell)) or height_of_cell(cell) <= SCREEN:
        return [cell]
    code, output = copy.deepcopy(cell), copy.deepcopy(cell)
    code.outputs, output.source, output.id = [], "", f"{cell.id}-output"
    return [code, output]


def asked(cell):
    """The questions of a quiz, each as a cell; the first has the code."""
    (output,) = (one for one in cell.outputs if "text/html" in one.get("data", {}))
    inside = output.data["text/html"].removesuffix("</div>")
    for number, html in enumerate(QUESTION.split(inside)[1:]):
        one = copy.deepcopy(cell)
        one.outputs = [copy.deepcopy(output)]
        one.outputs[0].data["text/html"] = html
        one.metadata["question"] = number
        if number:
            one.source, one.id = "", f"{cell.id}-{number}"
        yield one


def is_left_out(cell):
    """Whether a room gets nothing of a cell: imports, and the bar of what one has answered."""
    if cell.source.startswith("ctkit.progress("):
        return True
    return not cell.outputs and only_imports(cell.source)


def only_imports(source):
    """Whether a cell does nothing that one would show."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic
        return False
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def blocks_of_text(source):
    """The paragraphs, items, tables and headings of Markdown."""
    lines = source.splitlines()
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        wanted = token.level == 0 or (token.type == "list_item_open" and token.level == 1)
        if (
            token.map is None
            or not wanted
            or token.type in ("bullet_list_open", "ordered_list_open")
        ):
            continue
        kind = token.type.removesuffix("_open")
        yield Block(kind, "\n".join(lines[slice(*token.map)]).rstrip())


def slides(page):
    """Lists of blocks, one for each slide."""
    current = []
    for block in blocks(page):
        if block.kind != "notes" and current and is_full(current, block):
            yield current
            current = []
        current.append(block)
    if current:
        yield current


def is_full(current, block):
    """Whether `block` has to begin a new slide after these blocks."""
    seen = [one for one in current if one.kind != "notes"]
    if all(one.kind == "heading" for one in seen):
        return False  # a heading is never left alone
    return (
        block.begins
        or any(PREDICTS.search(one.source) for one in seen)
        or sum(one.height for one in [*seen, block]) > SCREEN
        or ("code" in [one.kind for one in seen] and not concludes(seen[-1], block))
    )


def concludes(last, block):
    """Whether a text says what the output above it shows, and does not lead to what follows."""
    paragraph = block.kind == "paragraph" and not block.source.rstrip().endswith(":")
    return last.kind == "code" and paragraph


def as_slides(page):
    """The page with a cell for each piece of a slide, and what nbconvert has to know of it."""
    made = copy.copy(page)
    made.cells, about = [], ""
    for number, slide in enumerate(slides(page)):
        headings = [one for one in slide if one.kind == "heading" and one.source.startswith("## ")]
        cells = list(cells_of(slide))
        for cell in cells:
            kind = "notes" if "teacher" in cell.metadata.get("tags", ()) else "-"
            cell.metadata.slideshow = nbformat.from_dict({"slide_type": kind})
        first = cells[0].metadata.slideshow
        first.slide_type = "slide"
        if number and not headings:
            first.about = about
        made.cells += cells
        about = re.sub(r"[#*`]", "", headings[-1].source).strip() if headings else about
    return made


def cells_of(slide):
    """Cells of one slide: its text in one, its code in another, its notes last."""
    text, notes, last = "", [], ""
    for block in slide:
        if block.kind == "notes":
            notes.append(block.source)
        elif block.kind == "code":
            if text:
                yield nbformat.v4.new_markdown_cell(text)
            text = ""
            cell = copy.deepcopy(block.cell)
            cell.metadata["room"] = room_below(cell)
            yield cell
        else:
            joint = "\n" if block.kind == "list_item" and last == "list_item" else "\n\n"
            text += (joint if text else "") + block.source
        last = block.kind
    if text:
        yield nbformat.v4.new_markdown_cell(text)
    for note in notes:
        yield nbformat.v4.new_markdown_cell(note, metadata={"tags": ["teacher"]})
