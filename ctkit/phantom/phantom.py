"""A phantom: parts of one tissue each, painted one over the other.

It is a function of the place in the patient (LPS+ mm), and so exists on any grid. Its edges
are those of a scanner with a Gaussian point spread; a voxel is the mean of the function over
the voxel, by Gauss-Legendre quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..arguments import members, real, reals
from ..errors import ParameterError
from ..hounsfield import AIR
from ..volume import Volume, as_volume, own
from .parts import Part, Triple
from .rendering import paint


@dataclass(frozen=True)
class Phantom:
    """Parts, in the order in which they are painted, and the point spread.

    ``psf_mm`` is the standard deviation of the Gaussian that blurs the edges.
    """

    parts: tuple[Part, ...]
    psf_mm: float = 0.6
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(_as_part(part) for part in members(self.parts)))
        psf = real(self.psf_mm, "psf_mm is a length above 0", above=0)
        object.__setattr__(self, "psf_mm", psf)
        object.__setattr__(self, "names", tuple(dict.fromkeys(p.name for p in self.parts)))

    def render(self, grid: Volume, voxel: Triple | None = None) -> Volume:
        """HU on the grid of a Volume: the mean over each voxel, as float32.

        Parameters
        ----------
        grid : Volume
            Only its shape and affine count; `make_grid` makes one.
        voxel : (slice, row, column) in mm, optional
            Size of the box around each centre to take the mean over; by default the
            distance of the centres.

        Returns
        -------
        Volume of float32
        """
        grid = as_volume(grid, "grid")
        if voxel is not None:
            reals(voxel, "voxel is (slice, row, column) above 0 in mm", 3, above=0)
        values = [part.hu for part in self.parts]
        note = f"Phantom: the mean over each voxel, point spread {self.psf_mm:g} mm (SD)."
        array = paint(self.parts, values, AIR, grid, self.psf_mm, voxel)
        return Volume(own(array), grid.affine, (note,))

    def scan(self, grid: Volume, **how: Any) -> Volume:
        """What a CT makes of it: see `ctkit.phantom.noise.scan`."""
        from .noise import scan

        return scan(self, grid, **how)

    def coverage(self, grid: Volume, name: str = "head", rough: float = 1) -> np.ndarray:
        """Share of each voxel that a part takes up, 0 to 1, as a float32 array.

        Parameters
        ----------
        grid : Volume
        name : str, one of `names`, or "head" for all that is within its outline
        rough : float
            How many times fewer samples to take along each axis of a voxel.

        Raises
        ------
        ParameterError
            On a name that no part has.
        """
        grid = as_volume(grid, "grid")
        rough = real(rough, "rough is a number above 0", above=0)
        whole = isinstance(name, str) and name == "head"
        parts = [part for part in self.parts if whole and part.outline] + self._called(name)
        if not parts:
            message = f"no part is called {name!r}; there are head, {', '.join(self.names)}"
            raise ParameterError(message)
        return paint(parts, [1.0] * len(parts), 0.0, grid, self.psf_mm, rough=rough)

    def mask(self, grid: Volume, name: str = "head") -> Volume:
        """Voxels of which a part takes up more than half, as a Volume of bool."""
        return Volume(own(self.coverage(grid, name, rough=3) > 0.5), grid.affine)

    def volume_ml(self, name: str) -> float:
        """True volume of the parts of one name in millilitres, such as of the bleed."""
        found = self._called(name)
        if not found:
            message = f"no part is called {name!r}; there are {', '.join(self.names)}"
            raise ParameterError(message)
        return sum(part.ml for part in found)

    def _called(self, name: str) -> list[Part]:
        return [part for part in self.parts if isinstance(name, str) and part.name == name]

    def with_part(self, part: Part) -> Phantom:
        """The same phantom with one more part on top: a lesion, say."""
        return replace(self, parts=(*self.parts, part))


def _as_part(thing: Any) -> Part:
    if isinstance(thing, Part):
        return thing
    message = f"a phantom is made of ctkit.phantom.Part, not of {thing!r}"
    raise ParameterError(message)
