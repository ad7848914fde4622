"""A Sphinx extension: a term of the glossary is a link where a page uses it first.

The glossary names the page that explains each term. On this page and on the later ones, the first
use in running text leads to the glossary.
"""

import re
from functools import cache
from pathlib import Path

from docutils import nodes

GLOSSARY = "notebooks/glossary"
TERM = re.compile(r"^## (.+?)\n+(.+?)(?=\n## |\Z)", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\((\d\d)_\w+\.ipynb\)")
#: Where a link would be in the way, or stand inside of another one.
NO_LINK = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.raw)


def slug(title):
    """The words that a heading is linked by: as in Jupyter."""
    return title.strip().replace(" ", "-")


@cache
def terms(source):
    """Of a glossary: {term: (number of the page that explains it, its words)}."""
    found = {}
    for term, words in TERM.findall(Path(source).read_text(encoding="utf-8")):
        numbers = NUMBER.findall(words)
        if numbers:
            plain = re.sub(r"\s*\[[^\]]*\]\([^)]*\)", "", words)
            found[term] = (numbers[0], " ".join(plain.replace("`", "").split()))
    return found


def link_terms(app, doctree, name):
    """Make links of first uses; called by Sphinx for each page that is read."""
    number = re.match(r"notebooks/(\d\d)_", name)
    if not number:
        return
    known = {
        term: words
        for term, (first, words) in terms(app.srcdir / f"{GLOSSARY}.md").items()
        if first <= number[1]
    }
    for text in list(doctree.findall(nodes.Text)):
        if _is_prose(text):
            _link(text, known, app.builder.get_relative_uri(name, GLOSSARY))


def _is_prose(text):
    node = text.parent
    while node is not None:
        if isinstance(node, NO_LINK):
            return False
        node = node.parent
    return any(isinstance(one, nodes.paragraph) for one in _parents(text))


def _parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def _link(text, known, glossary):
    """Replace one text by texts and links; each term that is linked is forgotten."""
    if not known:
        return
    # The longest first: "voxel value" before "voxel".
    names = sorted(known, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(s?)(?![\w-])")
    made, end, plain = [], 0, text.astext()
    for match in pattern.finditer(plain):
        term = match[1]
        if term not in known:
            continue
        words = known.pop(term)
        made += [nodes.Text(plain[end : match.start()])]
        made += [
            nodes.reference(
                "",
                match[0],
                refuri=f"{glossary}#{nodes.make_id(term)}",
                classes=["ctkit-term"],
                reftitle=words,
                internal=True,
            )
        ]
        end = match.end()
    if made:
        text.parent.replace(text, [*made, nodes.Text(plain[end:])])


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
