import numpy as np
import pytest
import SimpleITK as sitk
from _truth import head

from ctkit import ParameterError, UnitError, Volume, denoise, noise_sd
from ctkit.operations.denoising import METHODS, method_parameters

SPACING = (1.5, 0.7, 0.9)


@pytest.fixture(scope="module")
def noisy():
    """Two halves, 0 and 60 HU, with white noise of SD 12."""
    rng = np.random.default_rng(4)
    array = np.zeros((8, 40, 48))
    array[:, :, 24:] = 60
    array += rng.normal(0, 12, array.shape)
    return Volume.from_spacing(np.rint(array).astype(np.int16), SPACING)


def halves(volume):
    flat = np.zeros(volume.shape, bool)
    flat[2:-2, 6:-6, 6:18] = True
    high = flat[:, :, ::-1]
    return volume.with_array(flat), volume.with_array(high)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_lowers_noise_and_keeps_the_halves_apart(noisy, method):
    before = noise_sd(noisy, halves(noisy)[0])
    result = denoise(noisy, method)
    low, high = (result.array[region.array] for region in halves(noisy))
    assert before == pytest.approx(12, rel=0.05)
    assert np.std(low) < 0.75 * before
    assert np.mean(high) - np.mean(low) == pytest.approx(60, abs=1.5)
    assert np.mean(low) == pytest.approx(0, abs=1)
    np.testing.assert_array_equal(result.affine, noisy.affine)
    assert result.report[-1].startswith(f"Denoised: {method}, ")


@pytest.mark.parametrize("method", METHODS)
def test_int16_and_float32_give_the_same_hu(noisy, method):
    """scikit-image would rescale int16 to -1..1: not here."""
    short = denoise(noisy, method)
    wide = denoise(noisy.with_array(noisy.array.astype(np.float32)), method)
    assert short.array.dtype == (np.int16 if method == "median" else np.float32)
    assert wide.array.dtype == np.float32
    np.testing.assert_allclose(short.array, wide.array, atol=1e-2)


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_volume_stays_as_it_is(method):
    flat = Volume.from_spacing(np.full((4, 20, 22), 40, np.int16), SPACING)
    np.testing.assert_allclose(denoise(flat, method).array, 40, atol=1e-3)


def test_gaussian_is_in_mm_as_simpleitks(noisy):
    image = sitk.GetImageFromArray(noisy.array.astype(np.float32))
    image.SetSpacing(SPACING[::-1])
    smooth = sitk.DiscreteGaussian(image, variance=1.4**2, maximumKernelWidth=64, maximumError=1e-3)
    ours = denoise(noisy, "gaussian", sigma_mm=1.4).array[3:-3, 8:-8, 8:-8]
    theirs = sitk.GetArrayFromImage(smooth)[3:-3, 8:-8, 8:-8]
    assert np.abs(ours - theirs).max() < 1.0
    assert np.std(ours - theirs) < 0.4


def test_median_is_simpleitks(noisy):
    image = sitk.GetImageFromArray(noisy.array)
    for radius, reach in ((None, (0, 1, 1)), (1.5, (1, 2, 2)), (0.75, (1, 1, 1))):
        expected = sitk.GetArrayFromImage(sitk.Median(image, reach[::-1]))
        parameters = {} if radius is None else {"radius_mm": radius}
        ours = denoise(noisy, "median", **parameters).array
        np.testing.assert_array_equal(ours, expected)


def test_median_keeps_an_edge_and_removes_a_spike():
    array = np.zeros((5, 12, 14), np.int16)
    array[:, :, 7:] = 1000
    spiked = array.copy()
    spiked[2, 5, 3] = 3000
    volume = Volume.from_spacing(spiked, (1, 1, 1))
    np.testing.assert_array_equal(denoise(volume).array, array)


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_in_hu(noisy, method):
    """Twice the HU with twice the weight is twice the result: the scale plays no part."""
    weight = {"bilateral": "sigma_hu", "tv": "weight_hu", "nlm": "strength_hu"}.get(method)
    once = denoise(noisy, method, **({weight: 20.0} if weight else {}))
    twice = denoise(noisy.with_array(noisy.array * 2), method, **({weight: 40.0} if weight else {}))
    np.testing.assert_allclose(twice.array, 2 * once.array, atol=1.0)


@pytest.mark.parametrize("method", METHODS)
def test_unknown_parameters_are_refused_by_name(noisy, method):
    known = ", ".join(method_parameters(method))
    with pytest.raises(
        ParameterError, match=f"{method} has no parameter 'sigma'; it takes {known}"
    ):
        denoise(noisy, method, sigma=1)
    for name in method_parameters(method):
        for wrong in (0, -1, np.nan, "1"):
            with pytest.raises(ParameterError, match=f"{name} is a number above 0"):
                denoise(noisy, method, **{name: wrong})


def test_unknown_methods_and_masks(noisy):
    with pytest.raises(ParameterError, match="gaussian, median, bilateral, tv, nlm"):
        denoise(noisy, "wavelet")
    with pytest.raises(UnitError, match="mask"):
        denoise(noisy.with_array(noisy.array > 0))


def test_on_the_embedded_head():
    volume = Volume(head().array[50:60], head().affine)
    before = noise_sd(volume)
    for method in ("gaussian", "median", "tv"):
        assert noise_sd(denoise(volume, method)) < 0.55 * before
