"""Right answers of page 14, written otherwise."""

import numpy as np


def left_by_loop(scans, rows):
    names = []
    for name in scans:
        ending = rows.get(scans[name], "not begun")
        if ending in ("killed", "not begun"):
            names.append(name)
    return names


def left_by_sets(scans, rows):
    final = {told for told, ending in rows.items() if ending in {"ready", "refused"}}
    return [name for name, told in scans.items() if told not in final]


def left_by_filter(scans, rows):
    return list(filter(lambda name: rows.get(scans[name], "killed") == "killed", scans))


def groups_by_walk(patients, contents):
    found = [None] * len(patients)
    number = 0
    for first in range(len(patients)):
        if found[first] is not None:
            continue
        waiting = [first]
        while waiting:
            i = waiting.pop()
            if found[i] is not None:
                continue
            found[i] = number
            for j in range(len(patients)):
                known = patients[j] is not None and patients[j] == patients[i]
                if known or contents[j] == contents[i]:
                    waiting.append(j)
        number += 1
    return found


def groups_by_parents(patients, contents):
    parents = list(range(len(patients)))

    def top(i):
        return i if parents[i] == i else top(parents[i])

    met = {}
    for i, (patient, content) in enumerate(zip(patients, contents, strict=True)):
        keys = [("content", content)]
        if patient is not None:
            keys.append(("patient", patient))
        for key in keys:
            parents[top(i)] = top(met.setdefault(key, i))
    numbers = {}
    return [numbers.setdefault(top(i), len(numbers)) for i in range(len(parents))]


def groups_by_matrix(patients, contents):
    count = len(patients)
    joined = np.eye(count, dtype=bool)
    for i in range(count):
        for j in range(count):
            joined[i, j] |= contents[i] == contents[j]
            joined[i, j] |= patients[i] is not None and patients[i] == patients[j]
    for _ in range(count):
        joined = (joined.astype(int) @ joined) > 0
    first = joined.argmax(axis=1)
    return np.unique(first, return_inverse=True)[1]


def speed_by_seconds(read_s, work_s, workers):
    return 3600 / max(read_s, (read_s + work_s) / workers)


def speed_by_cases(read_s, work_s, workers):
    if workers * read_s >= read_s + work_s:
        return 3600 / read_s
    return 3600 * workers / (read_s + work_s)


def speed_by_clock(read_s, work_s, workers):
    """Scan by scan: how long does the disk take for the second thousand?"""
    free, disk, at = [0.0] * workers, 0.0, []
    for _ in range(2001):
        worker = free.index(min(free))
        disk = max(disk, free[worker]) + read_s
        free[worker] = disk + work_s
        at.append(disk)
    return 3600 * 1000 / (at[2000] - at[1000])


def start_by_loop(voxel, patch, shape):
    found = []
    for v, p, n in zip(voxel, patch, shape, strict=True):
        start = v - p // 2
        found.append(min(max(start, 0), n - p))
    return tuple(found)


def start_by_moves(voxel, patch, shape):
    start = np.subtract(voxel, np.floor_divide(patch, 2))
    start -= np.minimum(start, 0)
    return start - np.maximum(start + patch - shape, 0)


def start_by_search(voxel, patch, shape):
    """Of all places where the patch fits, the one nearest to the wanted one."""
    return [
        min(range(n - p + 1), key=lambda place: abs(place + p // 2 - v))
        for v, p, n in zip(voxel, patch, shape, strict=True)
    ]


RIGHT = {
    "14.1": [left_by_loop, left_by_sets, left_by_filter],
    "14.2": [groups_by_walk, groups_by_parents, groups_by_matrix],
    "14.3": [speed_by_seconds, speed_by_cases, speed_by_clock],
    "14.4": [start_by_loop, start_by_moves, start_by_search],
}
