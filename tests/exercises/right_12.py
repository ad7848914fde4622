"""Right answers of page 12, written otherwise."""

import cmath
import math

import numpy as np


def water_by_loop(counts, sent):
    result = np.zeros(counts.shape)
    for place in np.ndindex(counts.shape):
        result[place] = math.log(sent / max(int(counts[place]), 1)) / 0.0205
    return result


def water_by_difference(counts, sent):
    arrive = np.where(counts == 0, 1, counts).astype(float)
    return (np.log(sent) - np.log(arrive)) / 0.0205


def water_by_base(counts, sent):
    return np.log2(sent / np.clip(counts, 1, None)) * np.log(2) / 0.0205


def swing_by_complex(row, column, size):
    place = complex(column - size // 2, size // 2 - row)
    return abs(place), math.degrees(cmath.phase(place)) % 180


def swing_by_arc(row, column, size):
    down, right = row - size // 2, column - size // 2
    far = math.sqrt(down**2 + right**2)
    angle = math.degrees(math.acos(right / far))
    if down > 0:
        angle = 180 - angle
    return [far, angle % 180]


def swing_by_search(row, column, size):
    angles = np.arange(0, 180, 0.005)
    down, right = row - size // 2, column - size // 2
    place = np.cos(np.deg2rad(angles)) * right - np.sin(np.deg2rad(angles)) * down
    best = np.abs(place).argmax()
    return np.array([abs(place[best]), angles[best]])


def joined_by_loop(counts, sent, n):
    rows = []
    for start in range(0, len(counts), n):
        rows.append(sum(-np.log(counts[start + i] / sent) for i in range(n)) / n)
    return np.array(rows)


def joined_by_product(counts, sent, n):
    """A mean of logarithms is the logarithm of the geometric mean."""
    shares = (counts / sent).reshape(-1, n, counts.shape[1])
    return -np.log(np.prod(shares, axis=1) ** (1 / n))


def joined_by_matrix(counts, sent, n):
    weights = np.kron(np.eye(len(counts) // n), np.ones(n) / n)
    return weights @ np.log(sent / counts)


def dose_by_variance(first, second, wanted):
    return np.var(np.asarray(first, float) - np.asarray(second, float)) / (2 * wanted**2)


def dose_by_loop(first, second, wanted):
    pairs = zip(np.ravel(first), np.ravel(second), strict=True)
    apart = [float(a) - float(b) for a, b in pairs]
    mean = sum(apart) / len(apart)
    return sum((one - mean) ** 2 for one in apart) / len(apart) / 2 / wanted**2


def dose_by_covariance(first, second, wanted):
    half = (np.asarray(first, float) - second).ravel() / 2
    return 2 * np.cov(half, ddof=0) / wanted**2


def two_by_cramer(at_50, at_80):
    whole = 0.0227 * 0.0428 - 0.0814 * 0.0184
    water = (at_50 * 0.0428 - at_80 * 0.0814) / whole
    return np.stack([water, (0.0227 * at_80 - 0.0184 * at_50) / whole])


def two_by_solve(at_50, at_80):
    both = np.stack([np.ravel(at_50), np.ravel(at_80)])
    lengths = np.linalg.solve([[0.0227, 0.0814], [0.0184, 0.0428]], both)
    return lengths.reshape(2, *at_50.shape)


def two_by_steps(at_50, at_80):
    # Water is put from the second equation into the first.
    bone = (at_50 - 0.0227 / 0.0184 * at_80) / (0.0814 - 0.0227 / 0.0184 * 0.0428)
    return (at_80 - 0.0428 * bone) / 0.0184, bone


RIGHT = {
    "12.1": [water_by_loop, water_by_difference, water_by_base],
    "12.2": [swing_by_complex, swing_by_arc, swing_by_search],
    "12.3": [joined_by_loop, joined_by_product, joined_by_matrix],
    "12.4": [dose_by_variance, dose_by_loop, dose_by_covariance],
    "12.5": [two_by_cramer, two_by_solve, two_by_steps],
}
