"""A head whose every voxel is known, and what a CT makes of it: shadows, noise, streaks."""

from .beam import hardened, water_and_bone, water_corrected
from .head import head_phantom
from .parts import Part
from .phantom import Phantom
from .projecting import back_project, project
from .rendering import make_grid

__all__ = [
    "Part",
    "Phantom",
    "back_project",
    "hardened",
    "head_phantom",
    "make_grid",
    "project",
    "water_and_bone",
    "water_corrected",
]
