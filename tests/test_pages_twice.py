"""A reader runs a cell again: each page runs twice in one kernel, and says the same both times."""

import _pages
import nbformat
import pytest
from nbclient import NotebookClient
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

# Two that write files: a second run finds what the first left.
QUICK = ("02", "10")


def pages():
    for path in _pages.PAGES:
        marks = () if path.name.startswith(QUICK) else pytest.mark.slow
        yield pytest.param(path, id=path.name[:2], marks=marks)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", list(pages()))
def test_a_page_runs_twice_in_one_kernel(path):
    page = nbformat.read(path, as_version=4)
    code = [cell for cell in page.cells if cell.cell_type == "code"]
    kept = [{"tags": cell.metadata.get("tags", [])} for cell in code]
    page.cells = [
        nbformat.v4.new_code_cell(cell.source, metadata=metadata)
        for cell, metadata in zip((*code, *code), (*kept, *kept), strict=True)
    ]
    client = NotebookClient(
        page,
        timeout=120,
        kernel_name=CURRENT_ENV_KERNEL_NAME,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
    )
    client.create_kernel_manager().kernel_spec_manager = NbvalKernelspecManager()
    client.execute()
    first, second = page.cells[: len(code)], page.cells[len(code) :]
    for before, after in zip(first, second, strict=True):
        if "nbval-ignore-output" not in before.metadata.tags:  # a cell that measures time
            assert printed(after) == printed(before), before.source


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)
