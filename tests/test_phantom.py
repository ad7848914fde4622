import numpy as np
import pytest

from ctkit import ParameterError, Volume, denoise, edge_width, noise_sd
from ctkit.geometry import shear_of, spacing_of
from ctkit.phantom import Part, Phantom, head_phantom, make_grid
from ctkit.phantom.noise import KERNELS, noise_of, scan

PHANTOM = head_phantom(headrest_gap_mm=0)
BRAIN = {"shape": (3, 120, 100), "spacing": (2.5, 2.1, 2.3), "center": (0, 5, 15)}


def test_a_sphere_has_its_volume_and_its_hu():
    ball = Phantom((Part("ball", 100, (1.3, -2.1, 0.7), (9, 9, 9)),), psf_mm=0.5)
    grid = make_grid((14, 24, 20), (2.0, 1.1, 1.3))
    covered = ball.coverage(grid, "ball")
    assert covered.sum() * grid.voxel_ml == pytest.approx(ball.volume_ml("ball"), rel=1e-4)
    assert ball.volume_ml("ball") == pytest.approx(4 / 3 * np.pi * 9**3 / 1000)
    np.testing.assert_allclose(ball.render(grid).array, -1000 + 1100 * covered, atol=1e-2)
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    middle = (grid.to_world(index) * covered[..., None]).sum(axis=(0, 1, 2)) / covered.sum()
    np.testing.assert_allclose(middle, (1.3, -2.1, 0.7), atol=1e-3)


@pytest.mark.parametrize("name", ["bleed", "calcification", "ventricle"])
def test_lesions_have_their_volume_on_any_grid(name):
    for spacing, tilt in (((1.0, 0.8, 0.9), 0), ((5.0, 1.0, 1.2), 15)):
        shape = tuple(int(110 / step) for step in spacing)
        grid = make_grid(shape, spacing, center=(0, 5, 12), tilt_deg=tilt)
        found = PHANTOM.coverage(grid, name).sum() * grid.voxel_ml
        assert found == pytest.approx(PHANTOM.volume_ml(name), rel=0.01)


@pytest.mark.parametrize("tilt", [0, 20])
def test_a_coarse_voxel_is_the_mean_of_its_fine_ones(tilt):
    """The truth exists on any grid, and all grids agree."""
    fine = make_grid((6, 90, 80), (1.0, 0.5, 0.6), center=(5, -70, 0), tilt_deg=tilt)
    blocks = PHANTOM.render(fine).array.reshape(3, 2, 30, 3, 20, 4).mean(axis=(1, 3, 5))
    coarse = make_grid((3, 30, 20), (2.0, 1.5, 2.4), center=(5, -70, 0), tilt_deg=tilt)
    truth = PHANTOM.render(coarse).array
    assert np.ptp(truth) > 1500
    assert np.sqrt(np.mean((truth - blocks) ** 2)) < 0.5
    np.testing.assert_allclose(truth, blocks, atol=6)


def test_the_voxel_may_be_smaller_than_the_step():
    grid = make_grid((2, 30, 20), (2.0, 1.5, 2.4), center=(5, -70, 0))
    points = PHANTOM.render(grid, voxel=(1e-3, 1e-3, 1e-3)).array
    finer = make_grid((2, 150, 100), (2.0, 0.3, 0.48), center=(5, -70, 0))
    thin = PHANTOM.render(finer, voxel=(1e-3, 1e-3, 1e-3)).array
    np.testing.assert_allclose(thin[:, 2::5, 2::5], points, atol=0.05)


@pytest.mark.parametrize("psf", [0.5, 0.8])
def test_edges_have_the_width_of_the_point_spread(psf):
    grid = make_grid((3, 420, 360), (0.5, 0.5, 0.5), center=(0, 0, 20))
    ball = Phantom(
        (
            Part("skull", 1100, (0, 0, 20), (80, 90, 3e3)),
            Part("brain", 30, (0, 0, 20), (70, 80, 3e3)),
        ),
        psf,
    )
    sampled = np.hypot(psf, 0.5 / np.sqrt(12))
    assert edge_width(ball.render(grid)) == pytest.approx(2.563 * sampled, rel=0.04)


def test_the_mask_is_what_lies_within_the_outline():
    grid = make_grid((12, 84, 80), (4.0, 2.6, 2.8), center=(0, 10, -10))
    mask, picture = PHANTOM.mask(grid).array, PHANTOM.render(grid).array
    for name in ("white matter", "sinus", "ear", "nose", "ventricle"):
        part = PHANTOM.coverage(grid, name) > 0.7
        assert part.any(), name
        assert mask[part].all(), name
    names = ("table", "table foam", "headrest", "space in the headrest")
    support = Phantom(tuple(part for part in PHANTOM.parts if part.name in names))
    support = support.render(grid).array > -500
    assert np.count_nonzero(support) > 2000
    # It touches the back of the head, and there only.
    assert np.count_nonzero(mask & support) < 0.03 * np.count_nonzero(support)
    assert picture[support & ~mask].min() > -900
    assert 1000 < np.count_nonzero(mask) * grid.voxel_ml < 1500


def test_the_headrest_stands_where_it_is_asked_to():
    grid = make_grid((3, 400, 3), (1.0, 0.25, 0.25), center=(0, 80, 0))
    for gap in (0.0, 1.0, 4.0):
        phantom = head_phantom(headrest_gap_mm=gap, table=False)
        line = phantom.render(grid).array[1, :, 1]
        edge = line > -500
        jumps = np.flatnonzero(np.diff(edge.astype(int)))
        if gap >= 1:
            head_end, rest_start = (
                grid.to_world((1, jumps[-3] + 0.5, 1)),
                grid.to_world((1, jumps[-2] + 0.5, 1)),
            )
            assert rest_start[1] - head_end[1] == pytest.approx(gap, abs=0.3)
        else:
            assert jumps.size < 4


def test_unknown_names():
    grid = make_grid((1, 4, 4), (5, 5, 5))
    for call in (PHANTOM.volume_ml, lambda name: PHANTOM.mask(grid, name)):
        with pytest.raises(ParameterError, match="no part is called 'tumour'"):
            call("tumour")
    more = PHANTOM.with_part(Part("tumour", 60, (0, 0, 30), (3, 4, 5)))
    assert more.volume_ml("tumour") == pytest.approx(0.2513, abs=1e-3)


def test_the_grid_takes_no_memory_and_tells_its_tilt():
    grid = make_grid((400, 512, 512), (0.8, 0.5, 0.5), tilt_deg=18.5)
    assert grid.array.strides == (0, 0, 0)
    assert shear_of(grid.affine) == pytest.approx(18.5)
    assert spacing_of(grid.affine) == pytest.approx((0.8 * np.cos(np.radians(18.5)), 0.5, 0.5))
    np.testing.assert_allclose(grid.to_world((199.5, 255.5, 255.5)), (0, 0, 0), atol=1e-9)


# ---- noise


@pytest.mark.parametrize("kernel", KERNELS)
def test_noise_has_its_sd_in_the_middle(kernel):
    grid = make_grid(**BRAIN)
    noisy = scan(PHANTOM, grid, noise_hu=15, kernel=kernel, angles=180)
    quiet = scan(PHANTOM, grid, kernel=kernel)
    assert noisy.array.dtype == np.int16
    error = noisy.array.astype(float) - quiet.array
    middle = error[:, 45:75, 40:60]
    assert middle.std() == pytest.approx(15, rel=0.15)
    assert abs(middle.mean()) < 2
    # Deeper in the head fewer photons arrive: more noise than in the air beside it.
    assert middle.std() > 1.3 * error[:, 5:20, 5:20].std()
    assert "photons" in noisy.report[-1]


def test_noise_has_a_grain_and_a_seed():
    truth = PHANTOM.render(make_grid(**BRAIN))
    first = noise_of(truth, 2e4, angles=180, seed=1)
    np.testing.assert_array_equal(first, noise_of(truth, 2e4, angles=180, seed=1))
    assert np.abs(first - noise_of(truth, 2e4, angles=180, seed=2)).max() > 1
    assert np.abs(first[0] - first[1]).max() > 1
    middle = first[:, 40:80, 35:65]
    beside = np.corrcoef(middle[:, :, 1:].ravel(), middle[:, :, :-1].ravel())[0, 1]
    assert beside > 0.2, "white noise would have 0"
    # Four times the photons, half the noise.
    more = noise_of(truth, 8e4, angles=180, seed=1)[:, 40:80, 35:65]
    assert middle.std() / more.std() == pytest.approx(2, rel=0.1)


def test_padding_stands_outside_of_the_circle_and_bone_raises_edges():
    grid = make_grid(**BRAIN)
    padded = scan(PHANTOM, grid, padding=-2000)
    outside = padded.array == -2000
    assert outside[:, 0, 0].all()
    assert not outside[:, 60, 1:99].any()
    assert outside.mean() == pytest.approx(1 - np.pi * 50**2 / (120 * 100), abs=0.01)
    soft, bone = scan(PHANTOM, grid), scan(PHANTOM, grid, kernel="bone")
    assert bone.array.max() > soft.array.max() + 20
    with pytest.raises(ParameterError, match="soft, standard, bone"):
        scan(PHANTOM, grid, kernel="lung")


def test_the_noise_can_be_measured_and_lowered():
    grid = make_grid((2, 220, 200), (2.5, 1.0, 1.0), center=(0, 0, 20))
    noisy = head_phantom(table=False).scan(grid, noise_hu=20, angles=180)
    assert isinstance(noisy, Volume)
    assert 10 < noise_sd(noisy) < 25
    assert noise_sd(denoise(noisy, "gaussian", sigma_mm=1.5)) < 0.6 * noise_sd(noisy)
