"""Are these Hounsfield units? Told from how the values are distributed.

Formats other than DICOM hold numbers with no word on their scale. In HU the lowest values of a
scan are air, at -1000; soft tissue lies around 40 and bone spreads out above it. A shift, a
normalisation, a picture or another modality puts the lowest peak, or the tissue, elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

_SAMPLE = 2**17
BELOW = -1100  # HU: below this is neither matter nor noise of air, but padding, or no HU
_AIR = (-1100, -900)
_METAL = 4500
_SHIFTED = np.arange(880, 1101, 10)  # where tissue may lie once 1000 or 1024 were added
_TISSUE = (-150, 500)
_PLACES = np.arange(-500, 1501, 10)  # where the usual value of what isn't air is looked for
_PEAKS = np.arange(-600, 151, 5)  # where narrow peaks are looked for
_USUAL = 0.2  # the share that soft tissue has of what isn't air, at least
_SEEN = 0.005
_LABELS = 256
_KNOWN_PADDING = (-1024, -1500, -2000, -2048, -3024, -3072, -32768)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What values are.

    Parameters
    ----------
    kind : {"HU", "mask", "labels", "other"}
        ``"mask"``: 0 and one other value; ``"labels"``: few whole numbers in constant regions.
    problem : str
        Why they can't be taken as HU, what was seen, and what to pass; "" where they can.
    notes : list of str
        What a report has to say of them.
    """

    kind: str
    problem: str = ""
    notes: list[str] = field(default_factory=list)


def judge(values: np.ndarray, says_hu: bool = False) -> Verdict:
    """Tell HU from masks, label maps and whatever else the voxels of a file may be.

    Parameters
    ----------
    values : (slice, row, column) array
        After the file's own rescale, if it has one; unsigned integers mean that it has none.
        NaN is left out. A large array is sampled.
    says_hu : bool
        Whether the file itself, or the user, says that these are HU. Then there is no problem.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> head = np.where(random.random((8, 32, 32)) < 0.5, -1000, 40) + random.integers(-9, 9, 32)
    >>> judge(head).kind
    'HU'
    >>> judge(head + 1024).problem
    'its soft tissue seems to lie at 1063, where HU have it around 40. Pass rescale=(1, -1024) if \
1024 was added, rescale=(1, 0) if these are HU after all'
    """
    sample = _sample(values)
    if not sample.size:
        problem = "" if says_hu else "none of its voxels is a number"
        return Verdict("HU" if says_hu else "other", problem)
    labels = None if says_hu else _labels(values, sample)
    if labels is not None:
        return labels
    problem, notes = _hu_problem(sample, values.dtype)
    if says_hu:
        return Verdict("HU", "", [f"{problem}: the file says HU"] if problem else notes)
    if not problem:
        return Verdict("HU", "", notes)
    return Verdict("other", f"{problem}. {_advice(sample)}")


def _sample(values: np.ndarray) -> np.ndarray:
    """Some 100,000 of the values, evenly from everywhere and sorted, NaN left out."""
    flat = values.reshape(-1) if values.flags.c_contiguous else values.ravel(order="K")
    # A step that shares no factor with a row, so that no column is taken again and again.
    step = max(flat.size // _SAMPLE, 1)
    while step > 1 and any(np.gcd(step, n) > 1 for n in values.shape if n > 1):
        step += 1
    # Before they are floats: 16 bits are sorted by radix, in a tenth of the time.
    some = np.sort(flat[::step], kind="stable" if flat.itemsize <= 2 else None)
    some = some.astype(np.float64)
    return some[np.isfinite(some)]


def _labels(values: np.ndarray, sample: np.ndarray) -> Verdict | None:
    """The verdict on a mask or a label map, None where it is neither."""
    found = _different(sample)
    whole = (found == np.rint(found)).all()
    if len(found) > _LABELS or not whole or found[0] < -1 or (found[0] > 0 and len(found) > 1):
        return None
    low, high = np.nanmin(values), np.nanmax(values)  # of all of them: a lesion may be one voxel
    if low == high:
        if low == 0:
            return Verdict("mask", "", ["every voxel is 0: taken as an empty mask"])
        full = low == 1 and values.dtype.kind == "u"
        return Verdict("mask", "", ["every voxel is 1: taken as a mask"]) if full else None
    if low < -1 or low > 0 or high > 2**15:
        return None
    if low == 0 and set(found) <= {0, high}:
        return _as_mask(values, high)
    dense = high <= 4 * len(found) + 8
    # Where voxels are few, each value has to have enough of them, and a thin label is looked at
    # from all sides: its regions may be one voxel thick along rows.
    few = sample.size <= 50_000
    if few and not dense and 20 * len(found) > sample.size:
        return None
    sides = [values, values.swapaxes(1, 2), values.swapaxes(0, 2)] if few else [values]
    if not any(_constancy(side, found) >= 0.5 for side in sides):
        return None
    words = (
        f"{len(found)} whole numbers from {low:g} to {high:g} in constant regions: labels, not HU"
    )
    return Verdict("labels", "", [words])


def _as_mask(values: np.ndarray, high: float) -> Verdict | None:
    """A mask, once the whole array is known to have two values."""
    # NaN differs from itself: it stands for nothing, as 0 does.
    if not all(((part == 0) | (part == high) | (part != part)).all() for part in values):
        return None
    return Verdict("mask", "", [f"0 and {high:g} alone: taken as a mask"])


def _constancy(values: np.ndarray, found: np.ndarray) -> float:
    """How often a voxel's neighbour in its row is the same, in the middle of all values."""
    step = max(values.shape[0] // 16, 1)
    some = values[::step] if values.shape[0] > 1 else values
    left, right = some[..., :-1].ravel(), some[..., 1:].ravel()
    if left.size > 2**21:
        left, right = left[: 2**21], right[: 2**21]
    places = np.searchsorted(found, left).clip(0, len(found) - 1)
    there = np.bincount(places, minlength=len(found))
    same = np.bincount(places, left == right, minlength=len(found))
    shares = same[there > 0] / there[there > 0]
    return float(np.median(shares)) if shares.size else 0.0


def _hu_problem(ordered: np.ndarray, kind: np.dtype) -> tuple[str, list[str]]:
    """What speaks against HU, of sorted values, and what a report has to say."""
    if kind.kind == "u":
        return f"its voxels are unsigned and have no rescale, from {ordered[0]:g} on", []
    if ordered[0] == ordered[-1]:
        told = f"every voxel is {ordered[0]:g}"
        wrong = not -1100 <= ordered[0] <= 3000
        return (f"{told}, which no matter has", []) if wrong else ("", [f"{told} HU"])
    if np.abs(ordered[[0, -1]]).max() <= 20 and (ordered != np.rint(ordered)).any():
        return f"its values are fractions from {ordered[0]:.3g} to {ordered[-1]:.3g}", []
    core = _without_padding(ordered)
    below, above = _share(core, -np.inf, BELOW), _share(core, _METAL, np.inf)
    # Sharp kernels and resampling overshoot a little beside air.
    if not core.size or below > 0.05 or _share(core, -np.inf, BELOW - 250) > 0.01:
        return f"{below:.1%} of its values lie below {BELOW}, where no matter is", []
    if above > 0.05:
        return f"{above:.0%} of its values lie above {_METAL}, where no matter is", []
    return _misplaced(core[np.searchsorted(core, BELOW) :])


def _misplaced(core: np.ndarray) -> tuple[str, list[str]]:
    """A lowest peak that isn't air at -1000, or tissue that isn't where it belongs."""
    place, share = _lowest_peak(core)
    if (tissue := _shifted_tissue(core)) is not None:
        return f"its soft tissue seems to lie at {tissue:.0f}, where HU have it around 40", []
    if _has_background(core):
        return "its lowest peak is noise around 0, and nothing lies at -1000, where HU have air", []
    air = _AIR[0] <= place <= _AIR[1]
    if share > 0.08 and not air and not _is_lung(core, place) and not _is_tissue(core, place):
        return f"its lowest peak lies at {place:.0f}, where HU have air at -1000", []
    body = core[np.searchsorted(core, -400) :]
    if body.size > 0.02 * core.size and _share(body, -250, 600) < 0.1:
        return f"only {_share(body, -250, 600):.0%} of what isn't air has the HU of tissue", []
    if (rest := _beside_filling(core)) is not None and _share(rest, -np.inf, -20) < 0.001:
        return f"its outside is filled with {core[0]:g}, and nothing else is below -20", []
    strange = _strange_peak(core)
    if air or _share(core, *_AIR) >= 0.005:
        return "", strange or _about_air(core)
    problem, notes = _without_air(core, share > 0.08)
    return problem, strange or notes


def _has_background(core: np.ndarray) -> bool:
    """Whether the lowest peak is noise centred at 0, as that of MR is, with a gap above it.

    Neither brain nor fat lies so; a crop of nothing but water and inserts would, if its mean
    were 0 to a fifteenth of its noise.
    """
    below = core[: np.searchsorted(core, 0)]
    if not 0.1 < below.size / core.size < 0.49:
        return False
    noise = float(np.sqrt(np.mean(below**2)))
    if noise > 50 or core[0] < -6 * noise:
        return False
    above = np.searchsorted(core, np.array([3.0, 4.0, 5.0]) * noise) - np.searchsorted(
        core, 0, "right"
    )
    middle = _share(core, 0.5 * noise, noise) / max(_share(core, -noise, -0.5 * noise), 1e-9)
    gap = above[2] - above[1] < 0.05 * above[0]
    matter = core.size - np.searchsorted(core, 5 * noise) > 0.02 * core.size
    return bool(abs(above[0] / below.size - 1) < 0.1 and 0.8 < middle < 1.25 and gap and matter)


def _beside_filling(core: np.ndarray) -> np.ndarray | None:
    """What isn't the one value that stands for air, None where there is real air or little else.

    Masked scans have such a value, and so have those of another scale whose outside somebody
    filled in; the former have fat and edges of partial volume left.
    """
    rest = core[np.searchsorted(core, core[0], "right") :]
    few = core[0] > _AIR[1] or rest.size > 0.98 * core.size or _share(rest, *_AIR) > 0.001
    return None if few or len(_different(rest)) < 300 else rest


def _about_air(core: np.ndarray) -> list[str]:
    air = core[: np.searchsorted(core, _AIR[1])]
    off = air.size > 0.05 * core.size and abs(np.median(air) + 1000) > 50
    notes = [f"its air lies at {np.median(air):.0f} HU, not at -1000"] if off else []
    return notes or _about_tissue(core[np.searchsorted(core, -500) :], core.size)


def _about_tissue(body: np.ndarray, size: int) -> list[str]:
    """A note where the usual value of what isn't air is no soft tissue's, or nothing is usual.

    It is no more than a note: wood, foam and lung alone are CT, too.
    """
    unsure = "that these are HU can't be told for sure"
    if body.size < _SEEN * size:
        return [f"hardly anything but air was seen: {unsure}"]
    ends = np.searchsorted(body, _PLACES + 60), np.searchsorted(body, _PLACES - 60)
    most = int((ends[0] - ends[1]).argmax())
    usual = body[ends[1][most] : ends[0][most]]
    if usual.size < _USUAL * body.size:
        return [f"no soft tissue was seen: {unsure}"]
    if not _TISSUE[0] <= (place := _quantile(usual, 0.5)) <= _TISSUE[1]:
        return [f"its soft tissue seems to lie at {place:.0f}, not around 40: {unsure}"]
    return []


def _strange_peak(core: np.ndarray) -> list[str]:
    """A note on a narrow peak where no matter has one: below fat, or between fat and water.

    Fat and soft tissue make narrow peaks, at -100 and around 40. Lung is spread widely, and what
    lies between these is voxels that hold some of both.
    """
    body = core[np.searchsorted(core, -600) : np.searchsorted(core, 3000)]
    if body.size < max(2000, 0.05 * core.size):
        return []
    counts = np.diff(np.searchsorted(body, [_PEAKS - 25, _PEAKS + 25]), axis=0)[0]
    beside = np.maximum(np.roll(counts, 10), np.roll(counts, -10))  # 50 HU below and above
    near = np.max([np.roll(counts, k) for k in range(-6, 7)], axis=0)
    peaks = (counts > 0.1 * body.size) & (counts > beside) & (counts == near)
    below_fat = (_PEAKS >= -480) & (_PEAKS <= -140)
    beside_water = (_PEAKS >= -60) & (_PEAKS <= -25) & (counts > 0.3 * body.size)
    wrong = np.flatnonzero(peaks & (below_fat | beside_water & (counts > 1.6 * beside)))
    if not wrong.size:
        return []
    place = _PEAKS[wrong[np.argmax(counts[wrong])]]
    return [
        f"many of its values lie closely around {place}, where no matter has its HU (fat has it "
        "around -100, soft tissue around 40): that these are HU can't be told for sure"
    ]


def _without_air(core: np.ndarray, peak: bool) -> tuple[str, list[str]]:
    """What a crop with no air in it has to show; `peak`: its lowest values are tissue."""
    low, middle = _quantile(core, 0.01), _quantile(core, 0.5)
    negative = _share(core, -np.inf, -20) > 0.001
    tissue = -700 <= middle <= (900 if negative else 250) and _share(core, -700, 600) >= 0.25
    lung = _is_lung(core, middle) or min(_share(core, -960, -700), _share(core, -150, 300)) > 0.1
    if not (tissue or lung) or not (negative or peak or middle - low < 100):
        return f"nothing lies near -1000, and the middle value is {middle:.0f}", []
    return "", ["no air was seen near -1000: that these are HU can't be told for sure"]


def _is_lung(core: np.ndarray, place: float) -> bool:
    """Whether a lowest peak is that of lung, which is spread wider than air is."""
    dark = core[: np.searchsorted(core, -500)]
    return -920 <= place <= -700 and dark.size > 0 and _spread(dark) > 25


def _is_tissue(core: np.ndarray, place: float) -> bool:
    """Whether a lowest peak is that of soft tissue, with noise, and no background at 0."""
    spread = _spread(core[: np.searchsorted(core, place + 60)])
    dense = core[np.searchsorted(core, 500) :]
    bone = dense.size < 0.05 * core.size or _share(dense, 860, 1160) < 0.6
    background = core[0] >= 0 and place - core[0] < 2 * spread
    return -150 <= place <= 150 and spread >= 5 and bone and not background


def _spread(ordered: np.ndarray) -> float:
    """The distance between the quartiles."""
    return _quantile(ordered, 0.75) - _quantile(ordered, 0.25)


def _lowest_peak(core: np.ndarray) -> tuple[float, float]:
    """Where the lowest values stand and what share of all they are.

    A background of air is a peak at the low end; the low end of tissue alone is a tail.
    """
    low, high = _quantile(core, 0.005), _quantile(core, 0.99)
    end = low + max(0.05 * (high - low), 1e-6)
    inside = core[: np.searchsorted(core, end, "right")]
    return _quantile(inside, 0.5), inside.size / core.size


def _shifted_tissue(core: np.ndarray) -> float | None:
    """The place of a narrow peak where tissue lies once 1000 or 1024 were added, or None.

    In HU that is bone, which spreads out widely and thins out upwards.
    """
    dense = core[np.searchsorted(core, 500) :]
    clipped = dense.size - np.searchsorted(dense, core[-1])
    dense = dense[: dense.size - clipped] if clipped > 20 else dense
    if dense.size < 0.02 * core.size:
        return None
    counts = np.searchsorted(dense, _SHIFTED + 60) - np.searchsorted(dense, _SHIFTED - 60)
    if counts.max() <= 0.45 * dense.size and _share(dense, 880, 1150) <= 0.55:
        return None
    place = _SHIFTED[counts.argmax()]
    ends = np.searchsorted(dense, (place - 60, place + 60))
    return float(np.median(dense[ends[0] : ends[1]]))


def _without_padding(ordered: np.ndarray) -> np.ndarray:
    """Sorted values without up to three constants below all matter."""
    for _ in range(3):
        value = ordered[0] if ordered.size else 0
        count = int(np.searchsorted(ordered, value, "right"))
        near = int(np.searchsorted(ordered, value + 40)) - count
        if value >= BELOW or not stands_apart(count, near):
            break
        ordered = ordered[count:]
    return ordered


def stands_apart(count: int, near: int) -> bool:
    """Whether a lowest value is one alone, as padding is, and not the end of a noisy peak.

    Parameters
    ----------
    count : int
        How often it occurs.
    near : int
        How many values lie up to 40 above it.
    """
    return count >= 20 and near <= 0.2 * count


def _different(ordered: np.ndarray) -> np.ndarray:
    """Each of some sorted values once."""
    return ordered[np.diff(ordered, prepend=-np.inf) > 0]


def _quantile(ordered: np.ndarray, share: float) -> float:
    """The value below which a share of sorted values lies."""
    return float(ordered[round(share * (ordered.size - 1))])


def _share(ordered: np.ndarray, low: float, high: float) -> float:
    """The share of sorted values from `low` up to `high`."""
    ends = np.searchsorted(ordered, (low, high))
    return float(ends[1] - ends[0]) / max(ordered.size, 1)


def _advice(ordered: np.ndarray) -> str:
    """Which rescale to pass."""
    core = _without_padding(ordered)
    place, share = _lowest_peak(core if core.size else ordered)
    after = "rescale=(1, 0) if these are HU after all"
    known = [1024, 1000, 32768, 2048, 8192, -1024, -1000]
    wide = ordered[-1] - ordered[0] > 300
    shifts = [s for s in known if wide and share > 0.08 and abs(place - s + 1000) <= 60]
    if core.size and _shifted_tissue(core) is not None:
        shifts = [1024, *shifts]
    # Only what would make HU of them is worth trying.
    shift = next((s for s in shifts if _would_be_hu(ordered, s)), None)
    if shift is not None:
        what = f"{shift} was added" if shift > 0 else f"{-shift} was taken away"
        return f"Pass rescale=(1, {-shift}) if {what}, {after}"
    return f"Pass rescale=(slope, intercept) if you know them, {after}"


def _would_be_hu(ordered: np.ndarray, shift: float) -> bool:
    """Whether sorted values less a shift are HU, with tissue where it belongs.

    What was shifted to be above 0 has nothing below; there, tissue may be fat or lung alone.
    """
    shifted = ordered - shift
    if _hu_problem(shifted, shifted.dtype)[0]:
        return False
    body = shifted[np.searchsorted(shifted, -500) :]
    return bool(ordered[0] >= 0) or not _about_tissue(body, shifted.size)


def stored_counts(stored: np.ndarray, bits_stored: int) -> np.ndarray:
    """How often each pattern of BitsStored bits occurs: add up those of a series.

    Parameters
    ----------
    stored : array of whole numbers, of either sign
    bits_stored : int
        BitsStored (0028,0101), from 1 to 16.

    Returns
    -------
    (2**bits_stored,) ndarray; pattern ``n`` is the value n if unsigned
    """
    size = 1 << bits_stored
    patterns = np.asarray(stored).ravel().astype(np.intp) & (size - 1)
    return np.bincount(patterns, minlength=size)


def judge_sign(
    counts: np.ndarray,
    signed: bool,
    slope: float = 1.0,
    intercept: float = 0.0,
    padding: Collection[int] = (),
    corners: Collection[int] = (),
) -> str:
    """Whether PixelRepresentation is likely to say the wrong thing, by the whole series.

    Parameters
    ----------
    counts : (2**BitsStored,) array, the sum of `stored_counts`
    signed : bool
        What the header says.
    slope, intercept : float
        Of its rescale.
    padding : collection of int
        Stored values that are padding, as they read by the header: declared ones, and those
        that stand in the corners of all slices.
    corners : collection of int
        Stored values that stand in the corners of all slices, whatever they are.

    Returns
    -------
    str
        What was seen and what accepts it, "" where nothing speaks against the header.

    Notes
    -----
    Both readings are made; the header's is doubted where it has voxels that the other one puts
    to their place, and not the other way round. Two's complement read as unsigned has its air
    far above bone; unsigned read as signed has its brightest bone below air.

    Examples
    --------
    >>> stored = np.repeat([-1000, 35, 1200], (500, 400, 100))
    >>> judge_sign(stored_counts(stored, 12), signed=True)
    ''
    >>> judge_sign(stored_counts(stored, 12), signed=False)[:62]
    'its values look signed, and PixelRepresentation says unsigned:'
    """
    counts = np.array(counts, np.int64)
    size = counts.size
    counts[[int(value) % size for value in padding]] = 0
    patterns = np.arange(size)
    above = patterns - size * (patterns >= size // 2)  # read as signed
    header, other = (above, patterns) if signed else (patterns, above)
    hu, hu_other = (slope * values + intercept for values in (header, other))
    moved = counts * (patterns >= size // 2)
    if not moved.any() or slope <= 0:
        return ""
    if signed:
        return _unsigned_after_all(counts, moved, hu, hu_other, header)
    padded = any(int(value) - size in _KNOWN_PADDING for value in corners)
    return _signed_after_all(counts, moved, hu, hu_other, padded)


def _inside(counts: np.ndarray, hu: np.ndarray, low: float, high: float) -> int:
    """How many voxels have HU from `low` to `high`."""
    return int(counts[(hu >= low) & (hu <= high)].sum())


def _signed_after_all(
    counts: np.ndarray, moved: np.ndarray, hu: np.ndarray, other: np.ndarray, padded: bool
) -> str:
    """Air that is read as what lies far above bone."""
    total = counts.sum()
    low = moved * (other < BELOW)
    # Padding that nobody declared is one value.
    stray = low.sum() - low.max()
    padded = padded or _is_padding_alone(moved, total)
    if (moved * (hu > 900)).sum() < 0.9 * moved.sum() or (stray > 0.1 * moved.sum()):
        return ""
    no_air = _inside(counts, hu, *_AIR) <= 0.002 * total
    air = no_air and _inside(counts, other, *_AIR) > 0.002 * total
    if not (air or padded or _wraps(counts)):
        return ""
    return _doubt("signed", "unsigned", _most(moved, hu), _most(moved, other))


def _is_padding_alone(moved: np.ndarray, total: int) -> bool:
    """Whether one usual value of padding is all that the other reading moves."""
    value = int(moved.argmax()) - moved.size
    return value in _KNOWN_PADDING and moved.max() == moved.sum() > 0.05 * total


def _wraps(counts: np.ndarray) -> bool:
    """Whether noise or fat reaches from both sides to where unsigned patterns wrap, at 0.

    What is clipped at the largest value is one pattern, and left out.
    """
    reach = max(counts.size // 64, 8)
    last, middle = counts[-reach:], counts.size // 2
    seam = min(counts[middle - reach : middle].sum(), counts[middle : middle + reach].sum())
    ends = min(last.sum() - last.max(), counts[:reach].sum())
    return bool(ends > max(4, 0.002 * counts.sum(), 4 * seam))


def _unsigned_after_all(
    counts: np.ndarray, moved: np.ndarray, hu: np.ndarray, other: np.ndarray, stored: np.ndarray
) -> str:
    """Bone or metal that is read as what lies below air."""
    low = moved * (hu < BELOW)
    if np.count_nonzero(low) == 1 and int(stored[low.argmax()]) in (*_KNOWN_PADDING, stored.min()):
        return ""
    # An overshoot below the lowest value of air stays close to 0; what wrapped is anywhere.
    deep = low * (stored < -counts.size // 8)
    air, air_other = _inside(counts, hu, *_AIR), _inside(counts, other, *_AIR)
    wrong = _inside(moved, other, -np.inf, -200) + _inside(moved, other, 20_000, np.inf)
    if deep.sum() < 3 or air_other < 0.9 * air or wrong > 0.1 * moved.sum():
        return ""
    return _doubt("unsigned", "signed", _most(low, hu), _most(low, other))


def _most(counts: np.ndarray, hu: np.ndarray) -> float:
    """The HU in the middle of some voxels."""
    order = np.argsort(hu, kind="stable")
    total = np.cumsum(counts[order])
    return float(hu[order][np.searchsorted(total, total[-1] / 2)])


def _doubt(found: str, said: str, here: float, there: float) -> str:
    return (
        f"its values look {found}, and PixelRepresentation says {said}: what is read as "
        f"{here:.0f} HU would be {there:.0f} HU. Pass signed={found == 'signed'} to read them so, "
        f"or signed={found != 'signed'} to keep to what the tag says"
    )
