"""Processes for tests that need many: each is a fork of one that has imported ctkit once."""

import json
import multiprocessing
import subprocess
import sys
from typing import NamedTuple

MODULES = ["ctkit.samples", "ctkit.files.saving", "ctkit.files.dicom.series", "pydicom.pixels"]
SERVE = """
for _line in sys.stdin:
    _job, _pipes = json.loads(_line), [os.pipe(), os.pipe()]
    _child = os.fork()
    if _child:
        for _, _end in _pipes:
            os.close(_end)
        _texts = [open(_end).read() for _end, _ in _pipes]  # short enough to wait in a pipe
        _ended = os.waitstatus_to_exitcode(os.waitpid(_child, 0)[1])
        print(json.dumps([_ended, *_texts]), flush=True)
        continue
    os.chdir(_job["cwd"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for _fd, (_, _end) in enumerate(_pipes, 1):
        os.dup2(_end, _fd)
        os.close(_end)
    sys.argv = ["-c", *_job["arguments"]]
    exec(_job["code"])
    break
"""


class Done(NamedTuple):
    """How a process ended, as `subprocess.run` says it."""

    returncode: int
    stdout: str
    stderr: str


class Forks:
    """Runs pieces of Python, each in a process of its own, behind a common start."""

    def __init__(self, start):
        code, pipe = "import json, os, sys\n" + start + SERVE, subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True
        )

    def run(self, code, *arguments, cwd="."):
        """Run `code` with these arguments."""
        job = {"code": code, "arguments": list(map(str, arguments)), "cwd": str(cwd)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Done(*json.loads(self._process.stdout.readline()))

    def close(self):
        """End the process that is forked."""
        self._process.communicate()


def context():
    """For `multiprocessing`: new processes that share nothing with this one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(MODULES)
    return found
