"""Figures, tested by what is in their axes, on non-cubic, anisotropic data."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import ctkit
from ctkit import figures
from ctkit.figures.film import Film
from ctkit.operations.filter_trials import FilterRow, FilterTable
from ctkit.volume import Volume


@pytest.fixture
def volume():
    array = np.arange(6 * 8 * 10, dtype=np.int16).reshape(6, 8, 10) - 200
    return Volume.from_spacing(array, (3, 0.5, 0.8), origin=(-4, 7, 100))


def images(film):
    return [image for axes in film.axes for image in axes.get_images()]


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_show_slice_shows_the_plane_in_millimetres(volume, plane):
    image = images(ctkit.show_slice(volume, plane, 2, window="brain"))[0]
    np.testing.assert_array_equal(image.get_array(), volume.plane(plane, 2))
    rows, columns = volume.plane(plane, 2).shape
    row, column = volume.layout(plane).spacing
    assert image.get_extent() == pytest.approx([0, columns * column, rows * row, 0])


def test_greys_are_those_of_the_window_in_every_slice(volume):
    for index in (0, 5):
        image = images(ctkit.show_slice(volume, index=index, window=(40, 80)))[0]
        assert image.get_clim() == (0, 79)


def test_letters_follow_the_affine(volume):
    film = ctkit.show_slice(volume, "coronal", 0)
    letters = [text.get_text() for text in film.axes[0].texts][:4]
    assert letters == ["R", "L", "S", "I"]
    swapped = ctkit.show_slice(volume, "coronal", 0, convention="neurological")
    assert [text.get_text() for text in swapped.axes[0].texts][:2] == ["L", "R"]


def test_planes_go_through_the_point(volume):
    film = ctkit.show_planes(volume, volume.to_world((4, 1, 7)))
    wanted = [("axial", 4), ("coronal", 1), ("sagittal", 7)]
    for image, (plane, index) in zip(images(film), wanted, strict=True):
        np.testing.assert_array_equal(image.get_array(), volume.plane(plane, index))
    with pytest.raises(ctkit.GeometryError, match="outside"):
        ctkit.show_planes(volume, (0, 0, 999))
    with pytest.raises(ctkit.ParameterError, match="point"):
        ctkit.show_planes(volume, (0, np.nan, 0))


def test_lines_cross_at_the_middle_of_the_voxel(volume):
    film = ctkit.show_planes(volume, volume.to_world((4, 1, 7)))
    # From the left edge, and from the top: the axial and the sagittal picture in their own order,
    # the coronal and the sagittal one with the last slice on top.
    wanted = [(7.5 * 0.8, 1.5 * 0.5), (7.5 * 0.8, 1.5 * 3), (1.5 * 0.5, 1.5 * 3)]
    for axes, place in zip(film.axes, wanted, strict=True):
        horizontal, vertical = axes.lines
        assert (vertical.get_xdata()[0], horizontal.get_ydata()[0]) == pytest.approx(place)


@pytest.mark.parametrize("origin", [(0, 0, 0), (-4.1, 7.3, 100.7), (1 / 3, -0.1, 1e3)])
def test_the_middle_is_the_same_slice_in_every_figure(origin):
    """Even counts: the middle lies between two slices, where rounding errors would choose."""
    array = np.arange(6 * 10 * 14, dtype=np.int16).reshape(6, 10, 14)
    volume = Volume.from_spacing(array, (1.1, 0.7, 0.3), origin)
    planes = ("axial", "coronal", "sagittal")
    for plane, image in zip(planes, images(ctkit.show_planes(volume)), strict=True):
        row, single = ctkit.show_row({"a": volume}, plane), ctkit.show_slice(volume, plane)
        np.testing.assert_array_equal(image.get_array(), volume.plane(plane))
        np.testing.assert_array_equal(images(row)[0].get_array(), volume.plane(plane))
        np.testing.assert_array_equal(images(single)[0].get_array(), volume.plane(plane))


def test_windows_share_the_slice(volume):
    film = ctkit.show_windows(volume, ("brain", (400, 1000)), index=1)
    shown = images(film)[:2]
    assert [image.get_clim() for image in shown] == [(0, 79), (-100, 899)]
    for image in shown:
        np.testing.assert_array_equal(image.get_array(), volume.array[1])


def test_montage_takes_the_ends(volume):
    film = ctkit.show_montage(volume, 4)
    shown = [image.get_array() for image in images(film)]
    assert len(shown) == 4
    np.testing.assert_array_equal(shown[0], volume.array[0])
    np.testing.assert_array_equal(shown[-1], volume.array[-1])


def test_row_finds_the_same_place_on_another_grid(volume):
    part = Volume(volume.array[2:], volume.affine @ _shift(2))
    film = figures.show_row({"all": volume, "part": part}, point=volume.to_world((4, 0, 0)))
    whole, cut = (image.get_array() for image in images(film))
    np.testing.assert_array_equal(whole, cut)
    beyond = figures.show_row({"all": volume, "part": part}, point=volume.to_world((0, 0, 0)))
    np.testing.assert_array_equal(images(beyond)[1].get_array(), volume.array[2])


def _shift(slices):
    change = np.eye(4)
    change[0, 3] = slices
    return change


def test_histogram_counts_the_mask_only(volume):
    mask = volume.with_array(volume.array > 100)
    film = ctkit.show_histogram(volume, "brain", mask=mask)
    assert f"{mask.array.sum():,} voxels" in film.facts
    values = film.axes[0].patches[0].get_data().values
    assert values.sum() == mask.array.sum()
    same = ctkit.show_histogram(volume, "brain", mask=volume.array > 100)
    assert same.facts == film.facts
    low, middle, high = np.percentile(volume.array[volume.array > 100], (1, 50, 99))
    assert f"percentile {low:.0f}, median {middle:.0f}, 99th {high:.0f} HU" in film.facts


def test_bins_hold_whole_numbers_of_hu(volume):
    bars = ctkit.show_histogram(volume, limits=(-10, 20)).axes[0].patches[0].get_data()
    np.testing.assert_array_equal(bars.edges, np.arange(-10.5, 21))
    # Each HU from -200 to 279 occurs once.
    np.testing.assert_array_equal(bars.values, np.ones(31))


def test_tissues_are_marked_where_they_lie(volume):
    strips = ctkit.show_histogram(volume, limits=(20, 50)).axes[0].patches[1:]
    # Matplotlib 3.8 makes a polygon of a strip, and later ones a rectangle.
    corners = [s.get_patch_transform().transform(s.get_path().vertices)[:, 0] for s in strips]
    found = {(x.min(), x.max()) for x in corners}
    inside = [row for row in ctkit.TISSUES.values() if row[1] > 20 and row[0] < 50]
    assert found == {(max(low, 20), min(high, 50)) for low, high in inside}
    assert not ctkit.show_histogram(volume, limits=(20, 50), tissues=False).axes[0].texts


def test_the_transfer_curve_has_the_ends_of_the_greys(volume):
    (curve,) = ctkit.show_histogram(volume, (40, 80), limits=np.array([-200, 300])).axes[1].lines
    np.testing.assert_allclose(curve.get_xydata(), [(-200, 0), (0, 0), (79, 1), (300, 1)])


@pytest.mark.parametrize("limits", [(-150, 250), (-2100, 2000)])
def test_names_of_tissues_stand_over_the_bars_and_the_curve(volume, limits):
    film = ctkit.show_histogram(volume, "brain", limits=limits)
    film.draw_without_rendering()
    axes, grey = film.axes
    counts = axes.patches[0].get_data().values
    highest = axes.transData.transform((0, counts.max()))[1]
    white = grey.transData.transform((0, 1))[1]
    lowest = min(text.get_window_extent().y0 for text in axes.texts)
    assert max(highest, white) < lowest
    assert lowest - highest < 0.1 * axes.bbox.height


def test_a_film_shows_itself_with_its_facts(volume):
    data, metadata = ctkit.show_slice(volume, index=1, window="bone")._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == (
        "Figure: axial slice 1 of 6, z = 103.00 mm, bone window 400/1000 HU"
    )
    assert metadata["image/png"]["alt"] in data["text/plain"]


def test_a_film_says_its_result_under_the_picture(volume, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "ctkit.figures.film.display", lambda data, metadata, raw: shown.append((data, metadata))
    )
    film = ctkit.show_slice(volume, index=1, window="bone")
    film._ipython_display_()
    assert capsys.readouterr().out == f"{film.facts}\n"
    assert film.says("the bone is 3 mm wide") is film
    film._ipython_display_()
    assert capsys.readouterr().out == "the bone is 3 mm wide\n"
    (first, _), (data, metadata) = shown
    assert data["text/plain"] == first["text/plain"] == f"Figure: {film.facts}"
    assert metadata["image/png"]["alt"] == f"{film.facts}. the bone is 3 mm wide"


def test_the_same_figure_gives_the_same_bytes(volume):
    data = ctkit.show_montage(volume).to_png()
    assert data == ctkit.show_montage(volume).to_png()
    # Nor does a date or a version stand in it, which would be the same twice in a row.
    assert not {"tEXt", "tIME", "iTXt", "zTXt"} & set(chunks(data))


def test_no_room_is_left_over_and_under_what_is_drawn(volume):
    data = figures.show_pictures(
        {"one": volume.plane("axial", 2), "two": np.zeros((4, 9))}
    ).to_png()
    drawn = np.asarray(Image.open(BytesIO(data)))[..., 3].any(axis=1)
    assert drawn.size < 400
    assert list(np.flatnonzero(drawn)[[0, -1]]) == [3, drawn.size - 4]
    for high in (1.0, 4.349):  # one of them ends within a pixel
        assert Image.open(BytesIO(Film(high).to_png())).size[0] == 800


def chunks(data):
    """The names of the chunks of a PNG."""
    place = 8
    while place < len(data):
        size, name = struct.unpack(">I4s", data[place : place + 8])
        yield name.decode("ascii")
        place += 12 + size


def test_the_outline_runs_around_the_mask(volume):
    inside = np.zeros(volume.shape, bool)
    inside[:, 2:5, 3:9] = True
    axes = ctkit.show_slice(volume, index=1, mask=inside).axes[0]
    (outline,) = [each for each in axes.collections if each.get_paths()]
    x, y = np.concatenate([path.vertices for path in outline.get_paths()]).T
    # Between the middles of the voxels on both sides of the border, in mm.
    assert (x.min(), x.max()) == pytest.approx((3 * 0.8, 9 * 0.8))
    assert (y.min(), y.max()) == pytest.approx((2 * 0.5, 5 * 0.5))
    as_volume = ctkit.show_slice(volume, index=1, mask=volume.with_array(inside))
    assert as_volume.to_png() == axes.figure.to_png()


@pytest.mark.parametrize(("step", "length"), [(0.1, 0.2), (3, 5), (20, 20), (30, 50)])
def test_the_scale_bar_is_as_long_as_it_says(step, length):
    volume = Volume.from_spacing(np.zeros((2, 6, 8), np.int16), (3, step, step))
    (axes,) = ctkit.show_montage(volume, 1).axes
    *_, bar = axes.patches
    assert bar.get_width() == pytest.approx(length)
    assert f"{length:g} mm" in [text.get_text() for text in axes.texts]


def test_each_picture_of_a_montage_says_where_it_is(volume):
    film = ctkit.show_montage(volume, np.int64(3), columns=np.int64(2))
    words = [axes.texts[-1].get_text() for axes in film.axes]
    assert words == ["0: 100 mm", "2: 106 mm", "5: 115 mm"]


def test_masks(volume):
    mask = volume.with_array(volume.array > 100)
    assert images(ctkit.show_slice(mask, index=5))[0].get_clim() == (0, 1)
    with pytest.raises(ctkit.UnitError):
        ctkit.show_histogram(mask)
    with pytest.raises(ctkit.UnitError):
        ctkit.show_windows(mask)
    with pytest.raises(ctkit.ParameterError, match="no voxel"):
        ctkit.show_histogram(volume, mask=np.zeros(volume.shape, bool))


SHOW = {
    "slice": ctkit.show_slice,
    "planes": ctkit.show_planes,
    "montage": ctkit.show_montage,
    "histogram": ctkit.show_histogram,
    "row": lambda volume, **options: ctkit.show_row({"one": volume}, **options),
}


@pytest.mark.parametrize("show", SHOW.values(), ids=SHOW)
def test_what_is_no_mask_of_this_volume_is_refused(volume, show):
    mask = volume.with_array(volume.array > 100)
    with pytest.raises(ctkit.UnitError, match="bool"):
        show(volume, mask=volume)
    with pytest.raises(ctkit.UnitError, match="bool"):
        show(volume, mask=volume.array)
    with pytest.raises(ctkit.GeometryError, match="grid"):
        show(volume, mask=Volume(mask.array, volume.affine @ _shift(1)))
    with pytest.raises(ctkit.GeometryError, match="grid"):
        show(volume, mask=mask.array[1:])


@pytest.mark.parametrize("show", [*SHOW.values(), ctkit.show_windows], ids=[*SHOW, "windows"])
def test_what_is_no_volume_is_refused(volume, show):
    for thing in (volume.array, "head.nii.gz", None):
        with pytest.raises(ctkit.ParameterError, match="is a Volume, not"):
            show(thing)


def test_numpy_s_numbers_are_numbers(volume):
    plain = ctkit.show_slice(volume, index=3, window=(40, 80))
    numpy = ctkit.show_slice(volume, index=np.int64(3), window=np.array([40, 80]))
    assert numpy.facts == plain.facts
    assert numpy.to_png() == plain.to_png()


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        (lambda v: ctkit.show_slice(v, index=6), ctkit.GeometryError, "from 0 to 5"),
        (lambda v: ctkit.show_slice(v, index=-1), ctkit.GeometryError, "from 0 to 5"),
        (lambda v: ctkit.show_slice(v, index=2.5), ctkit.ParameterError, "whole number"),
        (lambda v: ctkit.show_slice(v, "oblique"), ctkit.GeometryError, "sagittal"),
        (lambda v: ctkit.show_slice(v, window="brian"), ctkit.ParameterError, "brian"),
        (lambda v: ctkit.show_windows(v, ["brian"]), ctkit.ParameterError, "brian"),
        (lambda v: ctkit.show_windows(v, "brain"), ctkit.ParameterError, "sequence"),
        (lambda v: ctkit.show_windows(v, []), ctkit.ParameterError, "sequence"),
        (lambda v: ctkit.show_montage(v, 0), ctkit.ParameterError, "count"),
        (lambda v: ctkit.show_montage(v, columns=0), ctkit.ParameterError, "columns"),
        (lambda v: ctkit.show_row([v]), ctkit.ParameterError, "dict"),
        (lambda v: ctkit.show_row({}), ctkit.ParameterError, "dict"),
        (lambda v: ctkit.show_histogram(v, limits=(300, 20)), ctkit.ParameterError, "limits"),
        (lambda v: ctkit.show_histogram(v, limits=300), ctkit.ParameterError, "limits"),
        (lambda v: ctkit.show_filters([1]), ctkit.ParameterError, "compare_filters"),
    ],
)
def test_wrong_input_is_named(volume, call, kind, match):
    with pytest.raises(kind, match=match):
        call(volume)


def test_filters_lie_where_the_table_says_and_their_names_apart():
    names = ("none", "gaussian", "gaussian", "median", "tv", "tv", "nlm")
    near = [(6.7, 1.33), (6.3, 1.38), (3.2, 1.97), (3.2, 1.33), (3.1, 1.33), (3.0, 1.34), (3, 1.34)]
    table = FilterTable(
        FilterRow(name, *numbers, setting=f"{place} HU" if place else "")
        for place, (name, numbers) in enumerate(zip(names, near, strict=True))
    )
    film = ctkit.show_filters(table)
    film.draw_without_rendering()
    (axes,) = film.axes
    drawn = {line.get_label(): line.get_xydata() for line in axes.lines}
    assert list(drawn) == ["none", "gaussian", "median", "tv", "nlm"]
    np.testing.assert_allclose(drawn["gaussian"], [(1.38, 6.3), (1.97, 3.2)])
    texts = [text for text in axes.texts if text.get_text().endswith("HU")]
    assert [text.get_text() for text in texts] == [
        row.setting
        for row in sorted(table, key=lambda row: (row.edge_mm, row.noise_hu))
        if row.setting
    ]
    assert [text.get_text() for text in film.legends[0].get_texts()] == list(drawn)
    boxes = [text.get_window_extent() for text in texts]
    for one, box in enumerate(boxes):
        assert axes.bbox.x0 < box.x0
        assert box.x1 < film.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:one])
        assert not any(
            line.get_path().transformed(axes.transData).intersects_bbox(box, filled=False)
            for line in axes.lines
            if len(line.get_xdata()) > 1
        )
    assert "7 filters" in film.facts
    with pytest.raises(ctkit.ParameterError, match="compare_filters"):
        ctkit.show_filters(FilterTable())


def test_curves_and_their_levels_are_where_they_should_be():
    x = np.arange(5)
    film = figures.show_curves(
        {"line": (x, 3 * x), "dots": (x, x - 7)}, x="mm", levels={"water": 2}, points=["dots"]
    )
    (axes,) = film.axes
    line, dots, level = axes.lines
    np.testing.assert_array_equal(line.get_ydata(), 3 * x)
    np.testing.assert_array_equal(dots.get_ydata(), x - 7)
    assert (dots.get_linestyle(), dots.get_marker()) == ("None", "o")
    assert level.get_ydata()[0] == 2
    assert [text.get_text() for text in film.legends[0].get_texts()] == ["line", "dots"]


def test_bars_begin_where_the_part_before_ends():
    film = figures.show_bars({"a": {"x": 3, "y": 4}, "b": {"y": 5}}, x="ml")
    (axes,) = film.axes
    found = {(bar.get_x(), bar.get_width()) for bar in axes.patches}
    assert found == {(0, 3), (3, 4), (0, 0), (0, 5)}
    assert axes.yaxis_inverted()


def test_pictures_are_as_large_as_their_millimetres():
    low = np.arange(12.0).reshape(3, 4)
    film = figures.show_pictures(
        {"one": low, "two": low}, window=(50, 100), spacing={"one": (5, 2), "two": (1, 1)}
    )
    first, second = images(film)
    assert first.get_extent() == [0, 8, 15, 0]
    assert second.get_extent() == [0, 4, 3, 0]
    assert first.get_clim() == second.get_clim() == (0, 99)
    np.testing.assert_array_equal(first.get_array(), low)
    # The smaller one has a frame, or its white would run into a light page.
    assert [len(image.axes.patches) for image in (first, second)] == [0, 1]
    assert second.axes.patches[0].get_bbox().bounds == (0, 0, 4, 3)


def test_a_difference_has_the_colours_of_the_viewers():
    film = figures.show_pictures(
        {"d": np.array([[-50.0, 0, 50]])}, window=(0.5, 101), difference=True
    )
    (image,) = images(film)
    below, none, above = image.to_rgba(image.get_array())[0, :, :3]
    assert below[2] > 0.9 > below[0]
    assert none.max() < 0.02
    assert above[0] > 0.9 > above[2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: figures.show_curves({}, x="mm"), "curves is a dict"),
        (lambda: figures.show_curves({"a": ([1, 2], [1])}, x="mm"), "equal length"),
        (lambda: figures.show_curves({"a": ([1], [1])}, x="mm", points=["b"]), "none of"),
        (lambda: figures.show_bars([1, 2], x="ml"), "bars is a dict"),
        (lambda: figures.show_pictures({"a": np.zeros(4)}), "one of 1 axes"),
        (lambda: figures.show_pictures({"a": np.zeros((2, 2))}, spacing=3), "spacing is"),
    ],
)
def test_what_can_not_be_drawn_is_refused(call, words):
    with pytest.raises(ctkit.ParameterError, match=words):
        call()


def relative_luminance(color):
    from matplotlib.colors import to_rgb

    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return np.dot(parts, (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_words_and_curves_can_be_read_on_light_and_dark_pages(page):
    """WCAG 2.2 asks for 4.5 for words (one grey reaches 4.2 on both pages), and 3 for curves."""

    def contrast(color):
        low, high = sorted((relative_luminance(color), relative_luminance(page)))
        return (high + 0.05) / (low + 0.05)

    assert contrast(figures.INK) > 4.1
    assert min(map(contrast, figures.COLORS)) > 3


def test_a_montage_shows_the_slices_that_are_named(volume):
    film = ctkit.show_montage(volume, slices=(4, 1), columns=2)
    for image, index in zip(images(film), (4, 1), strict=True):
        np.testing.assert_array_equal(image.get_array(), volume.plane("axial", index))
    assert film.facts.startswith("2 axial slices of 6")
    with pytest.raises(ctkit.ParameterError, match="either count, or slices"):
        ctkit.show_montage(volume, 3, slices=(1,))
    with pytest.raises(ctkit.GeometryError, match="from 0 to 5"):
        ctkit.show_montage(volume, slices=(6,))
