"""What is measured on the picture: a ruler, and a region."""

from __future__ import annotations

import traitlets

from ...volume import Volume
from .. import measuring
from .part import Part


class Marks(Part):
    """``ruler`` with its mm and ``roi`` with its statistics: dicts, or None.

    What Python sets is measured here; what the browser draws has been measured there. Their ends
    are (slice, row, column) of the volume, fractions too; where there is a second volume, a region
    has the statistics of it and of the difference as well.
    """

    ruler = traitlets.Dict(None, allow_none=True).tag(sync=True)
    roi = traitlets.Dict(None, allow_none=True).tag(sync=True)

    @traitlets.validate("roi")
    def _valid_roi(self, proposal: dict) -> dict | None:
        region = proposal["value"]
        if region is None or self._from_browser:
            return region
        convention = getattr(self, "convention", "radiological")
        after: Volume | None = getattr(self, "after", None)
        return measuring.measure_region(self.volume, region, convention, after)

    @traitlets.validate("ruler")
    def _valid_ruler(self, proposal: dict) -> dict | None:
        ruler = proposal["value"]
        if ruler is None or self._from_browser:
            return ruler
        return measuring.measure_length(self.volume, ruler)

    def measure_again(self) -> None:
        """Measure the region anew: the second volume is another one."""
        if self._settled and self.roi:
            self.roi = dict(self.roi)
