"""A Sphinx extension: what a function returns may go on in the next line, as in running text.

Numpydoc takes each line that isn't indented for one more thing that is returned.
"""

import re

UNDERLINE = re.compile(r"-{3,}\s*")


def join_returns(app, what, name, obj, options, lines):
    """Join the lines of one thing; called by Sphinx for each docstring, before napoleon."""
    begin = next(
        (
            k
            for k, line in enumerate(lines[:-1])
            if line == "Returns" and UNDERLINE.fullmatch(lines[k + 1])
        ),
        None,
    )
    if begin is None:
        return
    made, rest = [], lines[begin + 2 :]
    while rest and rest[0].strip() and not (len(rest) > 1 and UNDERLINE.fullmatch(rest[1])):
        line = rest.pop(0)
        goes_on = made and not line.startswith(" ") and not made[-1].startswith(" ")
        if goes_on and " : " not in line:
            made[-1] += f" {line}"
        else:
            made.append(line)
    lines[begin + 2 :] = made + rest


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", join_returns, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
