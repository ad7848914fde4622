"""Marks as a table: where they lie, what they measure, and what is refused."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import map_coordinates
from skimage.draw import polygon2mask

import ctkit
from ctkit import marks, overlay
from ctkit.geometry import PLANES
from ctkit.widgets import measuring, still

SHAPE = (9, 30, 44)
SPACING = (4.0, 1.3, 0.7)
RULER = {"kind": "ruler", "plane": "axial"}


def volume_of(degrees=0.0, shear=0.0, seed=8):
    """HU at random on a grid that is turned about an oblique axis, its slices leaning."""
    angle, axis = np.radians(degrees), np.array([0.6, 0.0, 0.8])
    cross = np.cross(np.eye(3), axis)
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.eye(3)[:, ::-1] * SPACING
    affine[:3, 0] += shear * affine[:3, 1]
    affine[:3, 3] = (-12.0, 31.0, 57.0)
    values = np.random.default_rng(seed).integers(-1000, 2000, SHAPE).astype(np.int16)
    return ctkit.Volume(values, affine)


@pytest.fixture
def volume():
    return volume_of()


@pytest.fixture
def opened():
    """opened(volume): a view of it, closed afterwards."""
    views = []

    def make(*args, kind=ctkit.explore, **keywords):
        views.append(kind(*args, **keywords))
        return views[-1]

    yield make
    for view in views:
        view.close()


def rows(view):
    """The table without pandas."""
    return marks.table(view.drawn, view._stacks_of_marks())


# ------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize("degrees", [0, 33])
def test_lengths_and_angles_are_those_of_the_points(opened, degrees):
    volume = volume_of(degrees)
    corners = volume.to_world([(3, 2, 4), (3, 22, 4), (3, 22, 40)])
    view = opened(volume)
    view.marks = [
        RULER | {"points": corners[[0, 2]]},
        {"kind": "angle", "plane": "axial", "points": corners},
    ]
    first, second = rows(view)
    assert first["mm"] == pytest.approx(np.hypot(20 * 1.3, 36 * 0.7))
    assert second["degrees"] == pytest.approx(90)
    view.marks = [{"kind": "angle", "points": corners[[1, 0, 2]], "plane": "axial"}]
    assert rows(view)[0]["degrees"] == pytest.approx(np.degrees(np.arctan2(36 * 0.7, 20 * 1.3)))


def clearance(sizes, corners, spacing):
    """How far in mm the centre of a pixel is from the nearest line between corners."""
    centres = np.stack(np.mgrid[: sizes[0], : sizes[1]], axis=-1).reshape(-1, 1, 2) * spacing
    start = np.array(corners) * spacing
    way = np.roll(start, -1, axis=0) - start
    part = ((centres - start) * way).sum(axis=2) / (way**2).sum(axis=1)
    return np.linalg.norm(centres - start - part.clip(0, 1)[..., None] * way, axis=2).min()


@pytest.mark.parametrize("plane", PLANES)
def test_a_freehand_region_holds_what_scikit_image_finds(opened, plane):
    volume = volume_of(25)
    view, layout = opened(volume), volume.layout(plane)
    draw = np.random.default_rng(3)
    sizes = [SHAPE[layout.down], SHAPE[layout.across]]
    spacing = [volume.spacing[layout.down], volume.spacing[layout.across]]
    seen = 0
    for _ in range(25):
        corners = draw.uniform(-9, 8 + np.array(sizes), (int(draw.integers(3, 12)), 2))
        if clearance(sizes, corners, spacing) < 2e-3:
            continue  # on the line the two differ
        seen += 1
        index = np.full((len(corners), 3), 4.0)
        index[:, [layout.down, layout.across]] = corners
        view.marks = [{"kind": "freehand", "plane": plane, "points": volume.to_world(index)}]
        picture = volume.array.take(4, layout.axis)
        picture = picture if layout.down < layout.across else picture.T
        found = picture[polygon2mask(sizes, corners)].astype(float)
        row = rows(view)[0]
        assert row["voxels"] == found.size
        if found.size:
            expected = found.mean(), found.std(), found.min(), found.max()
            measured = [row[name] for name in ("mean", "sd", "minimum", "maximum")]
            assert measured == pytest.approx(expected)
        area = found.size * volume.spacing[layout.down] * volume.spacing[layout.across]
        assert row["area_mm2"] == pytest.approx(area)
    assert seen > 10


def test_what_lies_on_the_line_lies_inside(opened, volume):
    view = opened(volume)

    def held(corners):
        index = [(4, *corner) for corner in corners]
        view.marks = [{"kind": "freehand", "points": volume.to_world(index)}]
        return rows(view)[0]["voxels"]

    # Pick's theorem: interior and border points of a polygon on whole voxels.
    assert held([(3, 5), (3, 11), (8, 11), (8, 5)]) == 6 * 7
    assert held([(2, 2), (10, 2), (2, 10)]) == 9 * 10 // 2
    assert held([(6, 2), (10, 6), (6, 10), (2, 6)]) == 41
    # A line that crosses itself: the middle of a five-pointed star is surrounded twice.
    star = [(15 + 12 * np.cos(a), 20 + 12 * np.sin(a)) for a in 0.3 + np.arange(5) * 4 * np.pi / 5]
    mask = polygon2mask(SHAPE[1:], star)
    assert held(star) == mask.sum()
    assert not mask[15, 20]


@pytest.mark.parametrize("shear", [0.0, 1.1])
@pytest.mark.parametrize("plane", PLANES)
def test_a_region_of_a_known_picture(opened, plane, shear):
    """HU that rise by millimetres: the mean of a region is that of its middle."""
    volume = volume_of(0, shear)
    world = volume.to_world(np.moveaxis(np.indices(SHAPE), 0, -1))
    volume = volume.with_array((2 * world[..., 0] - 3 * world[..., 1] + world[..., 2]).astype("f4"))
    view = opened(volume)
    stack = volume.stack(plane)
    index = [(n - 1) // 2 for n in stack.shape]
    middle = stack.affine[:3, :3] @ index + stack.affine[:3, 3]
    ways = marks.directions(stack)
    corners = marks.box_between(middle - ways.T @ (5, 6), middle + ways.T @ (5, 6), ways)
    for kind, area in (("ellipse", np.pi * 30), ("rectangle", 120)):
        view.marks = [{"kind": kind, "plane": plane, "points": corners}]
        row = rows(view)[0]
        assert row["mean"] == pytest.approx(middle @ (2, -3, 1), abs=1.0)
        assert row["area_mm2"] == pytest.approx(area, rel=0.2)
        assert row["slice"] == index[stack.layout.axis]


def test_a_turned_ellipse_holds_what_its_equation_says(opened, volume):
    middle, (a, b), turn = np.array([15.0, 16.0]), (9.0, 4.0), np.radians(35)
    ways = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = [
        middle + s * a * ways[0] + t * b * ways[1] for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    view = opened(volume)
    index = [(5, row / 1.3, column / 0.7) for row, column in corners]
    view.marks = [{"kind": "ellipse", "plane": "axial", "points": volume.to_world(index)}]
    grid = np.stack(np.mgrid[: SHAPE[1], : SHAPE[2]], axis=-1) * (1.3, 0.7) - middle
    along, across = (grid @ ways[0]) / a, (grid @ ways[1]) / b
    found = volume.array[5][along**2 + across**2 <= 1]
    assert rows(view)[0]["voxels"] == found.size
    assert rows(view)[0]["mean"] == pytest.approx(found.mean())


def test_an_oblique_region_is_measured_on_its_own_plane(opened):
    """HU that rise by millimetres: a region's mean is that of its middle, whatever its plane."""
    volume = volume_of(15)
    world = volume.to_world(np.moveaxis(np.indices(SHAPE), 0, -1))
    volume = volume.with_array((2 * world[..., 0] - 3 * world[..., 1] + world[..., 2]).astype("f4"))
    normal = np.array([0.3, 0.5, 0.81]) / np.linalg.norm([0.3, 0.5, 0.81])
    middle = volume.to_world((4, 15, 21))
    first = np.cross(normal, (0, 0, 1)) / np.linalg.norm(np.cross(normal, (0, 0, 1)))
    ways = np.array([first, np.cross(normal, first)])
    corners = [
        middle + 5 * a * ways[0] + 6 * b * ways[1] for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    view = opened(volume)
    view.marks = [
        {"kind": "ellipse", "points": corners},
        {"kind": "ruler", "points": corners[:2], "normal": normal},
        {"kind": "rectangle", "points": corners, "normal": -2 * normal},
    ]
    ellipse, ruler, box = rows(view)
    assert ellipse["plane"] == ruler["plane"] == "oblique"
    assert ruler["mm"] == pytest.approx(10)
    assert ellipse["area_mm2"] == pytest.approx(np.pi * 30, rel=0.05)
    assert box["area_mm2"] == pytest.approx(120, rel=0.1)
    assert [ellipse["mean"], box["mean"]] == pytest.approx([middle @ (2, -3, 1)] * 2, abs=1.5)

    # Drawn where its plane is shown, and nowhere else.
    def lines():
        state, volumes = still._state(view), still._volumes(view)
        grids = {name: one and still._grid(one, view.convention) for name, one in volumes.items()}
        found = overlay.describe(state, grids, overlay.panes(state, grids)[0], (512, 512))
        return [line["name"] for line in found["lines"]]

    assert "roi" not in lines()
    view.normal, view.through = normal, middle
    assert lines().count("roi") == 2
    view.slice = view.slice + 3
    assert "roi" not in lines()


def test_a_point_has_the_hu_of_its_voxel(opened, volume):
    place = volume.to_world((3.4, 7.4, 9.6))
    view = opened(volume)
    view.marks = [{"kind": "point", "plane": "axial", "points": [place]}]
    assert rows(view)[0]["mean"] == volume.array[3, 7, 10]


def test_a_profile_is_that_of_another_sampler(opened):
    volume = volume_of(40)
    view = opened(volume)
    start, end = volume.to_world([(4, 3.3, 2.2), (4, 25.1, 40.7)])
    view.ruler = {"plane": "axial", "slice": 4, "start": (4, 3.3, 2.2), "end": (4, 25.1, 40.7)}
    found = view.profile()
    assert found["mm"][[0, -1]] == pytest.approx([0, np.linalg.norm(end - start)])
    assert np.diff(found["mm"]).max() <= 0.35 + 1e-9
    places = start + np.linspace(0, 1, found["mm"].size)[:, None] * (end - start)
    image = sitk.GetImageFromArray(volume.array.astype(np.float64))
    image.SetSpacing([float(n) for n in volume.spacing[::-1]])
    image.SetOrigin(volume.affine[:3, 3].tolist())
    image.SetDirection((volume.affine[:3, 2::-1] / volume.spacing[::-1]).ravel().tolist())
    expected = [image.EvaluateAtPhysicalPoint(place.tolist(), sitk.sitkLinear) for place in places]
    assert found["hu"] == pytest.approx(np.array(expected), abs=1e-6)


def test_a_profile_outside_of_the_volume_has_no_number(opened, volume):
    view = opened(volume)
    view.marks = [RULER | {"points": volume.to_world([(4, 3, -6), (4, 3, 10)])}]
    hu = view.profile("ruler")["hu"]
    assert np.isnan(hu[0])
    assert np.isfinite(hu[-1])


def test_a_window_comes_from_a_region(opened, volume):
    view = opened(volume, window="brain")
    view.roi = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 4,
        "start": (4, 3, 5),
        "end": (4, 20, 30),
    }
    values = volume.array[4, 3:21, 5:31].astype(float)
    assert np.array_equal(np.sort(view.region_values()), np.sort(values.ravel()))
    view.window_from("region")
    low, high = np.percentile(values, (2, 98))
    assert tuple(view.window) == pytest.approx((values.mean(), high - low))


@pytest.mark.parametrize("degrees", [0, 25])
def test_two_volumes_and_their_difference_are_measured(opened, degrees):
    first, second = volume_of(), volume_of(degrees, seed=5)
    view = opened(first, second, kind=ctkit.compare)
    box = {
        "kind": "rectangle",
        "plane": "axial",
        "slice": 4,
        "start": (4, 10, 12),
        "end": (4, 20, 30),
    }
    view.marks = [box, {"kind": "point", "plane": "axial", "points": [first.to_world((4, 15, 20))]}]
    region, point = rows(view)
    index = np.moveaxis(np.mgrid[4:5, 10:21, 12:31], 0, -1)[0]
    there = second.to_index(first.to_world(index))
    sampled = map_coordinates(
        second.array.astype(float), np.moveaxis(there, -1, 0), order=1, cval=np.nan
    )
    found = sampled - first.array[4, 10:21, 12:31]
    assert region["difference_mean"] == pytest.approx(np.nanmean(found), abs=1e-3)
    assert region["difference_voxels"] == np.isfinite(found).sum()
    if not degrees:
        assert region["after_mean"] == pytest.approx(second.array[4, 10:21, 12:31].mean())
        assert point["after_mean"] == second.array[4, 15, 20]
        assert point["difference_mean"] == point["after_mean"] - point["mean"]
    view.show_second(first)
    assert rows(view)[0]["difference_mean"] == 0


# ------------------------------------------------------------------------------ the list


def test_a_mark_keeps_its_millimetres_on_another_grid(opened, volume):
    view = opened(volume)
    view.ruler = {"plane": "coronal", "slice": 9, "start": (2, 9, 5), "end": (6, 9, 30)}
    part = ctkit.crop(volume, volume.array > -2000)
    part = ctkit.Volume(volume.array[1:, 4:, 3:], volume.affine @ _shift(1, 4, 3))
    again = opened(part)
    again.marks = view.drawn
    assert again.drawn == view.drawn
    assert again.ruler["slice"] == 5
    assert again.ruler["start"] == pytest.approx([1, 5, 2])


def _shift(*index):
    affine = np.eye(4)
    affine[:3, 3] = index
    return affine


def test_ruler_and_roi_are_the_last_of_the_list(opened, volume):
    view = opened(volume)
    seen = []
    view.observe(lambda change: seen.append(change["name"]), ["drawn", "ruler", "roi"])
    view.roi = {
        "kind": "ellipse",
        "plane": "axial",
        "slice": 2,
        "start": (2, 3, 5),
        "end": (2, 8, 11),
    }
    assert set(seen) == {"roi", "drawn"}
    assert [mark["name"] for mark in view.drawn] == ["region"]
    place = [(2, 3, 5), (2, 8, 5), (2, 8, 11)]
    free = {"kind": "freehand", "points": volume.to_world(place)}
    view.marks = [*view.drawn, RULER | {"points": volume.to_world(place[:2])}, free]
    assert view.roi["kind"] == "freehand"
    assert view.ruler["start"] == pytest.approx(place[0])
    assert view.ruler["mm"] == pytest.approx(5 * 1.3)
    # What is set stands in the place of the last one; None takes it away.
    view.ruler = {"plane": "axial", "slice": 3, "start": (3, 0, 0), "end": (3, 0, 10)}
    assert [mark["name"] for mark in view.drawn] == ["region", "ruler", "region 2"]
    assert rows(view)[1]["mm"] == pytest.approx(7)
    view.roi = None
    assert view.roi["kind"] == "ellipse"
    view.roi = view.ruler = None
    assert view.drawn == []
    assert (view.roi, view.ruler) == (None, None)


def test_the_table_is_observed(opened, volume):
    view, heard = opened(volume), []

    def hear(change):
        heard.append((change["name"], len(change["owner"].drawn)))

    view.observe(hear, "marks")
    view.marks = _some(volume)
    view.observe(hear, ["marks", "slice"])
    view.slice = 0
    view.marks = []
    assert heard == [("drawn", 4), ("slice", 4), ("drawn", 0)]
    view.unobserve(hear, "marks")
    view.marks = _some(volume)
    assert len(heard) == 3


def test_the_table_is_a_dataframe(opened, volume):
    pandas = pytest.importorskip("pandas")
    view = opened(volume)
    assert list(view.marks.columns) == list(marks.COLUMNS)
    view.marks = _some(volume)
    table = view.marks
    assert isinstance(table, pandas.DataFrame)
    assert table["mm"].dropna().tolist() == pytest.approx([7.0])
    assert table["plane"].tolist() == ["axial", "coronal", "sagittal", "axial"]
    drawn = view.drawn
    view.marks = table
    assert view.drawn == drawn
    view.marks = table[table["kind"] == "ruler"]
    assert [mark["name"] for mark in view.drawn] == ["ruler"]


def _some(volume):
    """A mark of each shape, on each plane."""
    place = volume.to_world
    return [
        RULER | {"points": place([(3, 4, 5), (3, 4, 15)])},
        {"kind": "ellipse", "plane": "coronal", "points": place([(2, 9, 5), (6, 9, 30)])},
        {
            "kind": "angle",
            "name": "Winkel, a; 'b'",
            "points": place([(1, 2, 20), (4, 9, 20), (7, 3, 20)]),
        },
        {"kind": "freehand", "points": place([(5, 2, 3), (5, 9, 4), (5, 8, 12)]), "visible": False},
    ]


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_file_brings_the_marks_back(opened, tmp_path, ending):
    volume = volume_of(20)
    view, again = opened(volume, marks=_some(volume)), opened(volume)
    path = view.save_marks(tmp_path / f"marks.{ending}")
    again.load_marks(path)
    assert again.drawn == view.drawn
    if ending == "json":
        assert json.loads(path.read_text())["marks"][0]["mm"] == pytest.approx(7.0)
    else:
        assert path.read_text().startswith("name,kind,plane,slice,visible,mm,degrees,mean")


def test_the_line_brings_the_marks_back(opened):
    volume = volume_of(20)
    view = opened(volume, marks=_some(volume))
    again = eval(repr(view), {"explore": ctkit.explore, "volume": volume})
    assert repr(again) == repr(view)
    for mark, wanted in zip(again.drawn, view.drawn, strict=True):
        # To a ten-thousandth of a millimetre; what is measured is the same.
        assert np.allclose(mark["points"], wanted["points"], rtol=0, atol=6e-5)
        assert mark.get("mean") == wanted.get("mean")
        assert (mark["name"], mark["visible"]) == (wanted["name"], wanted["visible"])
    again.close()
    view.marks = _some(volume) * 20
    assert "marks=marks)" in repr(view)


def test_many_views_take_marks(opened, volume):
    wanted = _some(volume)
    views = [
        opened(volume, kind=ctkit.planes, marks=wanted),
        opened(volume, volume, kind=ctkit.compare, marks=wanted),
        opened(volume, lambda one, by=0: one, kind=ctkit.tune, by=(0, 9), marks=wanted),
    ]
    assert [len(view.drawn) for view in views] == [4, 4, 4]


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ("ruler", ctkit.ParameterError, "a list of dicts, or a DataFrame"),
        ([3], ctkit.ParameterError, "a list of dicts, or a DataFrame"),
        ([{"kind": "line"}], ctkit.ParameterError, "mark 0: kind is one of ruler"),
        ([{"kind": "ruler"}], ctkit.ParameterError, "needs plane, slice, start, end, or points"),
        ([{"kind": "ruler", "points": [(0, 0, 0)]}], ctkit.ParameterError, "has 2 points"),
        ([{"kind": "freehand", "points": [(0, 0, 0)] * 2}], ctkit.ParameterError, "3 or more"),
        ([{"kind": "point", "points": [(0, 0)]}], ctkit.ParameterError, r"\(x, y, z\) in mm"),
        ([{"kind": "point", "points": [(0, 0, np.inf)]}], ctkit.ParameterError, "in mm"),
        ([{"kind": "point", "colour": 3}], ctkit.ParameterError, "has no colour"),
        ([RULER | {"points": [(0, 31, 0), (9, 31, 0)]}], ctkit.GeometryError, "axial slice -14"),
        ([RULER | {"points": [(0, 31, 57), (0, 31, 77)]}], ctkit.GeometryError, "10.00 mm off"),
        (
            [RULER | {"points": [(0, 0, 57)] * 2, "start": (0, 0, 0)}],
            ctkit.ParameterError,
            "give one",
        ),
        (
            [RULER | {"slice": 9, "start": (0, 0, 0), "end": (0, 1, 1)}],
            ctkit.GeometryError,
            "0 to 8",
        ),
        (
            [{"kind": "ruler", "points": [(0, 31, 57), (9, 40, 77)]}],
            ctkit.GeometryError,
            "one slice of no plane",
        ),
        (
            [{"kind": "ellipse", "points": [(0, 31, 57), (5, 31, 57), (9, 40, 57), (0, 40, 57)]}],
            ctkit.ParameterError,
            "corners of its box",
        ),
        ([{"kind": "point", "points": [(0, 31, 57)], "name": 3}], ctkit.ParameterError, "a text"),
        (
            [{"kind": "point", "points": [(0, 31, 57)], "visible": 1}],
            ctkit.ParameterError,
            "visible",
        ),
        (
            [{"kind": "point", "points": [(0, 31, 57)], "normal": (0, 0, 0)}],
            ctkit.ParameterError,
            "length",
        ),
    ],
)
def test_what_is_no_mark_is_refused(opened, volume, wanted, error, words):
    view = opened(volume, marks=[RULER | {"points": volume.to_world([(3, 4, 5), (3, 4, 15)])}])
    before = view.drawn
    with pytest.raises(error, match=words):
        view.marks = wanted
    assert view.drawn == before


def test_files_that_hold_no_marks_are_refused(opened, volume, tmp_path):
    view = opened(volume)
    with pytest.raises(ctkit.ParameterError, match="another ending"):
        view.save_marks(tmp_path / "marks.txt")
    with pytest.raises(ctkit.LoadError, match="is it there"):
        view.load_marks(tmp_path / "marks.csv")
    for name, text, words in (
        ("a.csv", "kind,points\nruler,1 2; 3\n", "in mm"),
        ("b.csv", "kind,points\npoint,one\n", "x y z"),
        ("c.json", "{", "no JSON"),
        ("d.json", "3", "a list of dicts"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(ctkit.ParameterError, match=words):
            view.load_marks(tmp_path / name)


def test_a_mark_that_is_asked_for_is_there(opened, volume):
    view = opened(volume, marks=_some(volume))
    with pytest.raises(ctkit.ParameterError, match="no ruler 'region'; the marks are 'ruler', "):
        view.profile("region")
    with pytest.raises(ctkit.ParameterError, match="from 0 to 3"):
        view.profile(4)
    assert view.profile(0)["mm"][-1] == pytest.approx(7.0)
    view.marks = []
    with pytest.raises(
        ctkit.ParameterError, match="no ellipse or rectangle or freehand; the marks are none"
    ):
        view.region_values()


def test_a_region_without_a_number_gives_no_window(volume):
    with pytest.raises(ctkit.ParameterError, match="no voxel with a number"):
        measuring.window_of(np.array([]))
