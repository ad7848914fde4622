"""How the pages read, beside pages of other courses; writes readability.md.

    python benchmarks/readability.py                      the pages; rows of others stay
    python benchmarks/readability.py name=page.md ...     and pages of others, as Markdown
    python benchmarks/readability.py --worst 8            and print the longest sentences of each

Only prose counts: paragraphs and list items of the Markdown, without code, tables, headings,
formulas on their own lines and the list of further reading. A formula or a piece of code inside
of a sentence counts as one short word, a link as its words. The pages of others are not
committed: SOURCES says where they come from.
"""

import argparse
import datetime
import re
import statistics
from dataclasses import dataclass
from pathlib import Path

import jupytext
from markdown_it import MarkdownIt

HERE = Path(__file__).resolve().parent
TARGET = HERE / "readability.md"
SCRIPTS = HERE.parent / "notebooks" / "scripts"
SOURCES = {
    "numpy-x-ray": (
        "numpy/numpy-tutorials, content/applications/tutorial-x-ray-image-processing.md, "
        "commit 732952b, its first 16,000 characters"
    ),
    "carpentries-blurring": (
        "datacarpentry/image-processing, episodes/06-blurring.md, commit 01b6418, "
        "up to the first blurred picture"
    ),
    "carpentries-loops": (
        "swcarpentry/python-novice-inflammation, episodes/05-loop.md, commit 4812ff1, whole"
    ),
}
# What introduces a task is no sentence of its own; what lists books is none at all.
LABEL = re.compile(r"^(Predict\.|Try this\.|Next:|\d+\.)\s*")
NO_PROSE = {"Further reading"}
SHORT = "Code"  # what a formula or a piece of code counts as: it may begin a sentence
# A full stop after one of these ends no sentence.
ABBREVIATIONS = re.compile(
    r"\b(e\.g|i\.e|etc|vs|al|cf|Fig|No|[A-Z])\.(?=\s+[a-z(0-9A-Z])", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|:\s*$|;\s+")
BE = r"\b(am|is|are|was|were|be|been|being|gets?|got|'s|'re)"
BETWEEN = r"(\s+(not|also|already|often|never|always|then|thus|only|all|both|mostly|\w+ly)){0,2}"
IRREGULAR = (
    "born|bought|bound|broken|brought|built|caught|chosen|cut|dealt|drawn|driven|fed|felt|found|"
    "forgotten|given|gone|grown|held|hidden|kept|known|laid|led|left|lent|lost|made|meant|met|paid|"
    "put|read|run|said|seen|sent|set|shown|shut|sold|spent|split|spread|taken|taught|thrown|"
    "thought|told|torn|understood|won|written"
)
PASSIVE = re.compile(rf"{BE}{BETWEEN}\s+(\w\w+ed|{IRREGULAR})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What is measured of one page."""

    words: int
    mean: float  # words a sentence
    long: float  # the length that 90 % of the sentences stay below
    passive: float  # % of the sentences
    flesch: float


def paragraphs(markdown):
    """Texts of the paragraphs and list items, as they are read."""
    heading, inside = False, ""
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type in ("th_open", "td_open", "th_close", "td_close"):
            inside = "table" if token.type.endswith("open") else ""
        elif token.type == "inline" and heading:
            section = token.content
            if section in NO_PROSE:
                return
        elif token.type == "inline" and not inside and (text := plain(token)):
            yield text


def plain(token):
    """The words of one paragraph."""
    parts = []
    for child in token.children:
        if child.type == "text":
            parts.append(child.content)
        elif child.type == "code_inline":
            parts.append(SHORT)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    text = re.sub(r"\$\$.*?\$\$", " ", "".join(parts), flags=re.DOTALL)
    text = re.sub(r"\$[^$]+\$", SHORT, text)
    text = re.sub(r"https?://\S+", SHORT, text)
    return LABEL.sub("", " ".join(text.split()))


def sentences(text):
    """The sentences of a paragraph."""
    kept = ABBREVIATIONS.sub(lambda match: match[0][:-1] + "\0", text)
    for piece in SENTENCE.split(kept):
        if re.search(r"[A-Za-z]{2}", piece or ""):
            yield piece.replace("\0", ".").strip()


def words(sentence):
    return re.findall(r"[\w'’.,-]*\w", sentence)


def read(markdown):
    """(what is measured, sentences) of a page."""
    import textstat  # of the extra "bench"

    found = [one for text in paragraphs(markdown) for one in sentences(text)]
    lengths = [len(words(one)) for one in found]
    said = " ".join(one if one[-1] in ".!?" else one + "." for one in found)
    reading = Reading(
        words=sum(lengths),
        mean=statistics.mean(lengths),
        long=statistics.quantiles(lengths, n=10)[-1],
        passive=100 * sum(map(is_passive, found)) / len(found),
        flesch=textstat.flesch_reading_ease(said),
    )
    return reading, found


def is_passive(sentence):
    return bool(PASSIVE.search(sentence))


def prose(script):
    """All Markdown of a page of ours."""
    page = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
    cells = [cell for cell in page.cells if cell.cell_type == "markdown"]
    taught = [cell for cell in cells if "teacher" not in cell.metadata.get("tags", ())]
    return "\n\n".join(cell.source for cell in taught)


def row(name, reading):
    values = (reading.mean, reading.long, reading.passive, reading.flesch)
    return (
        f"| {name} | {reading.words:,} | " + " | ".join(f"{value:.1f}" for value in values) + " |"
    )


HEAD = (
    "| page | words | words a sentence | 90 % are shorter than | passive, % | Flesch |\n"
    "|---|---|---|---|---|---|"
)


def write(ours, others):
    """The table."""
    middle = {name: [getattr(r, name) for r in ours.values()] for name in Reading.__annotations__}
    median = Reading(**{name: statistics.median(values) for name, values in middle.items()})
    lines = [
        "# How the pages read, measured",
        "",
        f"`python benchmarks/readability.py`, {datetime.date.today()}. {' '.join(RULES.split())}",
        "",
        HEAD,
        *(row(name, reading) for name, reading in ours.items()),
        row("**median of ours**", Reading(**{**vars(median), "words": round(median.words)})),
        *others.values(),
        "",
        "The pages of others:",
        "",
        *(f"- *{name}*: {SOURCES.get(name, 'a page of your own')}." for name in others),
        "",
    ]
    TARGET.write_text("\n".join(lines), encoding="utf-8")


def rows_before():
    """The rows of others' pages, by name, as they stand in the table: their pages don't change."""
    table = TARGET.read_text(encoding="utf-8")
    return {name: row for row, name in re.findall(r"^(\| \*([\w-]+)\* .*)$", table, re.MULTILINE)}


RULES = """
Only the prose of the Markdown counts: no code, tables, headings, formulas or lists of further
reading. A sentence is passive here when a form of *be* or *get* stands before a participle, with at
most two adverbs between; this finds some states too ("is closed"). Flesch is the reading ease by
textstat, with syllables from the CMU dictionary: more is easier, 60 to 70 is called plain English.
"""


def worst(found, count):
    """The longest sentences, and the passive ones among them marked."""
    for sentence in sorted(found, key=lambda one: -len(words(one)))[:count]:
        yield f"{len(words(sentence))} words{', passive' * is_passive(sentence)}: {sentence}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("others", nargs="*", help="name=page.md")
    parser.add_argument("--worst", type=int, default=0, help="how many sentences of each page")
    options = parser.parse_args()
    pages = {path.stem[:2]: read(prose(path)) for path in sorted(SCRIPTS.glob("*.py"))}
    others = rows_before()
    for name, _, path in (other.partition("=") for other in options.others):
        others[name] = row(f"*{name}*", read(Path(path).read_text(encoding="utf-8"))[0])
    write({name: reading for name, (reading, _) in pages.items()}, others)
    print(TARGET.read_text(encoding="utf-8"))
    for name, (_, found) in pages.items():
        print(*[f"{name}: {line}" for line in worst(found, options.worst)], sep="\n")


if __name__ == "__main__":
    main()
