"""Views with random settings, and the line of Python that brings each back."""

import ipywidgets
import numpy as np

import ctkit
from ctkit.geometry import PLANES, PROJECTIONS
from ctkit.widgets.controls import BLENDS

SHAPE = (5, 12, 17)
NAMES = ["before", "it's", 'a "b"', "back\\slash", "Schädel 頭 😀", ""]
NAMES += ["\u202eturned", "two\nlines"]
KINDS = ["explore", "planes", "compare", "tune", "tune a mask"]


def scope():
    """What the names in a line stand for."""
    values = np.random.default_rng(4).integers(-1000, 2000, SHAPE).astype(np.int16)
    volume = ctkit.Volume.from_spacing(values, (5.0, 0.7, 0.4), origin=(-8.0, -3.0, 100.0))
    after = ctkit.Volume(values[1:, 2:, 3:] + np.int16(30), volume.affine @ shift(1, 2, 3))
    names = {name: getattr(ctkit, name) for name in ("explore", "planes", "compare", "tune")}
    names |= {"own": ipywidgets.IntText(value=2), "steps": [abs, len]}
    names |= {"volume": volume, "before": volume, "after": after}
    levels = np.digitize(values, [0, 600, 1500]).astype(np.int16)
    named = volume.with_array(levels, labels={1: "fat", 3: "it's", 9: "none"})
    several = {name: volume.with_array(values > low) for name, low in (("a", 0), ('b"', 900))}
    return names | {"masks": [volume.with_array(values > 600), named, several]}


def shift(*index):
    affine = np.eye(4)
    affine[:3, 3] = index
    return affine


def moved(volume, by=3, part=0.5, way="up", flat=False, own=0, limit=50):
    """A function to be tuned; `limit` is one of its own."""
    change = by * part * (1 if way == "up" else -1) + own + limit
    return volume.with_array((volume.array * (not flat) + change).astype(np.int16))


def above(volume, level=0):
    """A function that makes a mask."""
    return volume.array > level


def opened(kind, names, choose):
    """A view of this kind, with what it is called with."""
    volume = names["volume"]
    names["mask"] = mask = [None, *names["masks"]][choose.integers(4)]
    if kind == "compare":
        return ctkit.compare(volume, names["after"], mask=mask)
    if kind == "tune":
        names["function"] = moved
        return ctkit.tune(
            volume,
            moved,
            preview="slice",
            by=(0, 9),
            part=(0.0, 1.0, 0.125),
            way=["up", "down"],
            flat=False,
            own=names["own"],
            limit=(0, np.int64(90), 5),
        )
    if kind == "tune a mask":
        names["function"] = above
        return ctkit.tune(volume, above, level=(-500, 500, 50))
    return getattr(ctkit, kind)(volume, mask=mask)


def change_parameters(view, choose):
    """Move the controls of a function somewhere, and wait for its result."""
    for name, control in view.parameters.items():
        if name == "own" or choose.random() < 0.4:
            continue
        if isinstance(control, ipywidgets.Dropdown):
            control.index = int(choose.integers(2))
        elif isinstance(control, ipywidgets.Checkbox):
            control.value = bool(choose.integers(2))
        else:
            steps = round((control.max - control.min) / control.step)
            control.value = control.min + control.step * int(choose.integers(steps + 1))
    assert view.wait(30)


def settings(view, choose):
    """Values for the traits of a view, each with its name."""
    yield "plane", str(choose.choice(PLANES))
    yield "cursor", tuple(int(choose.integers(n)) for n in SHAPE)
    yield "slab", [0, 10, 2.5, 0.1 + 0.2, 1e4][choose.integers(5)]
    yield "projection", str(choose.choice(PROJECTIONS))
    yield "normal", choose.normal(size=3)
    # The slices of a turned plane, if it is one.
    yield "slice", int(choose.integers(view.max_slice + 1))
    yield "convention", str(choose.choice(["radiological", "neurological"]))
    yield "function", str(choose.choice(["LINEAR", "LINEAR_EXACT", "SIGMOID"]))
    yield "invert", bool(choose.integers(2))
    yield "window", [(40, 80), "bone", (0.1 + 0.2, 1234.5678901), (-600, 1500)][choose.integers(4)]
    yield "zoom", [1, 2.5, 64, 1 / 3, 0.25][choose.integers(5)]
    yield "pan", [(0, 0, 0), (-3.25, 0.1 + 0.2, 12), (1e-5, -1, 0)][choose.integers(3)]
    yield "interpolation", str(choose.choice(["linear", "nearest"]))
    yield "opacity", [0.25, 0.0, 1 / 3, 1e-5, 1.0][choose.integers(5)]
    yield "outline", bool(choose.integers(2))
    for label in view.labels:
        yield "labels", [{"value": label["value"], **one_of_label(choose)}]
    if view.mode == "compare":
        yield "blend", str(choose.choice(BLENDS))
        yield "curtain", float(choose.random())
        yield "limit", [100, 1, 62.5, 0.02, 1e17, 1e16 / 3][choose.integers(6)]
        yield "names", [str(name) for name in choose.choice(NAMES, 2)]


def one_of_label(choose):
    """One thing that can be set of a label."""
    settings = [{"name": str(choose.choice(NAMES))}, {"color": "#0A141e"}]
    settings += [{"opacity": float(choose.random())}, {"visible": bool(choose.integers(2))}]
    return settings[choose.integers(4)]


def random_view(kind, names, seed):
    """A view of this kind with random settings, some left as they are."""
    choose = np.random.default_rng(seed)
    view = opened(kind, names, choose)
    if kind.startswith("tune"):
        change_parameters(view, choose)
    for name, value in settings(view, choose):
        # What is a parameter of `moved` can't be told to the view.
        if choose.random() < 0.6 and not (kind == "tune" and name == "limit"):
            setattr(view, name, value)
    return view
