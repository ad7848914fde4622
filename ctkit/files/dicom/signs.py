"""Whether stored values have a sign: what the headers, the streams and the values say of it.

PixelRepresentation is wrong in whole public sets of scans. Within BitsStored nothing overflows
then: two's complement read as unsigned has air far above bone, and looks like a scan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

from ...errors import LoadError
from ..judging import BELOW, judge_sign, stored_counts
from ..values import Rescale
from ..wording import counted
from .codestreams import read_codestream
from .headers import Frame, Header

_SAMPLE = 2**16  # stored values of a whole series that are enough to see air and bone
# Signed, BitsStored, slope and intercept.
_Kind = tuple[bool, int, float, float]


class Signs:
    """What is known of the sign of a series, gathered while its slices are read.

    Parameters
    ----------
    count : int
        How many slices there will be.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._each = max(_SAMPLE // count, 2**9)
        self._counts: dict[_Kind, np.ndarray] = {}
        self._samples: dict[tuple[_Kind, int], list[np.ndarray]] = {}
        self._slices: Counter[_Kind] = Counter()
        self._first: dict[_Kind, str] = {}
        self._corners: dict[_Kind, set[int]] = {}
        self._lowest: dict[_Kind, float] = {}
        self._contradicted = False

    def compare(self, header: Header, packed: bytes) -> None:
        """Note where a JPEG 2000 stream says another sign than the header."""
        said = read_codestream(packed)
        if said is not None and said.signed not in (None, header.signed):
            self._contradicted = True

    def add(
        self,
        stored: np.ndarray,
        frame: Frame,
        rescale: Rescale,
        lowest: float,
        air: np.ndarray | None,
    ) -> None:
        """Take in one slice: its stored values, its lowest HU, and where these are padding."""
        header, bits = frame.header, frame.header.bits[1]
        if stored.dtype.kind == "f" or bits > 16:
            return
        slope, intercept = frame.scaling(rescale)
        kind = header.signed, bits, slope, intercept
        self._slices[kind] += 1
        self._first.setdefault(kind, frame.name)
        self._lowest[kind] = min(lowest, self._lowest.get(kind, lowest))
        # What was signed by mistake has its bone below air: each voxel of it counts.
        step = 1 if header.signed and lowest < BELOW else stored.size // self._each
        step = max(step, 1) | 1
        part = stored.ravel()[::step]
        if air is not None:
            part = part[~air.ravel()[::step]]
        if step == 1:
            self._add_counts(kind, stored_counts(part, bits))
        else:
            self._samples.setdefault((kind, step), []).append(part.copy())
        first, last = stored[0], stored[-1]
        one = first[0] == first[-1] == last[0] == last[-1]
        corners = {int(first[0])} if one else set()
        self._corners[kind] = self._corners.get(kind, corners) & corners

    def check(self) -> None:
        """Refuse a sign that is likely to be wrong.

        Raises
        ------
        LoadError
            Where the values speak against the sign, or a stream does and the values don't tell. It
            names a slice.
        """
        if not self._contradicted and not any(map(self._may_be_wrong, self._slices)):
            return
        for (kind, step), parts in self._samples.items():
            self._add_counts(kind, step * stored_counts(np.concatenate(parts), kind[1]))
        usual, rare = self._judged()
        for kind in usual + rare:
            if doubt := self._doubt(kind, kind[0]):
                message = f"{self._where(kind)}: {doubt}"
                raise LoadError(message)
        # Where air and tissue show that the tag is right, the stream has no say.
        judged = usual or rare
        if self._contradicted and not all(self._doubt(kind, not kind[0]) for kind in judged):
            message = (
                f"{self._where(judged[0])}: its JPEG 2000 stream says another sign than "
                f"PixelRepresentation ({'signed' if judged[0][0] else 'unsigned'}), and the values "
                "don't tell which is right. Pass signed=True or signed=False"
            )
            raise LoadError(message)

    def _may_be_wrong(self, kind: _Kind) -> bool:
        """Whether there are values that the other reading would put elsewhere, and should.

        Mostly there are none, and the memory for counting is not taken.
        """
        if kind[0]:
            return self._lowest[kind] < BELOW
        half = 2 ** (kind[1] - 1)
        parts = [part for (k, _), found in self._samples.items() if k == kind for part in found]
        return kind in self._counts or any(part.max(initial=0) >= half for part in parts)

    def _add_counts(self, kind: _Kind, counts: np.ndarray) -> None:
        before = self._counts.get(kind)
        self._counts[kind] = counts if before is None else before + counts

    def _judged(self) -> tuple[list[_Kind], list[_Kind]]:
        """Kinds that many slices share, and those of the others.

        Where each slice has a rescale of its own, those of one sign and BitsStored are judged
        together, by the one in the middle.
        """
        usual = [kind for kind, n in self._slices.items() if n >= 0.1 * self._count]
        alone = [kind for kind in self._slices if kind not in usual]
        rare = [self._joined([k for k in alone if k[:2] == a]) for a in {k[:2] for k in alone}]
        return usual, rare

    def _joined(self, kinds: list[_Kind]) -> _Kind:
        """The middle one of kinds of one sign and BitsStored, with all that is known of them."""
        middle = sorted(kinds)[len(kinds) // 2]
        self._counts[middle] = np.sum([self._counts[kind] for kind in kinds], axis=0)
        self._slices[middle] = sum(self._slices[kind] for kind in kinds)
        self._corners[middle] = set.intersection(*(self._corners[kind] for kind in kinds))
        return middle

    def _where(self, kind: _Kind) -> str:
        """Which slices are of a kind."""
        count, name = self._slices[kind], self._first[kind]
        if count == self._count:
            return name
        return name if count == 1 else f"{name} and {counted(count - 1, 'slice')} more like it"

    def _doubt(self, kind: _Kind, signed: bool) -> str:
        _, _, slope, intercept = kind
        padding = self._padding(kind)
        corners = self._corners.get(kind, set())
        return judge_sign(self._counts[kind], signed, slope, intercept, padding, corners)

    def _padding(self, kind: _Kind) -> Collection[int]:
        """The value in all corners of all slices, where no matter has its HU."""
        _, _, slope, intercept = kind
        corners = self._corners.get(kind, set())
        return [value for value in corners if slope * value + intercept < BELOW]


def read_as(headers: list[Header], signed: bool | None) -> list[str]:
    """Set the sign on the user's word, and say so where the header says another one."""
    other = [header for header in headers if signed is not None and header.signed != signed]
    for header in other:
        header.signed = bool(signed)
    if not other:
        return []
    said = "unsigned" if signed else "signed"
    return [f"read as {'signed' if signed else 'unsigned'} on your word: the file says {said}"]
