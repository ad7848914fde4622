"""The parts that a view is made of; each is one question, with its traits and its rules.

voxels : the Volume, and what the browser holds of it
place : plane, slice, cursor, and the normal of a plane that was turned
cut : how thick the planes are, and what is shown of a slab
zoom : how much of the picture is seen, and how its pixels are drawn
cine : how the slices are played
window : center and width
marks : ruler and region
mask : what is drawn over the picture
second : another Volume, and how the two are shown together
tuned : the function that is tried, and what it says

A part knows no other part but by the traits that it reads, and `Part` says what it tells the view.
The script has the same parts under the same names.
"""

from .cine import Cine
from .cut import Cut
from .marks import Marks
from .mask import Mask
from .part import Part, StateError
from .place import Place
from .second import Second
from .tuned import Tuned
from .voxels import Voxels
from .window import Window
from .zoom import Zoom

__all__ = [
    "Cine",
    "Cut",
    "Marks",
    "Mask",
    "Part",
    "Place",
    "Second",
    "StateError",
    "Tuned",
    "Voxels",
    "Window",
    "Zoom",
]
