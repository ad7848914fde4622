"""How Sphinx makes the website of what `docs/site/pages.py` puts in its folder of sources."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))

project = "ctkit"
author = "the authors of ctkit"
copyright = f"{author}. The code is under BSD-3-Clause, and pictures of the head under GPL-2"
release = metadata.version("ctkit-course")
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    # Of our own, in docs/site.
    "formulas",
    "returns",
    "terms",
]
# Files that stand in the folder of sources beside the pages.
exclude_patterns = ["**/.*"]

nb_execution_mode = "off"
# What outputs are: HTML that outputs.py has made of pictures and views, else plain text.
nb_mime_priority_overrides = [("html", "text/html", 0), ("html", "text/plain", 90)]
nb_number_source_lines = False
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
myst_heading_slug_func = "terms.slug"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
add_module_names = False
# The type of a parameter is said in words, and no word of them is looked up as a name.
suppress_warnings = ["ref.python"]

html_theme = "pydata_sphinx_theme"
html_title = "ctkit"
html_math_renderer = "mathml"
html_static_path = ["site/static"]
html_context = {"default_mode": "auto"}
html_css_files = ["view.css", "site.css"]
html_js_files = [("live.js", {"type": "module"})]
templates_path = ["site/templates"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None
html_favicon = "site/static/icon.svg"
html_sidebars = {"index": []}
html_theme_options = {
    "logo": {"text": "ctkit"},
    "navigation_with_keys": False,
    "show_nav_level": 1,
    "show_toc_level": 2,
    "navbar_align": "left",
    "article_header_end": ["page-links"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
