"""Mutants that are accepted, each with the reason why it is right as well."""

_SAME_SLICES = "twice the same slice, in the other order"
_SQUARED = "the difference is squared"
_SIZE_ALONE = "only the size of the difference counts"
_STRICT = "both have as many parts in all that the exercise allows"

#: (id, what was changed): the reason.
REASONS = {
    ("00.2", "sides: np.array(second) - first -> first - np.array(second)"): _SQUARED,
    ("00.3", "comparison: offset > 0 -> offset >= 0"): "no column lies in the very middle",
    (
        "02.1",
        "comparison: np.ptp(steps) > 0.05 -> np.ptp(steps) >= 0.05",
    ): "steps that differ by exactly 0.05 mm are no floats",
    ("03.1", "order: (:3, :3) -> (:3, :3)"): _SAME_SLICES,
    ("03.1", "one more: 3 -> 4"): "the last row of an affine is 0, 0, 0: no step is longest there",
    (
        "03.1",
        "comparison: step[axis] > 0 -> step[axis] >= 0",
    ): "the longest part of a step is not 0",
    (
        "03.2",
        "comparison: volume.affine[0, 2] > 0 -> volume.affine[0, 2] >= 0",
    ): "columns run to the left or to the right",
    ("05.3", "sides: grey[1] - grey[0] -> grey[0] - grey[1]"): _SIZE_ALONE,
    ("05.3", "sides: hu - (center - 0.5) -> center - 0.5 - hu"): _SIZE_ALONE,
    ("05.3", "sides: width - 1 -> 1 - width"): _SIZE_ALONE,
    ("06.1", "one less: 0 -> -1"): "a count of -1 is never the largest either",
    ("07.1", "sides: first.astype(float) - second -> second - first.astype(float)"): _SQUARED,
    ("08.2", "bool: True -> False"): _STRICT,
    ("08.3", "bool: True -> False"): _STRICT,
    ("09.3", "order: (1, 3) -> (3, 1)"): "the mean over two axes, in the other order",
    ("09.4", "one less: 0 -> -1"): "what is looked up outside is set to 0 afterwards",
    ("10.3", "sides: back - hu -> hu - back"): _SIZE_ALONE,
    (
        "10.4",
        "operator: hu.astype(np.int32) + 32768 -> hu.astype(np.int32) - 32768",
    ): "the two differ by 65536, once around in uint16",
    ("11.1", "order: (:3, :3) -> (:3, :3)"): _SAME_SLICES,
    ("12.3", "one more: 1 -> 2"): "to `reshape` any size below 0 is what is left",
    (
        "12.4",
        "sides: np.asarray(first, float) - second -> second - np.asarray(first, float)",
    ): _SQUARED,
    ("12.5", "order: (0, 0) -> (0, 0)"): "twice the same index, in the other order",
    ("12.5", "order: (1, 1) -> (1, 1)"): "twice the same index, in the other order",
    ("13.5", "one less: 0 -> -1"): "a count of -1 is never the largest either",
    ("13.6", "bool: True -> False"): _STRICT,
    ("13.7", "order: (:3, :3) -> (:3, :3)"): _SAME_SLICES,
    ("13.8", "bool: True -> False"): _STRICT,
    (
        "14.1",
        "order: ('ready', 'refused') -> ('refused', 'ready')",
    ): "twice the same two endings, in the other order",
    (
        "14.2",
        "order: (found[i], found[j]) -> (found[j], found[i])",
    ): "whichever number two joined groups have, they get new ones at the end",
    ("15.1", "order: (:3, :3) -> (:3, :3)"): _SAME_SLICES,
    ("15.4", "bool: True -> False"): _STRICT,
}
