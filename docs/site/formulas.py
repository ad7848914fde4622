"""A Sphinx extension: formulas as MathML, which a browser draws with no script."""

import re

from latex2mathml import converter

#: Letters of a bold word, which browsers draw one by one, and not bold.
_BOLD = re.compile(r'(?:<mi mathvariant="bold">\w</mi>)+')


def _inline(translator, node):
    translator.body.append(_mathml(node, "inline"))
    raise _skip()


def _block(translator, node):
    translator.body.append(f'<div class="math-block">{_mathml(node, "block")}</div>')
    raise _skip()


def _mathml(node, display):
    # LaTeX's wide space joins or parts, and the converter doesn't know it.
    latex = node.astext().replace("\\;", "\\,\\,").strip()
    return _BOLD.sub(_word, converter.convert(latex, display=display))


def _word(letters):
    """One bold word of its letters."""
    return f'<mtext class="ctkit-bold">{"".join(re.findall(r">(.)<", letters[0]))}</mtext>'


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()


def setup(app):
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
