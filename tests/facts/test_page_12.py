"""Numbers of page 12, worked out apart from it."""

import re

import _pages
import numpy as np
import pytest
from scipy import integrate
from skimage.transform import iradon, radon

from ctkit.phantom import Part, head_phantom, make_grid

STEP, MU = 1.2, 0.0205
SOFT, HARD = 0.02269, 0.01837  # water at 50 and 80 keV, per mm
ANGLES = np.linspace(0, 180, 360, endpoint=False)


@pytest.fixture(scope="module")
def truth():
    body = head_phantom(table=False)
    for side in (-1, 1):
        body = body.with_part(Part("dense bone", 2000, (side * 36, 26, 20), (18, 8, 12)))
    grid = make_grid((1, 200, 200), (5, STEP, STEP), center=(0, 0, 20))
    return body.render(grid).array[0].astype(float)


@pytest.fixture(scope="module")
def integrals(truth):
    return radon((truth / 1000 + 1) * MU * STEP, ANGLES)


def picture(integrals, kernel="hann"):
    return (iradon(integrals, ANGLES, filter_name=kernel) / STEP / MU - 1) * 1000


def printed(pattern):
    return re.search(pattern, _pages.printed("12"))


def test_the_photons_along_the_row_through_both_bones(truth):
    """The ray is added up pixel by pixel; the worst one of all is that one."""
    arrive = np.exp(-((truth[121] / 1000 + 1) * MU * STEP).sum())
    assert int(printed(r"along row 121: (\d+) of 100,000")[1]) == pytest.approx(1e5 * arrive, abs=1)
    assert f"**{100 * arrive:.2f} % of the photons arrive**" in _pages.prose("12")
    worst = float(printed(r"worst ray ([\d.]+) % of")[1])
    assert worst == pytest.approx(100 * arrive, abs=0.01)


def test_the_errors_with_the_ramp_and_at_120_directions(truth, integrals):
    error = picture(integrals, "ramp") - truth
    rms = [
        np.sqrt(np.mean(error[box] ** 2)) for box in (np.s_[55:85, 85:115], np.s_[118:125, 88:112])
    ]
    assert f"to {rms[0]:.0f} HU in front" in facts()
    assert f"between the dense bones {rms[1]:.0f} HU stay" in facts()
    few = iradon(integrals[:, ::3], ANGLES[::3], filter_name="hann")
    front = ((few / STEP / MU - 1) * 1000 - truth)[55:85, 85:115]
    assert f"120 directions: {np.sqrt(np.mean(front**2)):.1f} HU in front" in prose()


def test_a_mean_before_the_logarithm_loses_attenuation():
    right, wrong = (np.log(100) + 0) / 2, -np.log((1 + 0.01) / 2)
    line = f"mean of the logarithms {right:.2f}, logarithm of the mean {wrong:.2f}"
    assert line in _pages.printed("12")


def test_noise_falls_with_the_root_of_the_dose():
    found = [float(n) for n in re.findall(r"([\d.]+) of the first", _pages.printed("12"))]
    assert found == pytest.approx([1, 1 / 2, 1 / 4], rel=0.05)
    assert float(printed(r"16 times the dose .* HU, ([\d.]+) times less")[1]) == pytest.approx(
        4, rel=0.1
    )


def test_a_million_photons_a_ray(truth, integrals):
    counts = np.random.default_rng(7).poisson(1e6 * np.exp(-integrals))
    noise = picture(-np.log(counts / 1e6)) - picture(integrals)
    told = float(re.search(r"noise ([\d.]+) HU in the brain", prose())[1])
    assert told == pytest.approx(noise[(truth > 0) & (truth < 80)].std(), rel=0.05)


def test_the_noise_that_hides_the_ventricles_and_the_bleed(truth, integrals):
    brain = (truth > 0) & (truth < 80)

    def noise(log10_photons, kernel="hann"):
        photons = 10**log10_photons
        counts = np.random.default_rng(7).poisson(photons * np.exp(-integrals))
        found = picture(-np.log(np.maximum(counts, 1) / photons), kernel)
        return (found - picture(integrals, kernel))[brain].std()

    told = re.search(
        r"at about 4\.5, where the noise has (\d+) HU, .* from (\d+) to (\d+) HU", prose()
    )
    wanted = [noise(exponent) for exponent in (4.5, 4, 3.5)]
    assert [float(hu) for hu in told.groups()] == pytest.approx(wanted, rel=0.05)
    times = float(re.search(r"the noise ([\d.]+) times as large", prose())[1])
    assert times == pytest.approx(noise(5, "ramp") / noise(5), rel=0.05)
    assert f"it takes {times**2:.0f} times the photons" in prose()
    assert "The ventricles are 22 HU darker" in prose()
    assert "The bleed is 42 HU brighter" in prose()
    places = {"bleed": (91, 126), "white": (91, 73), "ventricle": (104, 92)}
    hu = {name: truth[place] for name, place in places.items()}
    assert hu["white"] - hu["ventricle"] == pytest.approx(22, abs=0.1)
    assert hu["bleed"] - hu["white"] == pytest.approx(42, abs=0.1)


def test_the_middle_of_a_cylinder_of_water_is_too_dark():
    """Abel's inverse at the middle, by quadrature over the integrals of both energies."""

    def slope(s):
        chord = 2 * np.sqrt(1e4 - s * s)
        soft, hard = np.exp(-SOFT * chord), np.exp(-HARD * chord)
        return -(SOFT * soft + HARD * hard) / (soft + hard) * 4 * s / chord

    middle = -integrate.quad(lambda s: slope(s) / s, 0, 100)[0] / np.pi
    hu = 1000 * (middle / ((SOFT + HARD) / 2) - 1)
    assert float(printed(r"in the middle: (-[\d.]+) HU measured")[1]) == pytest.approx(hu, abs=0.3)


def test_300_mm_of_water():
    integral = -np.log((np.exp(-SOFT * 300) + np.exp(-HARD * 300)) / 2)
    assert f"300 mm of water look like {2 * integral / (SOFT + HARD):.0f} mm" in facts()


def test_how_dark_it_is_between_the_bones(truth):
    """All of it by scikit-image: bone and water, two energies, the correction from a table."""
    bone_soft, bone_hard = 0.4242 * 0.192, 0.2229 * 0.192  # per mm
    mean, of_bone = (SOFT + HARD) / 2, (bone_soft + bone_hard) / 2
    share = np.maximum(truth - 100, 0) / (1000 * (of_bone / mean - 1))
    water = np.maximum(1 + np.minimum(truth, 100) / 1000 - share, 0)
    bone = (1 + truth / 1000 - water) * mean / of_bone
    water, bone = (radon(part * STEP, ANGLES) for part in (water, bone))
    left = np.exp(-SOFT * water - bone_soft * bone) + np.exp(-HARD * water - bone_hard * bone)
    table = np.linspace(0, 700, 70001)
    known = -np.log((np.exp(-SOFT * table) + np.exp(-HARD * table)) / 2)
    two = picture(np.interp(-np.log(left / 2), known, table) * MU)
    one = picture(radon((truth / 1000 + 1) * MU * STEP, ANGLES))
    dark = (one - two)[118:125, 88:112].mean()
    assert f"it is {dark:.0f} HU darker between the bones" in facts()
    told = re.search(r"\*\*([\d.]+) HU → (-[\d.]+) HU\*\*", _pages.prose("12")).groups()
    assert [float(hu) for hu in told] == pytest.approx([one[121, 100], two[121, 100]], abs=0.05)


def facts():
    return "\n".join(_pages.facts("12"))


def prose():
    return _pages.prose("12").replace("**", "")
