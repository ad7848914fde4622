"""ctkit: CT images in Jupyter, from a DICOM folder to voxels for a network.

Everything public is reached as ``ctkit.<name>``; modules come in when first used. The names
stand in ``__init__.pyi``, where editors and type checkers read them too.
"""

import copyreg
import importlib
import sys

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
# lazy_loader makes this module one of a class of its own. What calls ctkit, and is sent to another
# process by cloudpickle, could not take it along.
copyreg.pickle(
    type(sys.modules[__name__]), lambda module: (importlib.import_module, (module.__name__,))
)
__version__ = "0.1.0"
