"""Reading and writing: DICOM, NIfTI, pictures, arrays, and the course's samples."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["samples"])
