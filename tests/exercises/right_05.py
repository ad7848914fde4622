"""Right answers of page 05, written otherwise."""

import math

import numpy as np


def ends_by_length(center, width):
    return center - width / 2, center + width / 2 - 1


def ends_by_array(center, width):
    return np.array([-width / 2, width / 2 - 1]) + center


def ends_by_grey(center, width):
    # The formula of the standard solved for a grey of 0 and of 1.
    return [(grey - 0.5) * (width - 1) + center - 0.5 for grey in (0, 1)]


def window_by_mean(black, white):
    return np.mean([black, white + 1]), white + 1 - black


def window_by_count(black, white):
    width = len(range(black, white + 1))
    return black + width / 2, width


def window_by_equations(black, white):
    # center - width / 2 = black and center + width / 2 - 1 = white
    return np.linalg.solve([[1, -0.5], [1, 0.5]], [black, white + 1])


def apart_by_ends(first, second, center, width):
    low, high = center - width / 2, center + width / 2 - 1
    shown = [min(max(hu, low), high) for hu in (first, second)]
    return 255 * math.fabs(shown[0] - shown[1]) / (high - low)


def apart_by_interp(first, second, center, width):
    ends = center - width / 2, center + width / 2 - 1
    return np.ptp(np.interp([first, second], ends, (0, 255)))


def apart_by_loop(first, second, center, width):
    greys = []
    for hu in sorted((first, second)):
        grey = (hu - (center - 0.5)) / (width - 1) + 0.5
        greys.append(0 if grey < 0 else 1 if grey > 1 else grey)
    return 255 * (greys[1] - greys[0])


def bytes_by_interp(hu, center, width):
    ends = center - width / 2, center + width / 2 - 1
    return np.rint(np.interp(hu, ends, (0, 255))).astype(np.uint8)


def bytes_by_loop(hu, center, width):
    result = np.zeros(hu.shape, np.uint8)
    for place in np.ndindex(hu.shape):
        grey = (float(hu[place]) - (center - 0.5)) / (width - 1) + 0.5
        result[place] = int(255 * min(max(grey, 0), 1) + 0.5)
    return result


def bytes_by_table(hu, center, width):
    # Whole and half HU, looked up: as a viewer does for integers.
    halves = np.arange(-2 * 32768, 2 * 32768)
    grey = (halves / 2 - (center - 0.5)) / (width - 1) + 0.5
    table = (255 * grey.clip(0, 1) + 0.5).astype(np.uint8)
    return table[np.round(2 * hu.astype(np.float64)).astype(int) + 2 * 32768]


RIGHT = {
    "05.1": [ends_by_length, ends_by_array, ends_by_grey],
    "05.2": [window_by_mean, window_by_count, window_by_equations],
    "05.3": [apart_by_ends, apart_by_interp, apart_by_loop],
    "05.4": [bytes_by_interp, bytes_by_loop, bytes_by_table],
}
