"""A head whose every voxel is known, and what a CT makes of it."""

from .head import Part, Phantom, head_phantom, make_grid

__all__ = ["Part", "Phantom", "head_phantom", "make_grid"]
