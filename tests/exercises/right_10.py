"""Right answers of page 10, written otherwise."""

import numpy as np

import ctkit


def ras_by_rows(affine):
    result = affine.copy()
    result[:2] *= -1
    return result


def ras_by_signs(affine):
    return affine * [[-1], [-1], [1], [1]]


def ras_by_loop(affine):
    rows = [list(row) for row in affine]
    for row in rows[:2]:
        for i, number in enumerate(row):
            row[i] = -number
    return rows


def stored_by_loop(values, slope, intercept):
    result = np.zeros(values.shape, np.int16)
    for place in np.ndindex(values.shape):
        whole = round((float(values[place]) - intercept) / slope)
        result[place] = max(-32768, min(32767, whole))
    return result


def stored_by_half(values, slope, intercept):
    whole = np.floor((values.astype(np.float64) - intercept) / slope + 0.5)
    return np.clip(whole, *(getattr(np.iinfo(np.int16), end) for end in ("min", "max"))).astype(
        "i2"
    )


def stored_clipped_first(values, slope, intercept):
    low, high = -32768 * slope + intercept, 32767 * slope + intercept
    return np.round((values.clip(low, high) - intercept) / slope).astype(np.int16)


def error_by_loop(hu, center, width):
    worst = 0.0
    for value in hu:
        grey = ((float(value) - (center - 0.5)) / (width - 1) + 0.5) * 255
        grey = int(min(max(grey, 0), 255) + 0.5)
        back = (grey / 255 - 0.5) * (width - 1) + center - 0.5
        worst = max(worst, abs(back - value))
    return worst


def error_by_ends(hu, center, width):
    greys = ctkit.apply_window(hu, center, width, dtype=np.uint8)
    back = np.interp(greys, (0, 255), (center - width / 2, center + width / 2 - 1))
    return np.max(np.abs(back - hu))


def error_by_table(hu, center, width):
    table = np.linspace(center - width / 2, center + width / 2 - 1, 256)
    back = table[ctkit.apply_window(hu, center, width, dtype=np.uint8)]
    return max((back - hu).max(), (hu - back).max())


def png_by_view(hu):
    return np.ascontiguousarray(hu).view(np.uint16) ^ np.uint16(0x8000)


def png_by_float(hu):
    return (hu.astype(np.float64) + 32768).astype("uint16")


def png_by_loop(hu):
    result = np.zeros(hu.shape, np.uint16)
    for place in np.ndindex(hu.shape):
        result[place] = int(hu[place]) + 32768
    return result


RIGHT = {
    "10.1": [ras_by_rows, ras_by_signs, ras_by_loop],
    "10.2": [stored_by_loop, stored_by_half, stored_clipped_first],
    "10.3": [error_by_loop, error_by_ends, error_by_table],
    "10.4": [png_by_view, png_by_float, png_by_loop],
}
