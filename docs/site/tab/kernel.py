"""Run by IPython when the kernel has started: what the kernel does otherwise than IPython's own."""


def _mend():
    from pyodide.ffi import create_once_callable
    from pyodide_kernel.display import LiteDisplayHook

    shell = get_ipython()  # noqa: F821
    # The kernel takes jedi for granted; IPython completes names without it, and starts faster.
    shell.Completer.use_jedi = False
    finish, hear = LiteDisplayHook.finish_displayhook, shell.kernel.comm_manager.comm_msg

    def finish_displayhook(self):
        # What has displayed itself has no result besides: an empty one would stand under it.
        if not self.data:
            self.publish_execution_result = None
        finish(self)

    def comm_msg(*message):
        # As Pyodide's own loop calls what it has to, so that an import in answer to a widget's page
        # can wait for its package. The kernel waits for the promise that this gives.
        return create_once_callable(lambda: hear(*message), _may_syncify=True)()

    LiteDisplayHook.finish_displayhook = finish_displayhook
    shell.kernel.comm_manager.comm_msg = comm_msg


_mend()
del _mend
