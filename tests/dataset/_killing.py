"""Run by the tests in a process of its own: a preparation that is killed from outside."""

import os
import signal
import sys
import time
from pathlib import Path

from ctkit import dataset
from ctkit.dataset import steps


def noted(volume, log, slow=0.0):
    """Note that a scan was begun; some are slow."""
    Path(log, f"{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(slow)
    return volume


def kills(volume):
    """End the worker, as a scan that eats all memory does."""
    if volume.array.max() > 5000:
        os.kill(os.getpid(), signal.SIGKILL)
    return volume


def steps_of(log, slow=0.0):
    return [steps.apply(noted, log=log, slow=slow), kills, steps.keep_head(), steps.resample(8.0)]


if __name__ == "__main__":
    scans, out, log, slow = sys.argv[1:]
    print(dataset.prepare(scans, steps_of(log, float(slow)), out, workers=2, progress=False))
