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


_mend()
del _mend
