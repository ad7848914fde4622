"""From many scans to a training set: the same steps over all, which can be stopped at any time."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["steps"],
    submod_attrs={"preparing": ["prepare"], "run": ["Run"]},
)
