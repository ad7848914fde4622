"""A head whose every voxel is known, and what a CT makes of it."""

from .head import head_phantom
from .parts import Part
from .phantom import Phantom
from .rendering import make_grid

__all__ = ["Part", "Phantom", "head_phantom", "make_grid"]
