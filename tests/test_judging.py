"""Is it HU, and is its sign right: real scans, changed in every way that files come changed."""

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from scipy import ndimage

import ctkit
from ctkit.files.judging import judge, judge_sign, stored_counts
from ctkit.files.oddities import misplaced_air

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def scans():
    """True HU: a real head, a part of it with little air, a real chest slice, a plain body."""
    head = np.array(ctkit.load(ctkit.samples.head()).array[::4, ::2, ::2])
    body = np.full((6, 40, 50), -1000)
    body[:, 4:-4, 4:-4], body[:, 10:-9, 10:-8], body[2:5, 15:20, 20:30] = -100, 50, 700
    return {
        "head": head,
        "brain and skull": head[12:20, 40:100, 30:90],
        "chest": np.array(ctkit.load(get_testdata_file("CT_small.dcm", download=False)).array),
        "noisy body": body + np.rint(RANDOM.normal(0, 12, body.shape)).astype(int),
    }


def filled(array, value):
    """With a border of one value."""
    changed = np.array(array)
    width = changed.shape[1] // 6
    changed[:, :width], changed[:, -width:] = value, value
    return changed


def normalised(array):
    return (np.clip(array, -1000, 1000) + 1000) / 2000


HU = {
    "as it is": lambda a: a,
    "clipped": lambda a: np.clip(a, -1000, 1000),
    "padding": lambda a: filled(a, -2048),
    "padding after the rescale": lambda a: filled(a, -3024),
    "ripple": lambda a: (a + 0.3 * (a - ndimage.gaussian_filter(a + 0.0, 1))).astype("f4"),
    "air masked": lambda a: np.where(a < -300, -1000, a),
    "NaN outside": lambda a: np.where(a < -990, np.nan, a),
}
OTHERS = {
    "1024 added": lambda a: a + 1024,
    "1024 added, unsigned": lambda a: np.maximum(a + 1024, 0).astype(np.uint16),
    "1024 added, padding": lambda a: filled(a + 1024, -2000),
    "1024 added, one overshoot": lambda a: np.where(
        np.arange(a.size).reshape(a.shape), a + 1024, -5
    ),
    "1000 added": lambda a: a + 1000,
    "32768 added": lambda a: a + 32768,
    "32768 taken away": lambda a: a - 32768,
    "rescaled twice": lambda a: a - 1024,
    "half": lambda a: a / 2,
    "thousandth": lambda a: a / 1000,
    "z-scores": lambda a: (a - a.mean()) / a.std(),
    "0 to 1": normalised,
    "-1 to 1": lambda a: 2 * normalised(a) - 1,
    "0 to 255": lambda a: (255 * normalised(a)).astype(np.uint8),
    "0 to 255 in 16 bits": lambda a: (255 * normalised(a)).astype(np.int16),
    "brain window": lambda a: (255 * np.clip(a / 80, 0, 1)).astype(np.int16),
}


# Without air, some other scale can't be told from HU: this is said.
SCALED = ("half", "0 to 255 in 16 bits")


@pytest.mark.parametrize("change", HU)
def test_hu_are_taken(scans, change):
    for name, scan in scans.items():
        verdict = judge(HU[change](scan.astype(np.int32)))
        assert (verdict.kind, verdict.problem) == ("HU", ""), name


@pytest.mark.parametrize("change", OTHERS)
def test_other_values_are_refused(scans, change):
    for name, scan in scans.items():
        verdict = judge(OTHERS[change](scan.astype(np.int32)))
        if name == "brain and skull" and change in SCALED and not verdict.problem:
            assert "no air was seen" in verdict.notes[0]
            continue
        assert verdict.kind == "other", (name, verdict)
        assert "rescale=" in verdict.problem


def crops(scan, count, low, high):
    """Parts of a scan, from `low` to `high` of it along each axis."""
    random = np.random.default_rng(3)
    for _ in range(count):
        sizes = [max(int(n * random.uniform(low, high)), 1) for n in scan.shape]
        starts = [random.integers(0, n - m + 1) for n, m in zip(scan.shape, sizes, strict=True)]
        yield scan[tuple(slice(a, a + m) for a, m in zip(starts, sizes, strict=True))]


def test_no_part_of_a_real_scan_is_refused(scans):
    """With much air, with none, with lung or brain alone."""
    one = np.array(ctkit.load(ctkit.samples.head_slice()).array)
    for scan in (scans["head"], scans["chest"], one):
        for part in crops(scan, 100, 0.25, 0.7):
            assert judge(part).problem == ""


@pytest.mark.parametrize("name", ["aorta/ct_cropped.nii.gz", "crlm-1004"])
def test_no_part_of_a_scan_from_elsewhere_is_refused(real_data, name):
    scan = np.array(ctkit.load(real_data / name).array[::3, ::2, ::2])
    for part in crops(scan, 60, 0.25, 0.7):
        assert judge(part).problem == ""


def test_tissue_that_lies_where_air_does_is_noted(scans):
    """After 1024 was taken away twice, tissue alone looks like air; it is not taken in silence."""
    parts = [part for part in crops(scans["head"], 200, 0.15, 0.45) if (part > -900).mean() > 0.99]
    assert len(parts) > 20
    verdicts = [judge(part - 1024) for part in parts]
    assert sum(not (v.problem or v.notes) for v in verdicts) < 0.25 * len(parts)
    assert not any(judge(part).problem for part in parts)
    body = np.where(np.arange(4000).reshape(4, 20, 50) % 50 < 20, -1000, -160)
    verdict = judge(body + RANDOM.integers(-9, 9, body.shape))
    assert "lie closely around -1" in verdict.notes[0]


def is_strange(part):
    """Whether a DICOM CT with these HU is said to have tissue where there is none."""
    return any("no matter has its HU" in note for note in misplaced_air(part))


def test_no_part_of_a_real_scan_has_tissue_where_there_is_none(scans):
    for name in ("head", "chest"):
        assert not any(is_strange(part) for part in crops(scans[name], 100, 0.3, 0.8))


def test_brain_alone_that_lies_200_hu_too_low_is_told(scans):
    """No air is in these parts, and the file says that they are HU."""
    parts = [part for part in crops(scans["head"], 300, 0.15, 0.45) if (part > -250).mean() > 0.98]
    assert len(parts) > 20
    assert np.mean([bool(misplaced_air(part - 200)) for part in parts]) > 0.9


@pytest.mark.parametrize("change", [lambda hu: hu - 200, lambda hu: hu - 90, np.negative])
def test_an_organ_alone_where_no_matter_is_is_told(change):
    organ = RANDOM.normal(38, 12, (6, 60, 50))
    organ[:, :9] = RANDOM.normal(-105, 12, (6, 9, 50))
    assert not is_strange(np.rint(organ))
    assert is_strange(np.rint(change(organ)))


def test_the_rescale_that_is_advised(scans):
    assert "rescale=(1, -1024)" in judge(scans["head"] + 1024).problem
    assert "rescale=(1, -32768)" in judge(scans["head"].astype(np.int32) + 32768).problem


def test_soft_tissue_alone_is_taken_with_a_note():
    liver = np.rint(RANDOM.normal(60, 15, (6, 20, 20))).astype(np.int16)
    verdict = judge(liver)
    assert verdict.kind == "HU"
    assert "no air was seen" in verdict.notes[0]
    assert judge(liver + 1024).kind == "other"


@pytest.mark.parametrize("tissue", [700, 300])
def test_magnetic_resonance_is_refused(tissue):
    picture = np.abs(RANDOM.normal(0, 12, (8, 40, 40)))
    picture[:, 8:-8, 8:-8] = RANDOM.normal(tissue, tissue / 4, (8, 24, 24))
    picture[:, 16:24, 16:24] *= 2
    assert judge(picture.astype(np.int16)).kind == "other"


def test_counts_of_positrons_are_refused():
    for scale in (1, 5000):
        picture = scale * RANDOM.exponential(0.4, (8, 40, 40)).astype(np.float32)
        assert judge(picture).kind == "other"


def test_a_plain_phantom_and_constants():
    phantom = np.full((4, 30, 30), -1000)
    phantom[:, 5:-5, 5:-5], phantom[:, 10:15, 10:15], phantom[:, 20:22, 9:20] = 35, 36, 1200
    assert judge(phantom).kind == "HU"
    assert judge(phantom + 1024).kind == "other"
    assert judge(np.full((2, 3, 4), 7)).notes == ["every voxel is 7 HU"]
    assert judge(np.full((2, 3, 4), -31000)).kind == "other"
    assert judge(np.full((2, 3, 4), np.nan)).kind == "other"


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_masks_and_label_maps(kind):
    mask = np.zeros((5, 30, 30), kind)
    assert judge(mask).kind == "mask"
    mask[1:3, 4:9, 5:20] = 1
    assert judge(mask).kind == "mask"
    assert judge(255 * mask).kind == "mask"
    mask[3, 9:14, 5:20] = 4
    assert judge(mask).kind == "labels"
    noise = RANDOM.integers(0, 5, mask.shape).astype(kind)
    assert judge(noise).kind != "labels"


def test_a_mask_of_one_voxel_in_a_large_volume():
    mask = np.zeros((40, 300, 300), np.uint8)
    mask[17, 33, 44] = 1
    assert judge(mask).kind == "mask"


def test_the_file_may_say_hu():
    bone = np.full((3, 4, 5), 1300) + np.arange(5)
    assert judge(bone).kind == "other"
    assert judge(bone, says_hu=True).kind == "HU"
    assert judge(bone, says_hu=True).problem == ""


def test_air_that_is_off_is_noted():
    body = np.where(np.arange(4000).reshape(4, 20, 50) % 50 < 20, -920, 40)
    assert "air lies at -92" in judge(body + RANDOM.integers(-9, 9, body.shape)).notes[0]


HEAD = np.repeat([-1000, 30, 33, 36, 40, 1200], (500, 90, 90, 90, 90, 100))


@pytest.mark.parametrize("bits", [12, 13, 14, 16])
@pytest.mark.parametrize("intercept", [0, -1000, -1024])
def test_signs(scans, bits, intercept):
    for hu in (HEAD, scans["head"].astype(int)):
        stored = np.clip(hu - intercept, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        counts = stored_counts(stored, bits)
        assert judge_sign(counts, True, 1, intercept) == ""
        if (stored < 0).any():
            assert "look signed" in judge_sign(counts, False, 1, intercept)
        stored = np.maximum(hu - intercept, 0)
        counts = stored_counts(stored, bits)
        assert judge_sign(counts, False, 1, intercept) == ""
        if (stored >= 2 ** (bits - 1)).sum() > 3:
            assert "look unsigned" in judge_sign(counts, True, 1, intercept)


def test_a_small_bright_metal():
    metal = np.concatenate([HEAD, RANDOM.integers(1300, 3000, 12)])
    counts = stored_counts(metal + 1024, 12)
    assert judge_sign(counts, False, 1, -1024) == ""
    assert "look unsigned" in judge_sign(counts, True, 1, -1024)


def test_saturated_metal_and_padding_are_no_wrong_sign():
    stored = np.concatenate([HEAD + 1024, np.full(30, 4095)])
    assert judge_sign(stored_counts(stored, 12), False, 1, -1024) == ""
    soft = np.minimum(HEAD, 900) + 1024
    stored = np.concatenate([soft, np.full(300, -2000)])
    assert judge_sign(stored_counts(stored, 12), True, 1, -1024) == ""
    stored = np.concatenate([soft, np.full(300, -1872)])
    assert judge_sign(stored_counts(stored, 12), True, 1, -1024, padding=[-1872]) == ""


@pytest.mark.parametrize("bits", [10, 11])
def test_few_bits(bits):
    slope = {10: 4, 11: 2}[bits]
    stored = HEAD // slope
    counts = stored_counts(stored, bits)
    assert judge_sign(counts, True, slope, 0) == ""
    assert "look signed" in judge_sign(counts, False, slope, 0)


def _crop_of_brain(seed, mean, sd):
    """No air, but brain with noise, CSF, and some bone that thins out upwards."""
    random = np.random.default_rng(seed)
    tissue = random.choice([mean, 8.0, 700.0, 1100.0], (9, 40, 36), p=[0.8, 0.1, 0.07, 0.03])
    return np.rint(tissue + random.normal(0, sd, tissue.shape)).astype(np.int16)


@pytest.mark.parametrize("mean", [0, 20, 35])
@pytest.mark.parametrize("sd", [5, 12, 25])
def test_a_crop_with_no_air_is_no_background_of_noise(mean, sd):
    for seed in range(3):
        assert "noise around 0" not in judge(_crop_of_brain(seed, mean + 3.0, sd)).problem


def _activity(random, body):
    """PET in Bq/ml: a little noise, and what took up the tracer."""
    return np.abs(random.normal(0, 30, body.shape)) + body * random.gamma(2, 4000, body.shape)


def _magnitude(random, body):
    """MR: Rician noise, and tissue at 700."""
    return np.hypot(700 * body + random.normal(0, 15, body.shape), random.normal(0, 15, body.shape))


@pytest.mark.parametrize("made", [_activity, _magnitude])
def test_a_shift_is_advised_only_where_it_would_make_hu(made):
    random = np.random.default_rng(2)
    body = random.random((9, 40, 36)) < 0.2
    problem = judge(made(random, body).astype(np.float32)).problem
    assert problem
    assert "rescale=(1, -1024)" not in problem
