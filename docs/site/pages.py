"""The pages of the website: sources put together from this checkout, and Sphinx run on them.

python docs/site/pages.py                 all pages, with every view alive, into site/
python docs/site/pages.py --live 00 05    alive on these pages alone: the others are not run
python docs/site/pages.py --live          no page is run, and each view is its picture
"""

import argparse
import re
import shutil
from pathlib import Path

import nbformat
import printed
from sphinx.cmd.build import main as sphinx

import api
import outputs
import views
import volumes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

#: Built things that are no part of the website.
WORK = ROOT / "build" / "site"
#: Texts of the checkout that are pages of the website, at the same place in it.
TEXTS = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "data/README.md",
    "data/LICENSE-head.txt",
)
SCRIPTS = ("widgets/view.js", "widgets/view/view.css")
#: Pages that only list others: their titles, and what they list.
LISTS = {
    "notebooks/index": ("The pages", ("[0-9]*", "glossary")),
    "guides": ("Guides", ("docs/loading", "docs/dataset", "docs/teaching", "docs/*")),
    "benchmarks/index": ("Measured", ("*",)),
    "project": ("The project", ("CHANGELOG", "CONTRIBUTING", "SECURITY", "data/README")),
}
#: The table of the pages in the README.
TABLE = re.compile(r"^\| no\. \| page \|(.|\n\|)+$", re.MULTILINE)
ICONS = re.compile(r"<script defer[^>]+fontawesome\.js[^>]*></script>")
#: The index of the search, which the theme's pages wait for before they show a word.
SEARCH = re.compile(r"<script(?= src=\"[^\"]*(searchtools|language_data|searchindex)\.js)")
#: Where a page runs, from the website's own folder.
RUN = "lite/lab/index.html?path={name}"


def build(out, live=None, work=WORK):
    """Make the pages.

    Parameters
    ----------
    out : Path
        The website's folder: all in it but what runs in the tab, in `lite`, is made anew.
    live : sequence of str, optional
        The numbers of the notebooks that are run, so that their views are alive; all by default.
    work : Path
        For what is made on the way.
    """
    for path in out.glob("*"):
        if path.name != "lite":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    # What runs in the tab takes it from there too.
    volumes.keep_head(out / volumes.FILES)
    source = fresh(work / "source")
    notebooks = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    alive = [path for path in notebooks if live is None or path.name[:2] in live]
    states = views.captured(alive, out)
    first = ""
    for path in notebooks:
        page = nbformat.read(path, as_version=4)
        shown = outputs.Shown(out, RUN.format(name=path.name), states.get(path.name, {}))
        first = first or shown.first(page, up="")
        shown.put_into(page, up="../")
        target = source / "notebooks" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(page, target)
    gather(source, first)
    for name in SCRIPTS:
        put(ROOT / "ctkit" / name, work / "static" / Path(name).name)
    options = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE.parent)]
    options += ["-D", f"html_static_path={HERE / 'static'},{work / 'static'}"]
    made = fresh(work / "html")
    if code := sphinx([*options, "-d", str(fresh(work / "doctrees")), str(source), str(made)]):
        raise SystemExit(code)
    lean(made)
    shutil.copytree(made, out, dirs_exist_ok=True)


def lean(made):
    """Take out what no reader needs, such as icons that the theme's font has too.

    What is left reads without a script as well.
    """
    shutil.rmtree(made / "_sources", ignore_errors=True)
    unwanted = [made / ".buildinfo", made / "objects.inv", *made.rglob("*.map")]
    for path in unwanted + list((made / "_static" / "scripts").glob("fontawesome.js*")):
        path.unlink(missing_ok=True)
    for path in made.rglob("*.html"):
        text = ICONS.sub("", path.read_text(encoding="utf-8"))
        # What a reader sees whose browser runs no script; the theme's script sets it anew.
        text = text.replace("<html ", '<html data-theme="light" ', 1)
        text = printed.wrapped(text)
        if path.name != "search.html":
            text = SEARCH.sub("<script defer", text)
        path.write_text(text, encoding="utf-8")


def gather(source, first):
    """Put all texts into the folder of sources, each where it stands in the checkout.

    `first` is the HTML of the view that stands on the front page.
    """
    for path in (*(ROOT / name for name in TEXTS), *(ROOT / "benchmarks").glob("*.md")):
        put(path, source / path.relative_to(ROOT))
    for path in (*HERE.parent.glob("*.md"), *(HERE.parent / "images").iterdir()):
        put(path, source / path.relative_to(ROOT))
    glossary = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    # Sphinx wants each heading one level below the last.
    glossary = glossary.replace("\n### ", "\n## ")
    (source / "notebooks" / "glossary.md").write_text(glossary, encoding="utf-8")
    for name, (title, names) in LISTS.items():
        (source / f"{name}.md").write_text(listing(title, names), encoding="utf-8")
    (source / "index.md").write_text(front(first), encoding="utf-8")
    api.write(source / "api")


def front(viewer):
    """The page that a reader meets first: with a view, and with the table of the pages."""
    rows = TABLE.search((ROOT / "README.md").read_text(encoding="utf-8"))[0]
    text = (HERE / "index.md").read_text(encoding="utf-8")
    return text.replace("{{viewer}}", viewer).replace("{{pages}}", rows)


def listing(title, names):
    """A page that lists others."""
    entries = "\n".join(names)
    return f"# {title}\n\n```{{toctree}}\n:maxdepth: 1\n:glob:\n\n{entries}\n```\n"


def put(path, target):
    """Copy one file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def fresh(folder):
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--live", nargs="*", metavar="NN", help="where views are alive")
    parser.add_argument("--out", type=Path, default=ROOT / "site")
    parser.add_argument("--work", type=Path, default=WORK, help="for what is made on the way")
    options = parser.parse_args()
    build(options.out.resolve(), options.live, options.work.resolve())


if __name__ == "__main__":
    main()
