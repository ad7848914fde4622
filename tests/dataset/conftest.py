"""One local cluster for all tests of a process: starting its workers takes seconds."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

distributed = pytest.importorskip("distributed", reason='needs the extra "scale"')


@pytest.fixture(scope="session")
def client():
    """A Dask client with one worker."""
    from ctkit.dataset.running import workers_of

    with workers_of(None, 1, "3 GB") as own:
        yield own
