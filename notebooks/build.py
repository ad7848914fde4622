"""Build the pages: notebooks/NN_name.ipynb from notebooks/scripts/NN_name.py, run and cleaned.

    python notebooks/build.py            every page
    python notebooks/build.py 05 06      these pages
    python notebooks/build.py --check    change nothing; say where script and page disagree
    python notebooks/build.py --real     run pages on the real scans instead, into work/real

A script (jupytext's percent format) is what one edits and reviews. The page made of it holds
the outputs of a run from top to bottom, and nothing that changes from one build to the next:
no widget state, no timings, no versions, cell names made from what the cells say.
"""

import argparse
import base64
import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path

import jupytext
import nbformat
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
# Pages that take any scan, and the scans that `--real` gives to the cell tagged "parameters".
REAL_PAGES = ("02", "03", "04", "09", "11")
REAL_SCANS = {"ge-head": {"uneven": "resample"}, "crlm-1004": {}}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # Without the ending, `jupyter nbconvert --to script` writes a .txt.
    "language_info": {"file_extension": ".py", "name": "python"},
}
# What a script may say of a cell: its tags, the reason for a tag that spares its output, and the
# exercise that stands there.
KEPT = ("tags", "reason", "exercise")
# What the two cells of an exercise are tagged with.
TASK, ANSWER = "exercise", "answer"
# The tag of a cell that only the instructor's edition shows; see teach.py.
TEACHER = "teacher"
# What no committed output may hold: a hint for the reader, and how to find it.
UNWANTED = {
    "a path of one machine": re.compile(r"(?<![\w.])(/(home|Users|tmp|root|work|var)/|[A-Z]:\\)"),
    "a memory address": re.compile(r"\bat 0x[0-9a-fA-F]{6,}"),
    # UIDs that begin with 1.2.840.10008 are DICOM's own and name no scan.
    "a UID": re.compile(r"(?<![\d.])[0-2]\.(?!2\.840\.10008)\d+(\.\d+){4,}"),
    "a person's name": re.compile(r"\b[A-Za-z]{2,}\^[A-Za-z]{2,}"),
    "a mail address": re.compile(r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b"),
}


def scripts(numbers=(), folder=HERE):
    """The scripts of these pages, or all of them."""
    found = sorted((folder / "scripts").glob("[0-9][0-9]_*.py"))
    wanted = [path for path in found if not numbers or path.name[:2] in numbers]
    if absent := set(numbers) - {path.name[:2] for path in wanted}:
        message = f"no script for {', '.join(sorted(absent))} in {folder.name}/scripts"
        raise SystemExit(message)
    return wanted


def page_of(script):
    """Where the page of a script stands."""
    return script.parent.parent / f"{script.stem}.ipynb"


def read_script(script, teacher=False):
    """The page that a script describes, not yet run; what is for teachers alone is left out."""
    page = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
    if not teacher:
        page.cells = [one for one in page.cells if TEACHER not in one.metadata.get("tags", ())]
    page.metadata = nbformat.from_dict(METADATA)
    page.nbformat, page.nbformat_minor = 4, 5
    page.cells = [cell for one in page.cells for cell in with_exercise(one)]
    seen = {}
    for cell in page.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        count = seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if count == 1 else f"{digest}-{count}"
        kept = {key: cell.metadata[key] for key in KEPT if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
    return page


def with_exercise(cell):
    """A cell as it is; of one that is marked ``exercise="05.1"`` the task and the answer cell.

    The task is written once, in the exercises of the page, where a learner's answer is checked.
    """
    id = cell.metadata.get("exercise")
    if not id:
        return [cell]
    if cell.source.strip():
        message = f"the cell of exercise {id} is to be empty; its text stands with the exercise"
        raise ValueError(message)
    from ctkit.exercises.registry import find

    exercise = find(id)
    task, answer = exercise.task(), exercise.cell()
    return [
        nbformat.v4.new_markdown_cell(task, metadata={"exercise": id, "tags": [TASK]}),
        nbformat.v4.new_code_cell(answer, metadata={"exercise": id, "tags": [ANSWER]}),
    ]


def run(page, folder=HERE):
    """Execute a page from top to bottom in a kernel of this Python, as nbval will."""
    from nbclient import NotebookClient
    from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

    client = NotebookClient(
        page,
        timeout=120,
        kernel_name=CURRENT_ENV_KERNEL_NAME,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
    )
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    # Errors come as messages; what a kernel says beside them is about sockets and debuggers.
    client.execute(stderr=subprocess.DEVNULL)
    page.metadata = nbformat.from_dict(METADATA)
    return page


def with_scan(page, name):
    """The page with another scan in its cell of parameters.

    A page takes either one scan and what `load` may repair in it, or a table of them.
    """
    cells = [cell for cell in page.cells if "parameters" in cell.metadata.get("tags", ())]
    if len(cells) != 1:
        message = f"a page that takes any scan has one cell tagged parameters, not {len(cells)}"
        raise ValueError(message)
    rows = [f"{key!r}: (ctkit.samples.fetch({key!r}), {REAL_SCANS[key]})" for key in REAL_SCANS]
    first = "'head': (ctkit.samples.head(), {})"
    cells[0].source = (
        f"scan, accept = ctkit.samples.fetch({name!r}), {REAL_SCANS[name]}\n"
        f"scans = {{{', '.join([first, *rows])}}}"
    )
    return page


def run_real(number, name, folder=HERE):
    """Run a page on a real scan; returns where the result stands, which is not committed."""
    (script,) = scripts([number], folder)
    target = folder.parent / "work" / "real" / f"{script.stem}--{name}.ipynb"
    page = clean(run(with_scan(read_script(script), name), folder))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(page, indent=1) + "\n", encoding="utf-8")
    return target


def clean(page):
    """Drop what a browser can't show without the kernel, and what changes with each run."""
    for cell in page.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            output.get("metadata", {}).pop(WIDGET_VIEW, None)
            if picture := output.get("data", {}).get("image/png"):
                output.data["image/png"] = with_palette(picture)
            if output.output_type == "error":
                # The frames name this machine's folders; the error says what is to be read.
                output.traceback = [f"{output.ename}: {output.evalue}"]
        cell.metadata.pop("execution", None)
    return page


def with_palette(picture):
    """A PNG in base64 with at most 256 colours, where that looks the same: half the size.

    A large one, with fine detail all over, gets fewer: a third less again.
    """
    before = base64.b64decode(picture)
    with Image.open(BytesIO(before)) as image:
        if image.mode in ("P", "L"):
            return picture
        full = np.asarray(image.convert("RGBA"))
    after = before
    for colors in (256 - SOFT, FEW):
        fewer = quantized(full, colors)
        if looks_different(full, np.asarray(fewer.convert("RGBA"))):
            break
        stream = BytesIO()
        fewer.save(stream, "PNG", optimize=True)
        after = min(after, stream.getvalue(), key=len)
        if len(after) < LARGE:
            break
    return picture if after is before else base64.b64encode(after).decode()


def looks_different(one, other):
    """Whether rare colours are lost, such as those of a difference."""
    # What is quite transparent has no colour that one could see.
    apart = np.abs(premultiplied(one) - premultiplied(other)).max(axis=2)
    return (apart > 32).mean() > 0.005


LARGE = 150_000  # bytes of a picture
FEW = 64  # colours of a large one
SOFT = 32  # colours for what is not opaque: the edges of letters and lines, and light bands


def quantized(pixels, colors):
    """RGBA pixels as a picture with a palette: opaque ones by median cut, the others by octree.

    Pillow's median cut keeps greys apart, and knows no transparency; its octree is the opposite.
    """
    opaque = pixels[..., 3:] == 255
    hard = Image.fromarray(pixels[..., :3]).quantize(colors, dither=Image.Dither.NONE)
    rest = Image.fromarray(np.where(opaque, 0, pixels).astype(np.uint8))
    rest = rest.quantize(SOFT, method=Image.Quantize.FASTOCTREE)
    soft = np.frombuffer(rest.palette.palette, np.uint8).reshape(-1, 4)
    indices = np.where(opaque[..., 0], np.asarray(hard), np.asarray(rest, np.int16) + 256 - SOFT)
    palette = np.zeros((256, 4), np.uint8)
    solid = np.array(hard.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(solid)] = np.insert(solid, 3, 255, axis=1)
    palette[256 - SOFT :][: len(soft)] = soft
    picture = Image.fromarray(indices.astype(np.uint8), "P")
    picture.putpalette(palette[:, :3].tobytes())
    picture.info["transparency"] = palette[:, 3].tobytes()
    return picture


def premultiplied(pixels):
    """Colours times opacity, and opacity."""
    values = pixels.astype(np.int16)
    return np.concatenate([values[..., :3] * values[..., 3:] // 255, values[..., 3:]], axis=2)


def build(script):
    """Make one page; returns its path, or raises what its run raised."""
    target = page_of(script)
    page = clean(run(read_script(script), target.parent))
    if problems := check_page(page):
        message = f"{target.name} is not written: " + "; ".join(problems)
        raise ValueError(message)
    nbformat.validate(page)
    target.write_text(nbformat.writes(page, indent=1) + "\n", encoding="utf-8")
    return target


def check_page(page):
    """A sentence for each thing that must not be in a committed page."""
    problems = []
    if page.metadata != METADATA:
        problems.append(f"its metadata is not just {sorted(METADATA)}: {sorted(page.metadata)}")
    code = [cell for cell in page.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    if counts != list(range(1, len(code) + 1)):
        problems.append(f"its cells were not run once, in order: {counts}")
    for cell in code:
        for output in cell.outputs:
            problems += [f"cell {cell.execution_count} {text}" for text in check_output(output)]
    return problems


def check_output(output):
    """A sentence for each thing that must not be in one output."""
    data = output.get("data", {})
    if WIDGET_VIEW in data:
        yield "holds a widget view, which is an error message once the kernel is gone"
    if data and "text/plain" not in data:
        yield f"shows {sorted(data)} with no text/plain beside it"
    texts = [output.get("text", ""), output.get("evalue", "")]
    texts += [value for kind, value in data.items() if kind.startswith("text/")]
    for what, pattern in UNWANTED.items():
        for text in texts:
            if match := pattern.search(text):
                yield f"prints what looks like {what}: {match.group()!r}"


def compare(script):
    """A sentence for each way in which a page is not what its script and its run make."""
    target = page_of(script)
    if not target.exists():
        return [f"{target.name} is missing: make notebooks NB={script.name[:2]}"]
    page = nbformat.read(target, as_version=4)
    wanted = read_script(script)
    problems = check_page(page)
    cells = [_identity(cell) for cell in page.cells]
    for number, cell in enumerate(wanted.cells):
        if number >= len(cells) or cells[number] != _identity(cell):
            first = cell.source.strip().partition("\n")[0]
            problems.append(f"cell {number} of the script is not that of the page: {first!r}")
            break
    else:
        if len(cells) > len(wanted.cells):
            problems.append(f"the page has {len(cells)} cells, its script {len(wanted.cells)}")
    return [f"{target.name}: {text}" for text in problems]


def _identity(cell):
    return cell.id, cell.cell_type, cell.source, [cell.metadata.get(key) for key in KEPT]


def each(function, rows):
    """Call a function on each row, two at a time, as a page may take two GB; the failed rows."""
    failed = []
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for row, job in [(row, pool.submit(function, *row)) for row in rows]:
            try:
                print(f"built {job.result().name}", flush=True)
            except Exception as error:
                failed.append(row)
                print(f"{' '.join(map(str, row))}: {error}", file=sys.stderr, flush=True)
    return failed


def _real_rows(numbers):
    """Pages and real scans, as far as `fetch` finds them."""
    if strange := set(numbers) - set(REAL_PAGES):
        message = f"pages {', '.join(sorted(strange))} take no other scan; {REAL_PAGES} do"
        raise SystemExit(message)
    return [(page, scan) for page in numbers or REAL_PAGES for scan in REAL_SCANS]


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", help="their numbers, such as 05; all by default")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--real", action="store_true", help="run on the real scans, into work/real")
    options = parser.parse_args()
    os.environ["CTKIT_PROGRESS"] = "0"
    os.environ["CTKIT_PROGRESS_FILE"] = os.devnull  # pages come as nobody has answered them yet
    chosen = scripts(options.pages)
    if options.check:
        failed = [text for script in chosen for text in compare(script)]
        print("\n".join(failed) or f"{len(chosen)} pages agree with their scripts")
    elif options.real:
        failed = each(run_real, _real_rows(options.pages))
    else:
        # A committed page shows no scan but the course's own, whatever this machine holds.
        os.environ["CTKIT_DATA"] = os.devnull
        failed = each(build, [(script,) for script in chosen])
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
