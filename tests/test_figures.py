"""Figures, tested by what is in their axes, on non-cubic, anisotropic data."""

import numpy as np
import pytest

import ctkit
from ctkit import figures
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
    assert ctkit.show_montage(volume).to_png() == ctkit.show_montage(volume).to_png()


def test_masks(volume):
    mask = volume.with_array(volume.array > 100)
    assert images(ctkit.show_slice(mask, index=5))[0].get_clim() == (0, 1)
    with pytest.raises(ctkit.UnitError, match="bool"):
        ctkit.show_slice(volume, index=5, mask=volume)
    other = Volume(mask.array, volume.affine @ _shift(1))
    with pytest.raises(ctkit.GeometryError, match="grid"):
        ctkit.show_slice(volume, index=5, mask=other)
    with pytest.raises(ctkit.UnitError):
        ctkit.show_histogram(mask)


def test_wrong_input_is_named(volume):
    with pytest.raises(ctkit.ParameterError, match="ndarray"):
        ctkit.show_slice(volume.array)
    with pytest.raises(ctkit.GeometryError, match="from 0 to"):
        ctkit.show_slice(volume, index=6)
    with pytest.raises(ctkit.ParameterError, match="brian"):
        ctkit.show_windows(volume, ["brian"])


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
    texts = [t for t in axes.texts if any(t.get_text().startswith(name) for name in names)]
    assert len(texts) == len(table)
    boxes = [text.get_window_extent() for text in texts]
    for one, box in enumerate(boxes):
        assert axes.bbox.x0 < box.x0
        assert box.x1 < film.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:one])
    assert "7 filters" in film.facts
    with pytest.raises(ctkit.ParameterError, match="compare_filters"):
        ctkit.show_filters(FilterTable())
