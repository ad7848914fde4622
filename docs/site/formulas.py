"""A Sphinx extension: formulas as MathML, which a browser draws with no script."""

from latex2mathml import converter


def _inline(translator, node):
    translator.body.append(_mathml(node, "inline"))
    raise _skip()


def _block(translator, node):
    translator.body.append(f'<div class="math-block">{_mathml(node, "block")}</div>')
    raise _skip()


def _mathml(node, display):
    # LaTeX's wide space joins or parts, and the converter doesn't know it.
    return converter.convert(node.astext().replace("\\;", "\\,\\,").strip(), display=display)


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()


def setup(app):
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
