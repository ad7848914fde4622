"""What view.js mirrors from Python: layouts, the sampler, measures, the description of a pane."""

import itertools

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import ctkit
from ctkit import lettering, marks, overlay
from ctkit.cutting import cut_stack, index_through, is_turned, voxel_at
from ctkit.geometry import (
    PLANES,
    PROJECTIONS,
    cursor_on,
    nearest_plane,
    reaches,
    slab_offsets,
    slice_at,
    stack_on,
)
from ctkit.overlay import as_stack
from ctkit.sampling import plane_of, sample
from ctkit.widgets import measuring, still
from ctkit.widgets.parts import window
from ctkit.widgets.voxels import kind_of

pytestmark = pytest.mark.browser
SHAPE = (5, 8, 13)
CONVENTIONS = ("radiological", "neurological")
# Makes a Source of plain values, as one of Jupyter's models would.
SOURCE = """({ values, ...state }) => {
    const types = { int16: Int16Array, float32: Float32Array, uint8: Uint8Array };
    state.buffer = new DataView(new types[state.kind](values).buffer);
    return new pure.Source({ get: (name) => state[name], set() {}, on() {}, off() {} });
}"""


def turned(degrees):
    """A rotation about an oblique axis."""
    angle, axis = np.radians(degrees), np.array([0.6, 0.0, 0.8])
    cross = np.cross(np.eye(3), axis)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def volume_of(degrees=0.0, shape=SHAPE, spacing=(3.0, 1.0, 0.7), shift=(4.3, 5.1, 6.2)):
    affine = np.eye(4)
    affine[:3, :3] = turned(degrees) @ np.eye(3)[:, ::-1] * spacing
    affine[:3, 3] = shift
    values = np.random.default_rng(5).integers(-1000, 2000, shape).astype(np.int16)
    return ctkit.Volume(values, affine)


def grid_of(volume):
    """A grid as the browser has it: plain lists."""
    layouts = {
        convention: {
            plane: overlay.plain_stack(volume.stack(plane, convention)) for plane in PLANES
        }
        for convention in CONVENTIONS
    }
    grid = {"shape": volume.shape, "affine": volume.affine.tolist(), "layouts": layouts}
    return plain(grid)


def source_of(volume):
    values = {"values": volume.array.ravel().tolist(), "kind": kind_of(volume)}
    return grid_of(volume) | values


def plain(value):
    """Tuples as lists, as they come back from the browser."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def assert_same(found, expected, where="description"):
    """The same texts, and the same numbers but for rounding."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for name, value in expected.items():
            assert_same(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, value in enumerate(expected):
            assert_same(found[number], value, f"{where}[{number}]")
    elif isinstance(expected, float) or (isinstance(found, float) and expected is not None):
        assert found == pytest.approx(expected, abs=1e-7), where
    else:
        assert found == expected, where


# ------------------------------------------------------------------------------ planes


@pytest.mark.parametrize("degrees", [0, 20, 70, 110, 200])
def test_a_plane_is_laid_out_as_in_python(script, degrees):
    volume = volume_of(degrees)
    for plane, convention in itertools.product(PLANES, CONVENTIONS):
        layout = volume.layout(plane, convention)._asdict()
        index = volume.shape[layout["axis"]] - 2
        found = script.evaluate(
            """([layout, shape, index, values]) => {
                const steps = pure.planeSteps(layout, shape, index);
                const table = Uint32Array.from({ length: 65536 }, (_, bits) => bits);
                const out = new Uint32Array(steps.rows * steps.columns);
                pure.fillPlane(out, new Uint16Array(new Int16Array(values).buffer), table, steps);
                return Array.from(out);
            }""",
            [layout, volume.shape, index, volume.array.ravel().tolist()],
        )
        expected = volume.plane(plane, index, convention)
        assert np.array_equal(np.uint16(found).view(np.int16), expected.ravel())


def test_places_in_the_patient_and_back(pure):
    volume = volume_of(33)
    affine = volume.affine.tolist()
    index = [1.25, 6.0, 2.5]
    place = pure("applyAffine", affine, index)
    assert place == pytest.approx(volume.to_world(index))
    back = pure("invert", affine)
    assert pure("applyAffine", back, place) == pytest.approx(index)
    both = np.array(pure("compose", back, affine))
    assert both == pytest.approx(np.eye(4)[:3])


# ---------------------------------------------------------------------------- sampler


def test_the_sampler_is_python_s_and_scipy_s(script):
    volume = volume_of()
    places = np.random.default_rng(1).uniform(-1, np.array(SHAPE), (400, 3))
    places[:40] = np.round(places[:40])
    places[40:60] = np.round(places[40:60]) + 3e-5
    found = script.evaluate(
        f"([source, places]) => {{ const made = ({SOURCE})(source);"
        " return places.map((place) => pure.sample(made, place)); }",
        [source_of(volume), places.tolist()],
    )
    expected = sample(volume.array, places)
    inside = (np.abs(places - (np.array(SHAPE) - 1) / 2) <= np.array(SHAPE) / 2).all(axis=1)
    assert inside.any()
    assert not inside.all()
    assert np.array_equal([value is not None for value in found], inside)
    assert np.array_equal(~np.isnan(expected), inside)
    assert np.array(found)[inside].astype(float) == pytest.approx(expected[inside])
    reference = map_coordinates(
        volume.array.astype(float), places[inside].T, order=1, mode="nearest"
    )
    assert expected[inside] == pytest.approx(reference, abs=0.2)


def sheared(seed, shape):
    """A volume on a random grid: turned, sheared, of either hand."""
    random = np.random.default_rng(seed)
    lengths = random.uniform(0.6, 4, 3) * random.choice([-1, 1], 3)
    lean = np.eye(3) + np.triu(random.uniform(-0.4, 0.4, (3, 3)), 1).T
    affine = np.eye(4)
    affine[:3, :3] = turned(random.uniform(0, 360)) @ np.eye(3)[:, random.permutation(3)]
    affine[:3, :3] = affine[:3, :3] @ lean * lengths
    affine[:3, 3] = random.uniform(-20, 20, 3)
    values = random.integers(-1000, 2000, shape).astype(np.int16)
    if seed % 2:
        values = (values / 7).astype(np.float32)
        values[random.random(shape) < 0.02] = np.nan
    return ctkit.Volume(values, affine)


@pytest.mark.parametrize("seed", range(8))
def test_a_plane_of_any_grid_is_sampled_as_in_python(script, seed):
    first, second = sheared(seed, SHAPE), sheared(seed + 100 * (seed % 3), (6, 9, 7))
    centre = second.to_world((np.array(second.shape) - 1) / 2)
    middle = first.to_world((np.array(SHAPE) - 1) / 2)
    second = ctkit.Volume(
        second.array, np.array(second.affine) + np.pad((middle - centre)[:, None], ((0, 1), (3, 0)))
    )
    sampled = 0
    for plane, convention in itertools.product(PLANES, CONVENTIONS):
        base = first.stack(plane, convention)
        on = stack_on(base, second.stack(plane, convention), second.shape, second.affine)
        for volume, stack in ((first, base), (second, on)):
            index = stack.shape[stack.layout.axis] // 2
            found = script.evaluate(
                f"""([source, stack, index]) => {{
                    const made = ({SOURCE})(source);
                    return Array.from(pure.laidOut(made, made.picture(stack, index)), String);
                }}""",
                [source_of(volume), overlay.plain_stack(stack), index],
            )
            expected = plane_of(volume.array, volume.affine, stack, index)
            inside = np.isfinite(expected)
            sampled += np.count_nonzero(inside) if stack.resampled else 0
            found = np.array([float(value.replace("Infinity", "inf")) for value in found])
            assert found == pytest.approx(expected.ravel(), abs=2e-3, nan_ok=True)
    assert sampled > 100


@pytest.mark.parametrize("seed", range(6))
def test_stacks_and_cursors_are_those_of_python(pure, seed):
    first, second = sheared(seed, SHAPE), sheared(seed + 50, (6, 9, 7))
    grid = {"shape": list(first.shape), "affine": first.affine.tolist()}
    cursor = (1, 6, 2)
    for plane in PLANES:
        stack = first.stack(plane)
        own = second.stack(plane)
        plain = overlay.plain_stack(stack)
        on = overlay.plain_stack(stack_on(stack, own, second.shape, second.affine))
        place = (second.shape, second.affine.tolist())
        assert_same(pure("stackOn", plain, overlay.plain_stack(own), *place), on)
        for index in range(stack.shape[stack.layout.axis]):
            reached = reaches(as_stack(on), second.shape, second.affine, index)
            assert pure("reaches", on, *place, index) == reached
            moved = pure("cursorOn", plain, *grid.values(), list(cursor), index)
            cursor = cursor_on(stack, first.shape, first.affine, cursor, index)
            assert tuple(moved) == cursor
            # Every plane of a stack has a voxel, and a voxel leads back to its plane.
            assert all(0 <= n < size for n, size in zip(cursor, first.shape, strict=True))
            assert slice_at(stack, first.affine, cursor) == index
            assert pure("sliceAt", plain, grid["affine"], list(cursor)) == index


def cut(random, volume):
    """A state that cuts a volume somehow: turned or not, a slab or not."""
    normal = random.normal(size=3)
    cursor = [int(random.integers(0, n)) for n in volume.shape]
    near = volume.to_world(np.array(cursor) + random.uniform(-0.6, 0.6, 3))
    return {
        "convention": CONVENTIONS[random.integers(2)],
        "cursor": cursor,
        "normal": random.choice([None, 1]) and (normal / np.linalg.norm(normal)).tolist(),
        "through": random.choice([None, 1]) and near.tolist(),
        "slab": float(random.choice([0, 1.4, 3, 6.5, 100])),
        "projection": str(random.choice(PROJECTIONS)),
    }


def stacks_of(volume, state):
    return {plane: volume.stack(plane, state["convention"]) for plane in PLANES}


@pytest.mark.parametrize("seed", range(30))
def test_a_volume_is_cut_as_in_python(pure, seed):
    random, volume = np.random.default_rng(seed), sheared(seed, SHAPE)
    state, grid = cut(random, volume), grid_of(volume)
    stacks, where = stacks_of(volume, state), (volume.shape, volume.affine)
    other = sheared(seed + 50, (6, 9, 7))
    there = (other.shape, other.affine.tolist())
    if state["normal"]:
        plain = {plane: overlay.plain_stack(stack) for plane, stack in stacks.items()}
        assert pure("nearestPlane", state["normal"], plain) == nearest_plane(
            state["normal"], stacks
        )
    for plane in PLANES:
        stack = cut_stack(state, stacks, plane, *where)
        found = pure("cutStack", state, grid, plane)
        expected = overlay.plain_stack(stack)
        assert_same(found, {name: expected[name] for name in found})
        assert set(found) == set(expected)
        assert pure("isTurned", state, grid, plane) == is_turned(state, stacks, plane)
        place = index_through(state, stacks, plane, *where)
        assert pure("indexThrough", state, grid, plane) == pytest.approx(place)
        index = slice_at(stack, volume.affine, place)
        assert pure("sliceAt", found, grid["affine"], place) == index
        assert 0 <= index < stack.shape[stack.layout.axis]
        for shape, affine in ((volume.shape, grid["affine"]), there):
            ends = pure("slabOffsets", found, shape, affine, index)
            planes = slab_offsets(stack, shape, affine, index)
            assert range(ends[0], ends[1] + 1) == planes
        assert pure("reaches", found, *there, index) == reaches(stack, *there, index)
        point = volume.to_world(random.uniform(-3, 12, 3)).tolist()
        assert tuple(pure("voxelAt", point, grid)) == voxel_at(point, *where)


@pytest.mark.parametrize("seed", range(16))
def test_what_is_cut_is_sampled_as_in_python(script, seed):
    random, volume = np.random.default_rng(seed), sheared(seed, SHAPE)
    if seed % 4 == 0:
        volume = ctkit.Volume(volume.array, volume_of(0).affine)
    for _ in range(4):
        state = cut(random, volume)
        stacks = stacks_of(volume, state)
        plane = nearest_plane(state["normal"], stacks) if state["normal"] else PLANES[seed % 3]
        where = (volume.shape, volume.affine)
        stack = cut_stack(state, stacks, plane, *where)
        index = slice_at(stack, volume.affine, index_through(state, stacks, plane, *where))
        found = script.evaluate(
            f"""([source, stack, index]) => {{
                const made = ({SOURCE})(source);
                return Array.from(pure.laidOut(made, made.picture(stack, index)), String);
            }}""",
            [source_of(volume), overlay.plain_stack(stack), index],
        )
        found = np.array([float(value.replace("Infinity", "inf")) for value in found])
        expected = plane_of(volume.array, volume.affine, stack, index).ravel()
        assert found == pytest.approx(expected, abs=2e-3, nan_ok=True)
        assert np.isfinite(found).any()


@pytest.mark.parametrize("degrees", [0, 25])
def test_a_difference_is_that_of_the_still_picture(script, degrees):
    first, second = volume_of(), volume_of(degrees, (6, 9, 7), (2.5, 0.9, 1.1), (5, 6, 7))
    view = ctkit.compare(first, second, blend="difference", limit=700, plane="coronal")
    shown = overlay.pictures(*described(view)[:2], overlay.panes(*described(view)[:2])[0])
    found = script.evaluate(
        f"""([first, second, layout, slice, limit]) => {{
            const make = {SOURCE};
            const out = new Uint32Array(first.shape[layout.down] * first.shape[layout.across]);
            const colours = pure.differenceTable();
            const held = pure.differenceHeld(make(first), make(second), layout, slice);
            pure.fillDifference(out, held.values, limit, colours);
            return Array.from(out);
        }}""",
        [source_of(first), source_of(second), shown["base"]["layout"], view.slice, view.limit],
    )
    expected = still._difference(view, shown)
    pixels = np.uint32(found).view(np.uint8).reshape(expected.shape)
    assert np.array_equal(pixels[..., 3], expected[..., 3])
    assert 0 < np.count_nonzero(pixels[..., 3]) < pixels[..., 3].size
    # One of 255 steps may fall on the other side of a half.
    assert np.abs(pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("degrees", [0, 27])
def test_labels_are_painted_as_in_python(script, degrees, plane, convention):
    """Label maps with large values and some below 0, on their own grid; masks that overlap."""
    volume = volume_of()
    tilted = np.array(volume.affine)
    tilted[1, 0] += 1.3
    volume = ctkit.Volume(volume.array, tilted if degrees else volume.affine)
    blocks = np.random.default_rng(8).choice([0, 1, 2, 7, 300, -4], (3, 4, 6))
    array = np.kron(blocks, np.ones((2, 2, 2), int)).astype(np.int16)
    own = volume_of(degrees, array.shape, (2.5, 1.1, 0.9), (5, 6, 7)).affine
    labels = ctkit.Volume(array, own).with_array(array, labels={1: "a", 7: "b"})
    small = labels.with_array(np.abs(array) % 256)
    several = {name: labels.with_array(array > low) for name, low in (("a", 0), ("b", 2))}
    view = ctkit.explore(volume, plane=plane, convention=convention, mask=volume.array > 0)
    for mask in (volume.with_array(volume.array > 0), labels, small, several):
        view.show_mask(mask)
        view.labels = [{"value": view.labels[-1]["value"], "opacity": 0.4, "color": "#336699"}]
        for opacity, outline, hidden, slab in (
            (0.3, True, False, 0),
            (0.85, False, False, 0),
            (1, True, True, 0),
            (0.6, True, False, 5.5),
        ):
            view.opacity, view.outline = opacity, outline
            view.labels = [{"value": view.labels[0]["value"], "visible": not hidden}]
            shown = overlay.pictures(*described(view)[:2], overlay.panes(*described(view)[:2])[0])
            cut = shown["mask"]["layout"] | {"thickness": slab, "projection": "mean"}
            shown["mask"]["layout"] = cut
            expected = still._mask(view, shown["mask"])
            found = script.evaluate(
                f"""([source, {{ layout, slice }}, labels, overlaps, opacity, outline]) => {{
                    const {{ values, steps }} = ({SOURCE})(source).picture(layout, slice);
                    const out = new Uint32Array(steps.rows * steps.columns);
                    const paint = pure.paintOf(labels, overlaps, opacity);
                    pure.fillLabels(out, values, steps, paint, outline);
                    return Array.from(out);
                }}""",
                [
                    source_of(view.mask) | {"nearest": view.mask.is_labels},
                    plain(shown["mask"]),
                    view.labels,
                    view.overlaps,
                    opacity,
                    outline,
                ],
            )
            pixels = np.uint32(found).view(np.uint8).reshape(expected.shape)
            shown = expected[..., 3] > 0
            assert shown.any() or (hidden and len(view.labels) == 1)
            assert np.array_equal(pixels[..., 3], expected[..., 3])
            assert np.array_equal(pixels[shown], expected[shown])
        assert_described_alike(lambda *args: pure_of(script, *args), view)


def pure_of(script, name, *args):
    return script.evaluate("([name, args]) => pure[name](...args)", [name, args])


# ---------------------------------------------------------------------------- measures


@pytest.mark.parametrize("kind", ["ellipse", "rectangle"])
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("plane", PLANES)
def test_a_region_is_measured_as_in_python(script, kind, convention, plane):
    volume = volume_of(20)
    layout = volume.layout(plane, convention)
    random = np.random.default_rng(3)
    for number in range(12):
        ends = random.uniform(-2, np.array(SHAPE) + 1, (2, 3))
        ends[:, layout.axis] = random.integers(SHAPE[layout.axis])
        if number == 0:  # a region with no height holds the voxels of its row
            ends[:, layout.down] = 3
        region = {
            "kind": kind,
            "plane": plane,
            "slice": int(ends[0, layout.axis]),
            "start": ends[0].tolist(),
            "end": ends[1].tolist(),
        }
        mark = mark_of(volume, region)
        found = measured(script, volume, mark, plane, convention)
        assert_same(found, measuring.measure(volume, mark))


def mark_of(volume, row):
    """A mark as the browser has it."""
    stacks = measuring.stacks_of(volume)
    (mark,) = marks.taken([row], stacks, volume.affine)
    return mark


def measured(script, volume, mark, plane, convention, second=None):
    """What the script says of a mark."""
    return script.evaluate(
        f"""([source, mark, plane, of, other]) => {{
            const [first, second] = [source, other].map((one) => one && ({SOURCE})(one));
            const grids = {{ voxels: first, second }};
            const stack = first.layouts[of][plane];
            const on = second && pure.layoutOf({{ convention: of }}, grids, plane, "second");
            const slice = pure.sliceOf(mark, stack);
            return pure.measureMark(first, mark, stack, slice, second, on);
        }}""",
        [source_of(volume), mark, plane, convention, second and source_of(second)],
    )


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("degrees", [0, 25])
def test_a_region_of_two_volumes_is_measured_as_in_python(script, degrees, plane, convention):
    first = volume_of()
    second = volume_of(degrees, (6, 9, 7), (2.5, 0.9, 1.1), (5, 6, 7))
    holes = (second.array / 7).astype(np.float32)
    holes[np.random.default_rng(9).random(holes.shape) < 0.1] = np.nan
    second = second.with_array(holes)
    axis = first.layout(plane).axis
    random, seen = np.random.default_rng(4), []
    for _ in range(6):
        ends = random.uniform(-1, np.array(SHAPE), (2, 3))
        index = int(random.integers(SHAPE[axis]))
        region = {"kind": "ellipse", "plane": plane, "slice": index}
        region |= {"start": ends[0].tolist(), "end": ends[1].tolist()}
        mark = mark_of(first, region)
        found = measured(script, first, mark, plane, convention, second)
        expected = measuring.measure(first, mark, second)
        assert_close(found, expected)
        seen.append(expected["after"])
    assert any(one and one["voxels"] for one in seen)


def assert_close(found, expected):
    """As `assert_same`, for statistics of values that were kept as float32."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        if isinstance(value, dict):
            assert_close(found[name], value)
        else:
            assert found[name] == pytest.approx(value, abs=1e-3), name


def test_a_length_is_measured_as_in_python(pure):
    points = volume_of(40).to_world([(0, 1.5, 2), (4, 7, 11.25)])
    expected = measuring.length_of(points)
    assert pure("lengthOf", points.tolist()) == pytest.approx(expected)


# ------------------------------------------------------------------------- description


def described(view):
    """The state and the grids of a view as plain values."""
    names = {"voxels": view.volume, "overlay": view.mask, "second": getattr(view, "after", None)}
    grids = {name: grid_of(volume) for name, volume in names.items() if volume is not None}
    return plain(still._state(view)), grids


def assert_described_alike(pure, view, stages=((512, 512), (363, 380.5))):
    """Every pane of a view, on a wide and a narrow stage; the states are returned."""
    state, grids = described(view)
    panes = overlay.panes(state, grids)
    assert pure("panes", state, grids) == panes
    for pane, stage in itertools.product(panes, stages):
        wanted = pane | {"flickered": stage[0] < 400}
        expected = plain(overlay.describe(state, grids, wanted, stage))
        assert_same(pure("describe", state, grids, wanted, stage), expected)
    return state


@pytest.mark.parametrize("degrees", [0, 20, 110])
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("plane", PLANES)
def test_one_pane_is_described_alike(pure, degrees, convention, plane):
    volume = volume_of(degrees)
    view = ctkit.explore(volume, plane=plane, convention=convention, window=(40.25, 81.5))
    assert_described_alike(pure, view)
    view.cursor = (1, 6, 2)
    view.invert = True
    here = {"plane": plane, "slice": view.slice}
    view.ruler = here | {"start": (1, 2.5, 3), "end": (1, 6, 11.25)}
    for kind in ("rectangle", "ellipse"):
        view.roi = here | {"kind": kind, "start": (0.5, 6.5, 2), "end": (4, 1.25, 10)}
        assert_described_alike(pure, view)
    view.slice = 0
    view.window = "bone"
    view.zoom, view.pan = 2.5, (3.1, -2, 1.25)
    assert_described_alike(pure, view)


@pytest.mark.parametrize("seed", range(3))
def test_sheared_and_turned_volumes_are_described_alike(pure, seed):
    first, second = sheared(2 * seed, SHAPE), sheared(seed + 50, (6, 9, 7))
    for view in (ctkit.planes(first), ctkit.compare(first, second, blend="curtain")):
        for plane in PLANES:
            view.plane, view.slice = plane, 1
            ends = {"start": (1, 2.5, 3), "end": (1, 6, 11.25)}
            view.roi = {"kind": "ellipse", "plane": plane, "slice": 1, **ends}
            assert_described_alike(pure, view)
        view.zoom, view.pan = 0.4, (3.1, -2, 1.25)
        assert_described_alike(pure, view)


@pytest.mark.parametrize("value", [0.658, 731026.4, -1.25e-5, 1e-7, 37.0, 0.0, None, float("nan")])
@pytest.mark.parametrize("unit", ["HU", ""])
def test_values_are_written_alike(pure, value, unit):
    if value == value:  # no JSON holds the others
        assert pure("valueText", value, unit) == overlay.value_text(value, unit)
    else:
        assert overlay.value_text(value, unit) == "no number"


def test_texts_stand_where_python_has_them(pure):
    draw = np.random.default_rng(4)
    syllables = ["before ", "| ", "C 40  ", "soft tissue", "\n", "−", "größer", "𝛼", " ", "12 mm"]
    places = ("left", "right", "top", "bottom", "tl", "tr", "bl", "br", "measure", "nothing")
    for _ in range(60):
        words = {place: "".join(draw.choice(syllables, draw.integers(0, 9))) for place in places}
        stage = draw.integers(150, 900, 2).tolist()
        expected = lettering.stand(words, stage)
        assert_same(pure("stand", words, stage), expected)
        lines = [[[0, y], [stage[0], y]] for y in range(5, stage[1], 40)]
        lines += [[[x, 0], [x, stage[1]]] for x in range(5, stage[0], 40)]
        assert_same(pure("interrupt", lines, expected), lettering.interrupt(lines, expected))


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_three_planes_are_described_alike(pure, convention):
    volume = volume_of(15)
    mask = volume.with_array(volume.array > 0)
    view = ctkit.planes(volume, mask=mask, convention=convention, window="lung")
    assert_described_alike(pure, view)
    view.plane, view.cursor = "sagittal", (0, 7, 12)
    view.zoom, view.pan = 7, (-3.1, 2, 1.25)
    assert_described_alike(pure, view)


@pytest.mark.parametrize("blend", ["side by side", "curtain", "flicker", "difference"])
@pytest.mark.parametrize("degrees", [0, 25])
def test_two_volumes_are_described_alike(pure, blend, degrees):
    second = volume_of(degrees, (6, 9, 7), (2.5, 0.9, 1.1), (5, 6, 7))
    view = ctkit.compare(volume_of(), second, blend=blend, limit=12.5, names=("a", "b c"))
    view.curtain, view.busy, view.note = 0.3, "preview", "rounded"
    for plane, index in (("axial", 3), ("coronal", 0), ("sagittal", 12)):
        view.plane, view.slice = plane, index
        assert_described_alike(pure, view)
    view.zoom, view.pan = 31, (-0.3, 2, 1.25)
    assert_described_alike(pure, view)


def test_a_slice_that_the_second_lacks_is_said(pure):
    view = ctkit.compare(volume_of(), volume_of(shift=(4.3, 5.1, 9.3)), slice=0)
    assert_described_alike(pure, view)
    state, grids = described(view)
    second = overlay.describe(state, grids, overlay.panes(state, grids)[1], (512, 512))
    texts = {text["place"]: text["text"] for text in second["texts"]}
    assert texts["tl"] == "axial\nno slice here"
    assert texts["nothing"] == "no slice here"
    assert texts["tr"] == "after"


def test_a_mask_on_a_grid_of_its_own_is_placed_alike(pure):
    view = ctkit.compare(volume_of(), volume_of())
    part = ctkit.Volume(np.ones((3, 4, 5), bool), volume_of().affine @ np.diag([1, 2, 2, 1.0]))
    view.show_mask(part)
    assert_described_alike(pure, view)
    state, grids = described(view)
    boxes = overlay.describe(state, grids, overlay.panes(state, grids)[0], (512, 512))["boxes"]
    assert boxes["mask"]["width"] == pytest.approx(boxes["base"]["width"] * 10 / 13)


@pytest.mark.parametrize("field", [0.4, 3, 12, 100, 245, 250, 999])
def test_scale_bar_is_the_same_round_length(pure, field):
    assert pure("barLength", field) == pytest.approx(overlay.bar_length(field))


@pytest.mark.parametrize("value", [0, -0.001, 0.005, 1.005, -40.125, 1e5, -3.5, 1234.5678])
def test_numbers_are_written_alike(pure, value):
    assert pure("numberText", value) == overlay.number_text(value)
    for axis in range(3):
        assert pure("sideText", axis, value) == overlay.side_text(axis, value)


# ------------------------------------------------------------------------------- parts


def test_every_trait_of_a_part_is_one_of_python_s(script):
    # The view that has every part.
    view = ctkit.tune(volume_of(), ctkit.denoise, sigma_mm=(0.5, 2.0))
    parts = script.evaluate(
        "pure.PARTS.map(({ traits, source }) => [...traits, source ?? []].flat())"
    )
    names = [name for part in parts for name in part]
    assert len(names) == len(set(names))
    assert set(names) - {"standalone"} <= set(view.keys)


# -------------------------------------------------------------------------- clean-up

LEFT = """async ([state, source]) => {
    const listeners = new Map();
    const modelOf = (state) => ({
        get: (name) => state[name],
        set: (name, value) => (state[name] = value),
        on(name, handler) { listeners.set(handler, [state, name]); },
        off(name, handler) { listeners.delete(handler); },
        save_changes() {},
        send() {},
    });
    const values = new Int16Array(source.values);
    const voxels = { ...source, kind: "int16", buffer: new DataView(values.buffer) };
    const model = modelOf({ ...state, voxels: modelOf(voxels), overlay: null, second: null });
    const { initialize, render } = view.default();
    const counts = [];
    const count = () => counts.push([...listeners.values()].filter(([of]) => of !== voxels).length);
    const end = initialize({ model });
    const elements = [document.createElement("div"), document.createElement("div")];
    document.body.append(...elements);
    const views = [];
    for (const el of elements) views.push(await render({ model, el }));
    const canvases = elements.map((el) => el.querySelector("canvas"));
    const painted = canvases.map((canvas) => canvas.width * canvas.height);
    count();
    views[0]();
    count();
    const half = elements.map((el) => el.childElementCount);
    views[1]();
    end();
    count();
    for (const [handler, [of, name]] of listeners) {
        if (of === voxels && name === "destroy") handler();
    }
    return {
        counts, half, painted,
        rest: canvases.map((canvas) => canvas.width * canvas.height),
        buffer: voxels.buffer,
        elements: elements.map((el) => el.childElementCount),
        source: [...listeners.values()].map(([, name]) => name),
    };
}"""


def test_a_closed_view_and_closed_voxels_leave_nothing_behind(script):
    volume = volume_of()
    view = ctkit.explore(volume, window="bone")
    more = {
        "limits": view.limits,
        "step": view.step,
        "home": view.home,
        "histogram": view.histogram,
        "call": "x",
    }
    names = ("plane_index", "slice", "max_slice", "whole_center", "whole_width", "position")
    more |= {name: getattr(view, name) for name in (*names, "function", "opacity", "outline")}
    state = plain(still._state(view)) | more
    # A single view need not have the parts of a comparison.
    for name in ("blend", "blend_index", "names", "curtain", "limit", "busy"):
        state.pop(name, None)
    left = script.evaluate(LEFT, [state, source_of(volume)])
    assert left["painted"] == [8 * 13] * 2
    assert left["half"] == [0, 1]
    assert left["counts"][0] > left["counts"][1] > left["counts"][2] == 0
    assert left["rest"] == [0, 0]
    assert left["elements"] == [0, 0]
    assert left["buffer"] is None
    assert left["source"] == ["destroy"]


def test_steps_of_the_sliders_are_the_same(script):
    pairs = [(n, 10.0**power) for power in range(-7, 4) for n in (-123, 0, 3, 1999)]
    found = script.evaluate("all => all.map(([n, step]) => pure.steps(n, step))", pairs)
    assert found == [window.steps(*pair) for pair in pairs]
    values = [(n * step * 1.0001, step) for n, step in pairs]
    found = script.evaluate("all => all.map(([value, step]) => pure.onStep(value, step))", values)
    assert found == [window.on_step(*value) for value in values]
