import numpy as np
import pytest
from _truth import head
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ctkit import (
    GeometryError,
    ParameterError,
    UnitError,
    Volume,
    cnr,
    compare_filters,
    denoise,
    edge_width,
    noise_sd,
    psnr,
    ssim,
)

SPACING = (2.0, 0.5, 0.6)


def shell(sigma_mm=0.6, noise=0.0, shape=(6, 240, 200)):
    """A brain of 30 HU in a thick skull of 1100 HU, blurred: its edge has a known width."""
    y, x = np.meshgrid(*map(np.arange, shape[1:]), indexing="ij")
    radius = np.hypot((y - shape[1] / 2) * SPACING[1], (x - shape[2] / 2) * SPACING[2])
    # An exact Gaussian edge, as the circle is large against it.
    from scipy.special import ndtr

    skull = ndtr((radius - 40) / sigma_mm) * 1070 + 30
    skull -= ndtr((radius - 52) / sigma_mm) * 2100
    array = np.broadcast_to(skull, shape) + np.random.default_rng(6).normal(0, 1, shape) * noise
    return Volume.from_spacing(array.astype(np.float32), SPACING)


@pytest.mark.parametrize("sd", [2, 6, 20])
def test_blind_noise_of_white_noise(sd):
    assert noise_sd(shell(noise=sd)) == pytest.approx(sd, rel=0.06)


def test_blind_noise_of_noise_with_a_grain():
    """A wavelet's estimate takes the grain of a CT for picture: this one doesn't."""
    rng = np.random.default_rng(7)
    grain = ndimage.gaussian_filter(rng.normal(0, 1, shell().shape), (0, 1.2, 1.2))
    volume = shell()
    grained = volume.with_array(volume.array + 10 * grain / grain.std())
    assert noise_sd(grained) == pytest.approx(10, rel=0.15)


def test_noise_of_a_region():
    volume = shell(noise=9)
    region = np.zeros(volume.shape, bool)
    region[:, 100:140, 80:120] = True
    expected = np.std(volume.array[region].astype(float), ddof=1)
    assert noise_sd(volume, volume.with_array(region)) == pytest.approx(expected)
    assert expected == pytest.approx(9, rel=0.05)


def test_the_embedded_heads_noise_is_that_of_its_brain():
    volume = head()
    box = np.zeros(volume.shape, bool)
    box[60:64, 150:165, 90:105] = True
    assert noise_sd(volume) == pytest.approx(noise_sd(volume, volume.with_array(box)), rel=0.3)


def test_noise_where_it_cannot_be_measured():
    volume = shell()
    with pytest.raises(ParameterError, match="no soft tissue"):
        noise_sd(volume.with_array(np.full(volume.shape, -1000, np.int16)))
    with pytest.raises(ParameterError, match="at least 2"):
        noise_sd(volume, volume.with_array(np.zeros(volume.shape, bool)))
    with pytest.raises(UnitError, match="mask"):
        noise_sd(volume.with_array(volume.array > 0))
    with pytest.raises(UnitError, match="region"):
        noise_sd(volume, volume)
    with pytest.raises(GeometryError, match="another grid"):
        noise_sd(volume, Volume(volume.array > 0, np.eye(4)))


def test_cnr_is_difference_over_noise():
    rng = np.random.default_rng(8)
    array = np.zeros((4, 60, 60))
    array[:, 30:] = 20
    volume = Volume.from_spacing(array + rng.normal(0, 5, array.shape), SPACING)
    low = volume.with_array(array == 0)
    high = volume.with_array(array > 0)
    assert cnr(volume, low, high) == pytest.approx(20 / 5, rel=0.02)
    assert cnr(volume, high, low) == cnr(volume, low, high)
    flat = volume.with_array(array)
    assert cnr(flat, low, high) == np.inf


@pytest.mark.parametrize("sigma_mm", [0.5, 0.8, 1.2])
@pytest.mark.parametrize("noise", [0, 25])
def test_edge_width_of_a_gaussian_edge_is_known(sigma_mm, noise):
    # From 10 to 90 % a Gaussian edge takes 2 x 1.2816 sigma.
    assert edge_width(shell(sigma_mm, noise)) == pytest.approx(2.563 * sigma_mm, rel=0.06)


def test_blur_widens_the_edge_and_median_hardly():
    volume = shell(0.5, 10)
    sharp = edge_width(volume)
    blurred = edge_width(denoise(volume, "gaussian", sigma_mm=1.0))
    assert blurred == pytest.approx(2.563 * np.hypot(0.5, 1.0), rel=0.08)
    assert 0.95 * sharp < edge_width(denoise(volume, "median")) < 1.1 * sharp


def test_no_edge_no_width():
    with pytest.raises(ParameterError, match="profiles"):
        edge_width(Volume.from_spacing(np.zeros((3, 30, 40), np.int16), SPACING))


def test_psnr_and_ssim_are_scikit_images_and_ssim_is_1_for_the_truth():
    truth, other = shell(), shell(noise=10)
    expected = peak_signal_noise_ratio(truth.array, other.array, data_range=80)
    assert psnr(other, truth, 80) == pytest.approx(expected, abs=1e-3)
    assert psnr(truth, truth) == np.inf
    each = [
        structural_similarity(*(a.astype(float) for a in pair), win_size=7, data_range=80)
        for pair in zip(truth.array, other.array, strict=True)
    ]
    assert ssim(other, truth, 80) == pytest.approx(np.mean(each), abs=1e-5)
    assert ssim(truth, truth) == pytest.approx(1)
    assert ssim(shell(noise=20), truth) < ssim(other, truth) < 1
    with pytest.raises(GeometryError, match="another grid"):
        psnr(truth, Volume(truth.array, np.eye(4)))


def test_compare_filters_tells_noise_edge_and_nearness():
    truth = shell(0.6)
    rows = compare_filters(
        shell(0.6, noise=15), truth, filters={"gaussian": {"sigma_mm": 1.0}, "median": {}}
    )
    by_name = {row.filter: row for row in rows}
    assert list(by_name) == ["none", "gaussian", "median"]
    assert by_name["none"].noise_hu == pytest.approx(15, rel=0.06)
    assert by_name["gaussian"].noise_hu < 0.4 * by_name["none"].noise_hu
    assert by_name["gaussian"].edge_mm > 1.5 * by_name["none"].edge_mm
    assert by_name["median"].edge_mm < 1.1 * by_name["none"].edge_mm
    assert by_name["median"].psnr_db > by_name["gaussian"].psnr_db
    assert by_name["median"].ssim > by_name["none"].ssim
    assert len(repr(rows).splitlines()) == 4
    assert "none" in repr(rows)


def test_compare_filters_without_a_truth_takes_all_methods():
    volume = shell(noise=10, shape=(2, 230, 190))
    rows = compare_filters(volume)
    assert [row.filter for row in rows] == ["none", "gaussian", "median", "bilateral", "tv", "nlm"]
    assert all(row.psnr_db is None for row in rows)
    assert all(row.noise_hu < 0.8 * rows[0].noise_hu for row in rows[1:])


def test_compare_filters_at_several_strengths_says_them_in_mm_and_hu():
    volume = shell(noise=10, shape=(12, 230, 190))
    flat = np.zeros(volume.shape, bool)
    flat[9, 100:130, 80:110] = True
    region = volume.with_array(flat)
    noise = noise_sd(volume, region)
    rows = compare_filters(volume, region=region, strengths=(0.5, 2), slices=4)
    settings = {(row.filter, row.setting): row for row in rows}
    assert rows[0].noise_hu == pytest.approx(noise), "the slices around the region are taken"
    assert [s for name, s in settings if name == "gaussian"] == ["0.35 mm", "1.4 mm"]
    # Slices of 2 mm and rows of 0.5 mm: there is no 3 x 3 x 3 in them.
    assert [s for name, s in settings if name == "median"] == ["3 x 3"]
    weights = [float(s.split()[0]) for name, s in settings if name == "tv"]
    assert weights == pytest.approx([0.5 * 10, 2 * 10], rel=0.1)
    assert settings["gaussian", "1.4 mm"].noise_hu < settings["gaussian", "0.35 mm"].noise_hu
    array = volume.array[:, :115]
    close = Volume.from_spacing(array, (1.0, 0.5, 0.6))
    medians = [
        r for r in compare_filters(close, strengths=(1, 2), slices=2) if r.filter == "median"
    ]
    assert [row.setting for row in medians] == ["3 x 3"]
    close = Volume.from_spacing(array, (0.8, 0.5, 0.6))
    rows = compare_filters(close, strengths=(1, 2), slices=2)
    assert [r.setting for r in rows if r.filter == "median"] == ["3 x 3", "3 x 3 x 3"]
