"""Whatever stands where an argument belongs: it is taken rightly, or refused in a sentence."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import ctkit
from ctkit import CTError, UnitError, Volume, phantom, room
from ctkit.geometry import slice_normal, slice_positions
from ctkit.operations import cropping, denoising, kernels
from ctkit.phantom import noise

RNG = np.random.default_rng(3)


def small_head():
    """A brain of 30 HU in a skull of 1000 HU, with noise, on voxels of 3 x 1 x 1.1 mm."""
    _, y, x = np.meshgrid(*map(np.arange, (3, 64, 60)), indexing="ij")
    radius = np.hypot(y - 31.5, 1.1 * (x - 29.5))
    hu = np.select([radius < 20, radius < 26], [30, 1000], -1000) + RNG.normal(0, 5, x.shape)
    return Volume.from_spacing(np.rint(hu).astype(np.int16), (3, 1, 1.1), (5, -8, 30))


HU = small_head()
MASK = HU.with_array(HU.array > -500)
FLAT = HU.with_array((HU.array > 0) & (HU.array < 60))
GRID = phantom.make_grid((2, 14, 12), (9, 14, 15))
BALL = phantom.Phantom((phantom.Part("ball", 40, (1, 2, 3), (70, 80, 60), outline=True),), 2.0)
AWAY = Volume(HU.array, np.diag([2.0, 3.0, 4.0, 1.0]))

#: Name: a function, and arguments that are right.
CALLS = {
    "bounding_box": (ctkit.bounding_box, {"mask": MASK}),
    "crop": (ctkit.crop, {"volume": HU, "mask": MASK, "margin_mm": 2}),
    "crop_box": (ctkit.crop_box, {"volume": HU, "start": (0, 21, 22), "stop": (2, 39, 38)}),
    "pad": (ctkit.pad, {"volume": HU, "shape": (70, 66)}),
    "pad, like": (ctkit.pad, {"volume": HU, "like": HU}),
    "center": (ctkit.center, {"volume": HU, "mask": MASK, "shape": (3, 70, 66)}),
    "reframe": (cropping.reframe, {"volume": HU, "start": (-1, 30, 22), "shape": (4, 9, 9)}),
    "head_mask": (
        ctkit.head_mask,
        {"volume": HU, "threshold_hu": -400, "opening_mm": 3, "keep_mm": 9, "keep_ml": 2,
         "holder_mm": 60},
    ),
    "keep_head": (ctkit.keep_head, {"volume": HU, "mask": MASK}),
    "keep_head, parameters": (ctkit.keep_head, {"volume": HU, "opening_mm": 3}),
    "noise_sd": (ctkit.noise_sd, {"volume": HU, "region": FLAT}),
    "cnr": (ctkit.cnr, {"volume": HU, "first": FLAT, "second": MASK}),
    "edge_width": (ctkit.edge_width, {"volume": HU, "level": 400}),
    "volume_ml, mask": (ctkit.volume_ml, {"mask": MASK}),
    "psnr": (ctkit.psnr, {"volume": HU, "truth": HU, "data_range": 80}),
    "ssim": (ctkit.ssim, {"volume": HU, "truth": HU, "data_range": 80}),
    "denoise": (ctkit.denoise, {"volume": HU, "method": "gaussian", "sigma_mm": 1}),
    "median": (ctkit.denoise, {"volume": HU, "radius_mm": 1}),
    "bilateral": (
        ctkit.denoise,
        {"volume": HU, "method": "bilateral", "sigma_mm": 1, "sigma_hu": 9},
    ),
    "tv": (ctkit.denoise, {"volume": HU, "method": "tv", "weight_hu": 9}),
    "nlm": (
        ctkit.denoise,
        {"volume": HU, "method": "nlm", "strength_hu": 9, "patch_mm": 3, "search_mm": 3},
    ),
    "compare_filters": (
        ctkit.compare_filters,
        {"volume": HU, "truth": HU, "region": FLAT, "filters": {"gaussian": {}}, "slices": 2,
         "data_range": 80},
    ),
    "compare_filters, strengths": (
        ctkit.compare_filters, {"volume": HU, "strengths": (1, 2), "slices": 1},
    ),
    "resample": (ctkit.resample, {"volume": HU, "spacing": 3, "kernel": "linear"}),
    "resample, shape": (ctkit.resample, {"volume": HU, "shape": (3, 9, 8), "antialias": False}),
    "resample, like": (ctkit.resample, {"volume": HU, "like": HU}),
    "regularize": (ctkit.regularize, {"volume": HU, "kernel": "cubic"}),
    "slab": (ctkit.slab, {"volume": HU, "mm": 7, "projection": "mean", "plane": "coronal"}),
    "axis_weights": (
        ctkit.axis_weights,
        {"size": 9, "new_size": 5, "step": 2, "start": 0.5, "kernel": "area", "antialias": True},
    ),
    "filtered": (denoising.filtered, {"volume": HU, "method": "median"}),
    "averages": (kernels.averages, {"kernel": "cubic", "antialias": True}),
    "make_grid": (
        phantom.make_grid,
        {"shape": (2, 3, 4), "spacing": (5, 2, 3), "center": (1, 2, 3), "tilt_deg": 12},
    ),
    "head_phantom": (
        phantom.head_phantom,
        {"headrest_gap_mm": 1, "table": True, "lesions": False, "psf_mm": 1},
    ),
    "Part": (
        phantom.Part,
        {"name": "ball", "hu": 40, "center": (1, 2, 3), "axes": (4, 5, np.inf), "turn": 5,
         "within": ((0, 0, 1), 2)},
    ),
    "Phantom": (phantom.Phantom, {"parts": BALL.parts, "psf_mm": 1}),
    "with_part": (BALL.with_part, {"part": BALL.parts[0]}),
    "render": (BALL.render, {"grid": GRID, "voxel": (1, 2, 3)}),
    "coverage": (BALL.coverage, {"grid": GRID, "name": "ball", "rough": 2}),
    "mask": (BALL.mask, {"grid": GRID, "name": "head"}),
    "volume_ml": (BALL.volume_ml, {"name": "ball"}),
    "scan": (
        noise.scan,
        {"phantom": BALL, "grid": GRID, "noise_hu": 9, "kernel": "bone", "padding": -2000,
         "angles": 20, "seed": 4, "hardening": True},
    ),
    "project": (phantom.project, {"picture": np.eye(9), "angles": [0, 20, 90]}),
    "back_project": (
        phantom.back_project,
        {"projections": np.ones((9, 3)), "angles": [0, 60, 120], "kernel": "hann"},
    ),
    "water_and_bone": (phantom.water_and_bone, {"hu": [-1000, 30, 900]}),
    "hardened": (phantom.hardened, {"water_mm": [0, 90], "bone_mm": [3, 9]}),
    "water_corrected": (phantom.water_corrected, {"integrals": [0.1, 3.0]}),
    "noise_of": (
        noise.noise_of,
        {"truth": BALL.render(GRID), "photons": 1e4, "kernel": "soft", "angles": 20, "seed": 4},
    ),
    "to_hu": (ctkit.to_hu, {"stored": HU.array, "slope": 2, "intercept": 9, "padding": (1, 3)}),
    "to_array": (ctkit.to_array, {"volume": HU, "window": "brain", "dtype": "float32"}),
    "from_array": (ctkit.from_array, {"array": HU.array, "like": HU, "window": "brain"}),
    "apply_window": (
        ctkit.apply_window,
        {"hu": HU.array, "center": 40, "width": 80, "function": "LINEAR", "dtype": np.uint8},
    ),
    "from_spacing": (
        Volume.from_spacing,
        {"array": HU.array, "spacing": (3, 1, 2), "origin": (1, 2, 3)},
    ),
    "Volume": (Volume, {"array": HU.array, "affine": np.diag([2.0, 3.0, 4.0, 1.0])}),
    "with_array": (HU.with_array, {"array": HU.array}),
    "plane": (HU.plane, {"plane": "axial", "index": 1, "convention": "neurological"}),
    "position": (HU.position, {"plane": "coronal", "index": 2}),
    "to_world": (HU.to_world, {"index": (1, 2, 3)}),
    "to_index": (HU.to_index, {"point": (1, 2, 3)}),
    "reorient": (HU.reorient, {"letters": "RAI"}),
}  # fmt: skip

ANYTHING = {
    "HU": HU,
    "HU elsewhere": AWAY,
    "a mask": MASK,
    "a mask elsewhere": Volume(MASK.array, AWAY.affine),
    "an array of HU": HU.array,
    "an array of bool": MASK.array,
    "another array of bool": MASK.array[1:],
    "None": None,
    "a path": Path("head.nii.gz"),
    "a text": "head.nii.gz",
    "a text that looks like a number": "3",
    "an empty text": "",
    "an int": 2,
    "0": 0,
    "below 0": -1,
    "far below 0": -(10**6),
    "NumPy's int": np.int64(3),
    "NumPy's float": np.float32(1.5),
    "NumPy's array of none": np.array(2.0),
    "a huge int": 10**400,
    "NaN": np.nan,
    "infinite": np.inf,
    "complex": 1 + 2j,
    "a bool": True,
    "NumPy's bool": np.False_,
    "two": (40, 80),
    "three": np.array([2, 3, 4]),
    "three with NaN": (1.0, np.nan, 2.0),
    "three texts": ("a", "b", "c"),
    "a ragged list": [[1, 2], [3]],
    "nothing": [],
    "a dict": {"gaussian": 1},
    "a set": {1, 2, 3},
    "an object": object(),
    "a class": int,
    "a function": len,
}


@pytest.mark.parametrize("name", CALLS)
def test_the_calls_are_right(name):
    function, arguments = CALLS[name]
    function(**arguments)


@pytest.mark.parametrize(
    ("name", "argument"), [(name, argument) for name in CALLS for argument in CALLS[name][1]]
)
def test_anything_is_taken_rightly_or_refused_in_a_sentence(name, argument):
    function, arguments = CALLS[name]
    wrong = {}
    for kind, value in ANYTHING.items():
        try:
            function(**arguments | {argument: value})
        except CTError as error:
            if len(str(error)) < 20:
                wrong[kind] = str(error)
        except Exception as error:
            wrong[kind] = f"{type(error).__name__}: {error}"
    assert wrong == {}


def arguments_that(*names):
    """(call, argument) of these names, in all calls that have them."""
    return [(call, name) for call in CALLS for name in CALLS[call][1] if name in names]


@pytest.mark.parametrize(("name", "argument"), arguments_that("mask", "region", "first", "second"))
class TestWhereAMaskBelongs:
    @pytest.mark.parametrize("given", [HU, HU.array], ids=["HU", "array"])
    def test_hu_are_refused(self, name, argument, given):
        function, arguments = CALLS[name]
        with pytest.raises(UnitError, match=f"{argument} is a Volume of bool, and this"):
            function(**arguments | {argument: given})

    def test_an_array_of_bool_of_its_shape_is_the_mask(self, name, argument):
        function, arguments = CALLS[name]
        if name in ("bounding_box", "volume_ml, mask"):
            pytest.skip("there is no volume whose grid it could lie on")
        result = function(**arguments | {argument: arguments[argument].array})
        expected = function(**arguments)
        if isinstance(expected, Volume):
            np.testing.assert_array_equal(result.array, expected.array)
            np.testing.assert_array_equal(result.affine, expected.affine)
        else:
            assert result == expected


TAKES_MASKS = ("crop", "crop_box", "pad", "center", "reframe", "resample", "regularize", "to_array")


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name, argument in arguments_that("volume", "truth")
        if name.partition(",")[0] not in TAKES_MASKS
    ],
)
def test_a_mask_where_hu_belong_is_refused(name, argument):
    function, arguments = CALLS[name]
    with pytest.raises(UnitError, match=f"{argument} is a Volume of HU, and this is a mask"):
        function(**arguments | {argument: MASK})


@pytest.mark.parametrize("name", ["crop", "pad", "center", "keep_head", "resample, shape"])
def test_numpys_numbers_are_numbers(name):
    def as_numpy(value):
        if isinstance(value, tuple):
            return np.array(value)
        return np.float32(value) if isinstance(value, int) else value

    function, arguments = CALLS[name]
    turned = {key: as_numpy(value) for key, value in arguments.items() if key != "antialias"}
    arguments = {key: value for key, value in arguments.items() if key != "antialias"}
    np.testing.assert_array_equal(function(**turned).array, function(**arguments).array)


# ---- NaN and infinities

#: What copies voxels, or leaves these out: so that it takes them.
COPIES = (
    "crop", "crop_box", "pad", "pad, like", "center", "reframe", "keep_head", "noise_sd", "cnr",
    "to_hu", "from_spacing", "Volume", "with_array",
)  # fmt: skip
CALLS_OF_HU = [
    (name, argument) for name, argument in arguments_that("volume", "truth", "array", "stored")
]


def with_holes(thing, value, count=3):
    """Voxels in the middle that are no number, in an array or a Volume of float32."""
    array = np.asarray(thing, np.float32).copy()
    first = array.shape[2] // 2 - 2
    array[1, array.shape[1] // 2, first : first + count] = value
    return thing.with_array(array) if isinstance(thing, Volume) else array


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("name", "argument"), CALLS_OF_HU)
def test_what_is_no_number_is_copied_left_out_or_refused_with_how_many(name, argument, value):
    function, arguments = CALLS[name]
    given = arguments | {argument: with_holes(arguments[argument], value)}
    if name in COPIES:
        result = function(**given)
        array = result if np.isscalar(result) else np.asarray(result)
        assert np.count_nonzero(~np.isfinite(array)) == (0 if np.isscalar(result) else 3)
        return
    with pytest.raises(UnitError, match=rf"{argument} holds 3 of [\d,]+ values that are NaN"):
        function(**given)


def test_a_region_is_measured_without_them():
    holes = with_holes(HU, np.nan)
    rest = FLAT.with_array(FLAT.array & np.isfinite(holes.array))
    assert ctkit.noise_sd(holes, FLAT) == ctkit.noise_sd(HU, rest)
    assert ctkit.cnr(holes, FLAT, MASK) == pytest.approx(
        ctkit.cnr(HU, rest, MASK.with_array(MASK.array & np.isfinite(holes.array)))
    )
    with pytest.raises(ctkit.ParameterError, match="0 voxels with a number"):
        ctkit.noise_sd(HU.with_array(np.full(HU.shape, np.nan)), FLAT)


def test_nearest_copies_them_and_other_kernels_refuse():
    holes = with_holes(HU, np.nan)
    turned = np.array(HU.affine)
    turned[:3, 0] += turned[:3, 1] * 0.3
    for like in (HU, Volume(HU.array, turned)):
        kept = ctkit.resample(holes, like=like, kernel="nearest").array
        assert np.count_nonzero(np.isnan(kept)) == 3
    straight = ctkit.regularize(Volume(holes.array, turned), "nearest").array
    assert np.count_nonzero(np.isnan(straight)) == 3


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_networks_array_with_them_is_refused(value):
    array = HU.array[None].astype(np.float64)
    array[0, 1, 30, 25:28] = value
    for window in (None, "brain"):
        with pytest.raises(UnitError, match=r"array holds 3 of [\d,]+ values that are NaN"):
            ctkit.from_array(array, HU, window)
    with pytest.raises(UnitError, match=r"volume holds 3 of [\d,]+ values that are NaN"):
        ctkit.to_array(with_holes(HU, np.nan), "brain")
    assert np.isfinite(ctkit.to_array(HU, "brain")).all()


#: What takes an array, whatever kind of numbers that holds.
TAKES = {
    "Volume": lambda array: Volume(array, HU.affine),
    "from_spacing": lambda array: Volume.from_spacing(array, HU.spacing),
    "with_array": HU.with_array,
    "from_array": lambda array: ctkit.from_array(array, HU),
    "to_hu": lambda array: ctkit.to_hu(array, 1, 0),
    "apply_window": lambda array: ctkit.apply_window(array, 40, 80),
    "padding": lambda array: ctkit.to_hu(HU.array, 1, 0, padding=array.ravel()[:2]),
    "mask": lambda array: ctkit.crop(HU, array > 0 if np.ma.isMaskedArray(array) else array),
    "affine": lambda array: Volume(HU.array, array[0, :4, :4]),
    "points": lambda array: HU.to_world(array[0, :5, :3]),
    "spacing": lambda array: Volume.from_spacing(HU.array, array[0, 0, :3]),
    "orientation": lambda array: slice_normal(array[0, 0, :6]),
    "positions": lambda array: slice_positions(array[0, :5, :3], (1, 0, 0, 0, 1, 0)),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", TAKES)
def test_neither_complex_numbers_nor_texts_nor_hidden_values_are_numbers(name):
    plain = HU.array.astype(float)
    masked = np.ma.masked_array(plain, mask=np.indices(HU.shape)[2] % 2 == 0, fill_value=-1000)
    for array in (plain * 1j, plain.astype(np.complex64), plain.astype("U5"), masked):
        with pytest.raises(ctkit.CTError):
            TAKES[name](array)


def test_a_masked_array_that_hides_nothing_is_one_of_numbers():
    array = np.ma.masked_array(HU.array, mask=False)
    assert (Volume(array, HU.affine).array == HU.array).all()
    with pytest.raises(UnitError, match=r"hides 2 of its 11,520 values: fill them first"):
        ctkit.from_array(np.ma.masked_greater_equal(HU.array, np.sort(HU.array.ravel())[-2]), HU)


def test_an_array_of_bool_is_a_mask_and_has_no_window():
    assert ctkit.from_array(MASK.array[None], HU).is_mask
    with pytest.raises(UnitError, match=r"array holds real numbers.*not bool"):
        ctkit.from_array(MASK.array, HU, "brain")


def test_a_histogram_counts_what_is_a_number():
    facts = ctkit.show_histogram(with_holes(HU, np.nan)).facts
    assert f"of {HU.array.size - 3:,} voxels" in facts
    assert "nan" not in facts


# ---- a grid larger than any scan

HUGE = (10**5, 10**5, 10**5)
LEANING = Volume(HU.array, [[0, 0, 1.1, 0], [0.99e6, 1, 0, 0], [3, 0, 0, 0], [0, 0, 0, 1]])
#: Name: what would make it, and the shape that it would have, as the error says it.
TOO_LARGE = {
    "resample": (lambda: ctkit.resample(HU, 1e-9), "9,000,000,000 x 64,000,000,000 x 66,000"),
    "resample, tiny": (lambda: ctkit.resample(HU, 1e-300), "1e+18 x 1e+18 x 1e+18"),
    "resample, least": (lambda: ctkit.resample(HU, 5e-324), "1e+18 x 1e+18 x 1e+18"),
    "resample, one axis": (lambda: ctkit.resample(HU, shape=(10**6, 9, 9)), "1,000,000 x 9 x 9"),
    "resample, mask": (lambda: ctkit.resample(MASK, 1e-3, kernel="nearest"), "9,000 x 64,000"),
    "resample, shape": (lambda: ctkit.resample(HU, shape=HUGE), "100,000 x 100,000 x 100,000"),
    "resample, slices last": (lambda: ctkit.resample(HU, shape=(1, *HUGE[1:])), "100,000 voxels"),
    "pad": (lambda: ctkit.pad(HU, HUGE), "100,000 x 100,000 x 100,000"),
    "pad, rows": (lambda: ctkit.pad(HU, HUGE[:2]), "3 x 100,000 x 100,000"),
    "center": (lambda: ctkit.center(HU, MASK, (10**6,) * 3), "1,000,000 x 1,000,000 x 1,000,000"),
    "reframe": (lambda: cropping.reframe(HU, (0, 0, 0), HUGE), "100,000 x 100,000 x 100,000"),
    "regularize": (lambda: ctkit.regularize(LEANING), "3 x 1,980,064 x 60"),
    "make_grid": (lambda: phantom.make_grid(HUGE, (1, 1, 1)), "100,000 x 100,000 x 100,000"),
    "save": (
        lambda: ctkit.save(
            Volume.from_spacing(HU.array, (3, 1e4, 1e-4)), "huge.png", window="brain"
        ),
        "6,400,000,000 x 60",
    ),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_grid_larger_than_any_scan_is_refused_before_any_work(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, shape = TOO_LARGE[name]
    tracemalloc.start()
    try:
        with pytest.raises(ctkit.GeometryError, match="more than fits: ") as refused:
            call()
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
    assert shape in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_margin_beyond_any_scan_is_cut_at_its_ends():
    for margin in (1e9, 1e300):
        assert ctkit.crop(HU, MASK, margin_mm=margin).shape == HU.shape


def test_the_memory_of_the_machine_counts(monkeypatch):
    monkeypatch.setattr(room, "_memory", lambda: 2**19)
    with pytest.raises(ctkit.GeometryError, match="more than fits: take a larger spacing"):
        ctkit.resample(HU, 0.5)
    assert ctkit.resample(HU, 2).shape == (4, 32, 33)


# ---- an argument that has no say


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ctkit.keep_head(HU, MASK, opening_mm=3.0), "opening_mm"),
        (lambda: ctkit.pad(HU, (70, 66), like=HU), "one of the two"),
        (lambda: ctkit.pad(HU), "one of the two"),
        (lambda: ctkit.denoise(HU, "median", radius_mm=0.1), "reaches no other voxel"),
        (lambda: ctkit.denoise(HU, "gaussian", radius_mm=1), "has no parameter 'radius_mm'"),
        (lambda: ctkit.compare_filters(HU, filters={"tv": {}}, strengths=(1,)), "strengths"),
        (lambda: ctkit.compare_filters(HU, data_range=80), "data_range"),
        (lambda: BALL.scan(GRID, seed=3), "seed are for the noise"),
        (lambda: BALL.scan(GRID, angles=90), "angles and seed"),
    ],
)
def test_an_argument_without_a_say_is_refused(call, says):
    with pytest.raises(ctkit.ParameterError, match=says):
        call()


# ---- memory


@pytest.mark.parametrize(
    ("work", "most"),
    [
        (lambda v, m: ctkit.pad(v, (200, 220)), 1.1),
        (lambda v, m: ctkit.center(v, m, (30, 200, 220)), 1.1),
        (lambda v, m: ctkit.keep_head(v, m), 1.1),
        (lambda v, m: ctkit.resample(v, shape=(30, 200, 220), kernel="nearest"), 1.1),
        (lambda v, m: ctkit.crop_box(v, (0, 10, 10), (30, 150, 150)), 0.1),
        (lambda v, m: ctkit.crop(v, m), 0.1),
    ],
    ids=["pad", "center", "keep_head", "nearest", "crop_box", "crop"],
)
def test_a_result_is_handed_over_without_a_copy(work, most):
    volume = Volume.from_spacing(np.zeros((30, 180, 190), np.int16), (2, 1, 1))
    inside = np.zeros(volume.shape, bool)
    inside[:, 40:140, 50:150] = True
    mask = volume.with_array(inside)
    work(volume, mask)  # what is imported and kept once is no part of it
    tracemalloc.start()
    result = work(volume, mask)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < most * result.array.nbytes
