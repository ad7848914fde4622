"""The errors of ctkit. Each message says what was met, where, and what to do."""


class CTError(ValueError):
    """Base of every error that ctkit raises on purpose."""


class GeometryError(CTError):
    """An affine, a spacing, a plane or a grid that can't be used."""


class LoadError(CTError):
    """A file or a series that can't be told truthfully as a Volume."""


class SaveError(CTError):
    """Something that can't be written as asked."""


class UnitError(CTError):
    """Values that are not what the function is for: a mask for HU, say."""


class ParameterError(CTError):
    """An argument outside the values that a function allows."""
