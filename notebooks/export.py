"""Export the pages as they stand here: to read and print, to show, to run as scripts.

    python notebooks/export.py html          every page, into build/html
    python notebooks/export.py slides 05     page 05 as slides, into build/slides
    python notebooks/export.py scripts       every page as a .py, into build/scripts

Nothing that is made asks the network: formulas are MathML, pictures and styles are in the file,
and the slides have their copy of reveal.js beside them. Every picture keeps its alternative text,
which nbconvert's own templates drop.
"""

import argparse
import html
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import nbformat
from jinja2 import pass_context
from latex2mathml import converter
from nbconvert import HTMLExporter, PythonExporter, SlidesExporter

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from slides import as_slides

ROOT = HERE.parent
OUT = ROOT / "build"
TEMPLATES = HERE / "templates"
REVEAL = ROOT / "node_modules" / "reveal.js"
REVEAL_FILES = ("dist/reveal.js", "dist/reveal.css", "dist/plugin/notes.js", "LICENSE")
MATH = re.compile(
    r"(?P<code><(pre|code)\b.*?</\2>)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$]+?)\$", re.DOTALL
)
# What links between the pages name, and what they name in an export.
LINK = re.compile(r'(href="[^":#]*)\.(?:ipynb|md)(#[^"]*)?"')
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)


def with_mathml(text):
    """HTML whose formulas are MathML, which browsers draw and screen readers read."""

    def made(match):
        if match["code"]:
            return match["code"]
        latex = html.unescape(match["block"] or match["inline"])
        # LaTeX's signs that join or part, and that MathML has no need of.
        latex = latex.replace("\\;", "\\,\\,").strip()
        return converter.convert(latex, display="block" if match["block"] else "inline")

    return MATH.sub(made, text)


def with_anchors(text):
    """HTML whose headings can be linked to, by the words that Jupyter uses, in small letters."""

    def made(match):
        words = html.unescape(re.sub("<[^>]+>", "", match[2])).strip().lower().replace(" ", "-")
        return f'<h{match[1]} id="{html.escape(words)}">{match[2]}</h{match[1]}>'

    return HEADING.sub(made, text)


class Readable:
    """What both exporters share: our templates, formulas, anchors, links between pages."""

    def __init__(self, template):
        super().__init__(
            template_name=template,
            extra_template_basedirs=[str(TEMPLATES)],
            exclude_anchor_links=True,
        )

    @pass_context
    def markdown2html(self, context, source):
        """Markdown as HTML."""
        made = super().markdown2html(context, source)
        return LINK.sub(r'\1.html\2"', with_anchors(with_mathml(made)))

    def made(self, page):
        """The page as one HTML text."""
        check_pictures(page)
        page.metadata["title"] = title_of(page)
        return self.from_notebook_node(page)[0]


class PageExporter(Readable, HTMLExporter):
    """A page to read and to print."""


class SlideExporter(Readable, SlidesExporter):
    """A page to show."""


@cache
def exporter(kind):
    """One for all pages: it reads the templates once."""
    return PageExporter("ctkit_page") if kind == "html" else SlideExporter("ctkit_slides")


def title_of(page):
    """The words of the first heading."""
    match = re.search(r"^# +(.+)$", page.cells[0].source, re.MULTILINE)
    return match[1].strip() if match else "ctkit"


def check_pictures(page):
    """Refuse a page with a picture that a blind reader would miss."""
    for number, cell in enumerate(page.cells):
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if not alt.strip():
                    message = f"cell {number}: a picture has no alternative text"
                    raise ValueError(message)


def pages(numbers=(), folder=HERE):
    """The pages with these numbers, or all."""
    found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    wanted = [path for path in found if not numbers or path.name[:2] in numbers]
    if absent := set(numbers) - {path.name[:2] for path in wanted}:
        message = f"there is no page {', '.join(sorted(absent))}"
        raise SystemExit(message)
    return wanted


def to_html(path, folder):
    """One page, or the glossary, as HTML."""
    if path.suffix == ".md":
        cell = nbformat.v4.new_markdown_cell(path.read_text(encoding="utf-8"))
        page = nbformat.v4.new_notebook(cells=[cell])
    else:
        page = nbformat.read(path, as_version=4)
    return written(folder / f"{path.stem}.html", exporter("html").made(page))


def to_slides(path, folder):
    """One page as slides."""
    page = as_slides(nbformat.read(path, as_version=4))
    return written(folder / f"{path.stem}.html", exporter("slides").made(page))


def to_script(path, folder):
    """One page as a script."""
    page = nbformat.read(path, as_version=4)
    return written(folder / f"{path.stem}.py", PythonExporter().from_notebook_node(page)[0])


def written(target, text):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def bring_reveal(folder):
    """Put reveal.js beside the slides: they are shown with no network."""
    if not REVEAL.exists():
        message = "reveal.js is missing: `make slides` installs it from package.json"
        raise SystemExit(message)
    (folder / "reveal").mkdir(parents=True, exist_ok=True)
    for name in REVEAL_FILES:
        shutil.copy(REVEAL / name, folder / "reveal")


EXPORTS = {"html": to_html, "slides": to_slides, "scripts": to_script}


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=EXPORTS)
    parser.add_argument("pages", nargs="*", help="their numbers, such as 05; all by default")
    options = parser.parse_args()
    chosen = pages(options.pages)
    folder = OUT / options.kind
    if options.kind == "slides":
        bring_reveal(folder)
    if options.kind == "html":
        chosen.append(HERE / "glossary.md")
    for path in chosen:
        print(EXPORTS[options.kind](path, folder).relative_to(ROOT))


if __name__ == "__main__":
    main()
