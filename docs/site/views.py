"""The state of each view on the pages: taken from a run of the page itself.

No page is written a second time for the website, and the run has to show what the committed page
shows.
"""

import os
import subprocess
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from showing import LIVE

HERE = Path(__file__).resolve().parent
#: No scan but the course's own, nobody's answers, and no bars.
ALONE = {"CTKIT_DATA": os.devnull, "CTKIT_PROGRESS": "0", "CTKIT_PROGRESS_FILE": os.devnull}
#: Seconds that a cell may take.
PATIENCE = 240


def captured(notebooks, out):
    """Run notebooks, two at a time.

    Parameters
    ----------
    notebooks : sequence of Path
    out : Path
        The website: the voxels of the views become files in it.

    Returns
    -------
    dict
        By the name of a notebook, and then by (cell id, number of the output): the state as JSON.
    """
    os.environ.update(ALONE)
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        jobs = {path.name: pool.submit(run, path, out) for path in notebooks}
        return {name: job.result() for name, job in jobs.items()}


def run(path, out):
    """The states of one notebook."""
    committed = nbformat.read(path, as_version=4)
    page = deepcopy(committed)
    code = f"import sys; sys.path[:0] = {[str(HERE)]}; "
    code += f"import showing; showing.install({str(out)!r})"
    client = NotebookClient(
        page,
        timeout=PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
        # In a namespace of its own: the page finds no name that it did not make.
        extra_arguments=[f"--IPKernelApp.exec_lines=exec({code!r}, {{}})"],
    )
    client.execute(stderr=subprocess.DEVNULL)
    return states(committed, page)


def states(committed, page):
    """What the views of a run have left, where the committed page shows the same."""
    found = {}
    for before, after in zip(committed.cells, page.cells, strict=True):
        for number, output in enumerate(after.get("outputs", ())):
            live = output.get("data", {}).get(LIVE)
            if live is None:
                continue
            shown = before.outputs[number] if number < len(before.outputs) else {}
            if _said(shown) != _said(output):
                message = (
                    f"cell {before.id} shows {_said(output)!r} and the committed page "
                    f"{_said(shown)!r}: make notebooks"
                )
                raise ValueError(message)
            found[before.id, number] = live["state"]
    return found


def _said(output):
    """The words that stand for a view."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    return data.get("text/plain", ""), metadata.get("image/png", {}).get("alt", "")
