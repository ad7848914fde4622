"""Run by IPython when the kernel has started: what the kernel does otherwise than IPython's own."""


def _mend():
    from pyodide_kernel.display import LiteDisplayHook

    shell = get_ipython()  # noqa: F821
    # The kernel takes jedi for granted; IPython completes names without it, and starts faster.
    shell.Completer.use_jedi = False
    finish = LiteDisplayHook.finish_displayhook

    def finish_displayhook(self):
        # What has displayed itself has no result besides: an empty one would stand under it.
        if not self.data:
            self.publish_execution_result = None
        finish(self)

    LiteDisplayHook.finish_displayhook = finish_displayhook


def _let_widgets_wait():
    """Handle messages of widgets in tasks of the loop: there an import can wait for its package."""
    import asyncio
    from collections import deque

    import pyodide_kernel
    from comm import get_comm_manager

    manager = get_comm_manager()
    handle, waiting, busy = manager.comm_msg, deque(), []

    def comm_msg(*message):
        waiting.append((pyodide_kernel.kernel_instance._parent_header, message))
        if not busy:
            busy.append(True)
            asyncio.get_event_loop().call_soon(handle_all)

    def handle_all():
        kernel = pyodide_kernel.kernel_instance
        while waiting:
            # What a callback prints belongs to its own message.
            before = kernel._parent_header
            kernel._parent_header, message = waiting.popleft()
            try:
                handle(*message)
            finally:
                kernel._parent_header = before
        busy.clear()

    manager.comm_msg = comm_msg


_mend()
_let_widgets_wait()
del _mend, _let_widgets_wait
