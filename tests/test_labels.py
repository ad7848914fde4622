"""Label maps: names and colours, what is drawn of them, and the volume of each."""

import copy
import pickle

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from matplotlib.colors import to_hex
from skimage.color import rgb2lab

import ctkit
from ctkit import GeometryError, ParameterError, UnitError, Volume, overlay
from ctkit.labels import PALETTE, Labels, counts_of, label_of, paint, rgb_of
from ctkit.operations.layers import layers_of
from ctkit.volume import as_labels
from ctkit.widgets import voxels

SHAPE, SPACING = (4, 9, 13), (5.0, 0.7, 0.4)


@pytest.fixture
def grid():
    """A leaning grid: its slices lie 5 mm apart, and each is moved by 2 mm."""
    affine = np.array(Volume.from_spacing(np.zeros(SHAPE), SPACING, (-10, 20, 30)).affine)
    affine[1, 0] = 2.0
    return Volume(np.zeros(SHAPE, np.int16), affine)


@pytest.fixture
def labels(grid):
    array = np.zeros(SHAPE, np.int16)
    array[1:3, 2:5, 3:9], array[2, 4:, 5:], array[0, 0, 0] = 3, 200, -4
    return grid.with_array(array, labels=Labels({3: "liver", 200: "spleen"}, {3: "#DD8265"}))


class TestNames:
    def test_colours_stay_with_the_names(self, labels):
        moved = ctkit.pad(labels.reorient("RAI"), like=labels.reorient("RAI"))
        for one in (labels, moved, copy.deepcopy(labels), pickle.loads(pickle.dumps(labels))):
            assert one.labels == {3: "liver", 200: "spleen"}
            assert one.labels.colors == {3: "#dd8265"}
            assert repr(one.labels) == "{3: 'liver', 200: 'spleen'}"

    @pytest.mark.parametrize("color", ["red", "#12345", (1, 0, 0), None])
    def test_what_is_no_colour_is_refused(self, color):
        with pytest.raises(ParameterError, match='color is red, green and blue as "#rrggbb"'):
            Labels({1: "a"}, {1: color})

    def test_seven_colours_stay_apart_for_the_colour_blind(self):
        # G. M. Machado et al., IEEE Trans. Vis. Comput. Graph. 15 (2009) 1291: both kinds, whole.
        sights = {
            "all": np.eye(3),
            "protanopia": [
                [0.152286, 1.052583, -0.204868],
                [0.114503, 0.786281, 0.099216],
                [-0.003882, -0.048116, 1.051998],
            ],
            "deuteranopia": [
                [0.367322, 0.860646, -0.227968],
                [0.280085, 0.672501, 0.047413],
                [-0.011820, 0.042940, 0.968881],
            ],
        }
        rgb = np.array([rgb_of(color) for color in PALETTE[:7]]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        for name, matrix in sights.items():
            seen = np.clip(linear @ np.transpose(matrix), 0, 1)
            seen = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
            lab = rgb2lab(seen[None])[0]
            apart = np.linalg.norm(lab[:, None] - lab, axis=-1)[~np.eye(7, dtype=bool)]
            assert apart.min() > 12, name
        assert len(set(PALETTE)) == len(PALETTE) == 21


class TestFiles:
    def test_names_and_colours_of_slicer(self, tmp_path):
        array = np.zeros(SHAPE, np.uint8)
        array[1:3, 2:5, 3:9], array[2, 4:, 5:] = 1, 2
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(SPACING[::-1])
        for key, value in {
            "Segment0_Name": "liver",
            "Segment0_LabelValue": "1",
            "Segment0_Color": "0.866667 0.509804 0.396078",
            "Segment1_Name": "spleen",
            "Segment1_LabelValue": "2",
            "Segment1_Color": "0.6 nonsense",
        }.items():
            image.SetMetaData(key, value)
        sitk.WriteImage(image, tmp_path / "a.seg.nrrd", True)
        found = ctkit.load(tmp_path / "a.seg.nrrd")
        assert found.labels == {1: "liver", 2: "spleen"}
        assert found.labels.colors == {1: "#dd8265"}
        np.testing.assert_array_equal(found.array, array)

    @pytest.mark.parametrize("name", ["labels.nii", "labels.nii.gz"])
    def test_a_nifti_keeps_integers_names_and_colours(self, labels, tmp_path, name):
        path = ctkit.save(labels, tmp_path / name)
        back = ctkit.load(path)
        assert back.labels == {**labels.labels, -4: "label -4"}
        assert back.labels.colors == labels.labels.colors
        image = nib.load(path)
        assert image.get_data_dtype() == np.int16
        assert image.header.get_slope_inter() in [(1, 0), (None, None)]
        assert image.header.get_intent()[0] == "label"
        np.testing.assert_array_equal(np.asarray(image.dataobj).transpose(2, 1, 0), labels.array)
        upright = Volume.from_spacing(labels.array, SPACING).with_array(labels.array, labels={})
        read = sitk.ReadImage(ctkit.save(upright, tmp_path / f"upright_{name}"))
        assert read.GetPixelID() == sitk.sitkInt16
        np.testing.assert_array_equal(sitk.GetArrayFromImage(read), labels.array)

    def test_a_network_s_classes_keep_the_names(self, labels):
        again = ctkit.from_array(ctkit.to_array(labels), labels)
        np.testing.assert_array_equal(again.array, labels.array)
        assert again.labels == labels.labels
        assert ctkit.from_array(labels.array == 3, labels).is_mask
        for array, window in ((labels.array + 0.5, None), (labels.array, "brain"), (9e4, None)):
            with pytest.raises(UnitError, match="like is a label map, so the array holds whole"):
                ctkit.from_array(np.broadcast_to(array, SHAPE), labels, window)


class TestVolume:
    def test_the_volume_of_each_label_is_simpleitk_s(self, labels):
        image = sitk.GetImageFromArray(labels.array)
        image.SetSpacing([float(np.linalg.norm(step)) for step in labels.affine[:3, 2::-1].T])
        found = sitk.LabelShapeStatisticsImageFilter()
        found.Execute(image)
        # SimpleITK has no grid that leans: its voxel has the length of the leaning edge.
        leaning = np.hypot(5, 2) / 5
        millilitres = ctkit.volume_ml(labels)
        assert list(millilitres) == [-4, 3, 200]
        for value, ml in millilitres.items():
            assert ml == pytest.approx(found.GetPhysicalSize(value) / leaning / 1000)
            assert ctkit.volume_ml(labels.with_array(labels.array == value)) == pytest.approx(ml)
        # 2 x 3 x 6 voxels, but 4 that the other lies over.
        assert millilitres[3] == pytest.approx(32 * 5 * 0.7 * 0.4 / 1000)

    def test_a_name_without_a_voxel_has_none(self, labels):
        more = labels.with_array(labels.array, labels={**labels.labels, 9: "gone", 0: "nothing"})
        assert ctkit.volume_ml(more)[9] == 0
        assert 0 not in ctkit.volume_ml(more)

    def test_hu_have_no_millilitres(self, grid):
        with pytest.raises(UnitError, match="mask is a Volume of bool"):
            ctkit.volume_ml(grid)
        with pytest.raises(ParameterError, match="mask is a Volume, not ndarray"):
            ctkit.volume_ml(grid.array > 0)

    def test_values_are_counted_as_by_numpy(self):
        array = np.random.default_rng(2).integers(-(2**15), 2**15, (5, 31, 64)).astype(np.int16)
        values, counts = np.unique(array[array != 0], return_counts=True)
        assert counts_of(array) == dict(zip(values.tolist(), counts.tolist(), strict=True))


class TestChecks:
    def test_one_check_says_what_is_no_label_map(self, grid, labels):
        assert as_labels(labels, on=grid) is labels
        for thing, says in ((grid, "this is of HU"), (grid.with_array(grid.array > 0), "a mask")):
            with pytest.raises(UnitError, match=f"labels is a label map, and .*{says}"):
                as_labels(thing)
        with pytest.raises(GeometryError, match="another grid"):
            as_labels(labels, on=grid.reorient("RAI"))

    @pytest.mark.parametrize(
        "measure",
        [
            ctkit.head_mask, ctkit.keep_head, ctkit.denoise, ctkit.noise_sd, ctkit.edge_width,
            ctkit.show_windows, ctkit.show_histogram, ctkit.explore, ctkit.planes,
            lambda v: ctkit.psnr(v, v), lambda v: ctkit.ssim(v, v), lambda v: ctkit.cnr(v, v, v),
            lambda v: ctkit.to_array(v, "brain"), lambda v: ctkit.compare(v, v),
            lambda v: ctkit.tune(v, abs),
        ],
    )  # fmt: skip
    def test_what_needs_hu_refuses_a_label_map(self, labels, measure):
        with pytest.raises(UnitError, match=r"(volume|before) is a Volume of HU, and this is"):
            measure(labels)


class TestLayers:
    def test_a_mask_is_one_label(self, grid):
        mask = grid.with_array(np.indices(SHAPE)[2] < 4)
        layers = layers_of(mask.array, on=grid)
        (label,) = layers.labels
        assert (label["value"], label["name"], label["color"]) == (1, "mask", "#ff8c00")
        assert label["ml"] == pytest.approx(4 * 9 * 4 * 5 * 0.7 * 0.4 / 1000)
        assert layers.volume.is_mask

    def test_a_label_map_has_its_own_colours_and_those_of_its_place(self, labels):
        layers = layers_of(labels)
        assert [(one["value"], one["name"], one["color"]) for one in layers.labels] == [
            (-4, "label -4", PALETTE[0]),
            (3, "liver", "#dd8265"),
            (200, "spleen", PALETTE[2]),
        ]
        assert layers.volume is labels

    def test_masks_that_overlap_have_values_of_their_own(self, grid):
        random = np.random.default_rng(6)
        masks = {name: random.random(SHAPE) < 0.4 for name in "abcd"}
        layers = layers_of(masks, on=grid)
        sets = dict(layers.overlaps)
        for value, (name, mask) in enumerate(masks.items(), start=1):
            members = [code for code in np.unique(layers.volume.array).tolist()
                       if value in sets.get(code, [code])]  # fmt: skip
            np.testing.assert_array_equal(np.isin(layers.volume.array, members), mask)
            label = layers.labels[value - 1]
            assert (label["name"], label["color"]) == (name, PALETTE[value - 1])
            assert label["ml"] == pytest.approx(mask.sum() * 5 * 0.7 * 0.4 / 1000)
        assert "a + c" in layers.volume.labels.values()

    @pytest.mark.parametrize(
        ("given", "error", "says"),
        [
            (lambda v: {}, ParameterError, "mask is a dict of names to masks"),
            (lambda v: {1: v.array > 0}, ParameterError, "mask is a dict of names to masks"),
            (lambda v: {"a": v.array}, UnitError, r"mask\['a'\] is a Volume of bool"),
            (lambda v: {"a": v.array[1:] > 0}, GeometryError, r"mask\['a'\] is an array of"),
            (lambda v: v, UnitError, "mask is a Volume of bool"),
        ],
    )
    def test_what_is_no_mask_is_refused(self, grid, given, error, says):
        with pytest.raises(error, match=says):
            layers_of(given(grid), on=grid)


def paint_slowly(picture, labels, overlaps, opacity, outline):
    """The colours of a picture, pixel by pixel, by the words of `paint`."""
    sets = dict(overlaps)

    def members(row, column):
        if not (0 <= row < picture.shape[0] and 0 <= column < picture.shape[1]):
            return []
        value = int(picture[row, column])
        found = sets.get(value, [value])
        return [one for one in labels if one["visible"] and one["value"] in found]

    pixels = np.zeros((*picture.shape, 4))
    for row, column in np.ndindex(picture.shape):
        colour, alpha = np.zeros(3), 0.0
        around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        for label in members(row, column):
            part = int(opacity * label["opacity"] * 255 + 0.5) / 255
            rgb = np.array([int(label["color"][i : i + 2], 16) for i in (1, 3, 5)])
            total = part + alpha * (1 - part)
            if total:
                colour = (rgb * part + colour * alpha * (1 - part)) / total
            alpha = total
            pixels[row, column] = [*colour, 255 * alpha]
        for label in members(row, column):
            if outline and not all(label in members(*place) for place in around):
                rgb = [int(label["color"][i : i + 2], 16) for i in (1, 3, 5)]
                pixels[row, column] = [*rgb, 255]
    return pixels


class TestPaint:
    LABELS = (
        label_of(1, "a", "#ff0000", None),
        label_of(2, "b", "#00ff40", None) | {"opacity": 0.5},
        label_of(3, "hidden", "#0000ff", None) | {"visible": False},
        label_of(-7, "below 0", "#123456", None),
    )
    OVERLAPS = ((4, (1, 2)), (5, (1, 3)), (6, (2, 3)))

    @pytest.mark.parametrize("opacity", [0.0, 0.25, 0.7, 1.0])
    @pytest.mark.parametrize("outline", [True, False])
    def test_it_is_what_its_words_say(self, opacity, outline):
        blocks = np.random.default_rng(4).choice([0, 1, 2, 3, 4, 5, 6, -7, 99], (5, 7))
        picture = np.kron(blocks, np.ones((3, 4), int)).astype(np.int16)
        found = paint(picture, self.LABELS, self.OVERLAPS, opacity, outline)
        expected = paint_slowly(picture, self.LABELS, self.OVERLAPS, opacity, outline)
        shown = expected[..., 3] > 0
        assert np.array_equal(found[..., 3] > 0, shown)
        assert np.abs(found - expected)[shown].max(initial=0) <= 0.5 + 1e-9

    def test_a_mask_alone_is_as_it_was(self):
        inside = np.zeros((6, 8), bool)
        inside[1:5, 2:7] = True
        pixels = paint(inside, [label_of(1, "mask", "#ff8c00", None)], [], 0.25, True)
        alpha = np.zeros((6, 8), int)
        alpha[1:5, 2:7], alpha[2:4, 3:6] = 255, 64
        assert np.array_equal(pixels[..., 3], alpha)
        assert np.array_equal(np.unique(pixels[inside][:, :3], axis=0), [[255, 140, 0]])

    def test_what_is_no_number_is_no_label(self):
        picture = np.array([[np.nan, -np.inf, 1.0]], np.float32)
        pixels = paint(picture, self.LABELS, [], 1.0, True)
        assert np.array_equal(pixels[0, :, 3], [0, 0, 255])


class TestFigures:
    @pytest.fixture
    def volume(self, grid):
        hu = np.random.default_rng(3).integers(-100, 200, SHAPE).astype(np.int16)
        return Volume(hu, np.array(Volume.from_spacing(hu, SPACING).affine))

    @staticmethod
    def outlines(film):
        """Colour and box in mm (left, right, top, bottom) of each outline, by name."""
        found = {}
        for drawn in film.axes[0].collections:
            points = np.concatenate([path.vertices for path in drawn.get_paths()])
            low, high = points.min(axis=0), points.max(axis=0)
            color = to_hex(drawn.get_edgecolor()[0])
            found[drawn.get_label()] = (color, [low[0], high[0], low[1], high[1]])
        return found

    def test_each_label_is_outlined_in_its_colour_and_named(self, volume, labels):
        mask = volume.with_array(labels.array, labels=labels.labels)
        film = ctkit.show_slice(volume, index=1, mask=mask)
        color, box = self.outlines(film)["liver"]
        assert color == "#dd8265"
        # Rows 2 to 4 and columns 3 to 8, whose outline runs between the centres of voxels.
        assert box == pytest.approx([3 * 0.4, 9 * 0.4, 2 * 0.7, 5 * 0.7])
        assert [text.get_text() for text in film.legends[0].get_texts()] == ["liver"]
        assert film.facts.endswith("; outlined: liver")
        montage = ctkit.show_montage(volume, 4, mask=mask, columns=4)
        names = [text.get_text() for text in montage.legends[0].get_texts()]
        assert sorted(names) == ["label -4", "liver", "spleen"]

    def test_masks_that_overlap_are_outlined_each_as_a_whole(self, volume):
        row, column = np.indices(SHAPE)[1:]
        masks = {"left": (column > 5) & (row > 1) & (row < 8), "top": (row < 4) & (column > 2)}
        found = self.outlines(ctkit.show_slice(volume, index=2, mask=masks))
        assert found["left"][0] == PALETTE[0]
        assert found["left"][1] == pytest.approx([6 * 0.4, 12.5 * 0.4, 2 * 0.7, 8 * 0.7])
        assert found["top"][1] == pytest.approx([3 * 0.4, 12.5 * 0.4, 0.5 * 0.7, 4 * 0.7])

    def test_a_mask_alone_is_outlined_as_ever(self, volume):
        film = ctkit.show_planes(volume, mask=volume.array > 100)
        assert {name: color for name, (color, _) in self.outlines(film).items()} == {
            "_mask": "#e69f00"
        }
        assert not film.legends


class TestViews:
    @pytest.fixture
    def volume(self, grid):
        hu = np.random.default_rng(3).integers(-100, 200, SHAPE).astype(np.int16)
        return grid.with_array(hu)

    def test_labels_go_to_the_browser_as_bytes_and_large_ones_as_int16(self, volume, labels):
        small = labels.with_array(np.maximum(labels.array, 0))
        for mask, kind in ((small, "uint8"), (labels, "int16"), (small.array == 3, "uint8")):
            view = ctkit.explore(volume, mask=mask)
            data = view.overlay
            assert (data.kind, data.nearest) == (kind, view.mask.is_labels)
            sent = np.frombuffer(data.buffer, kind).reshape(SHAPE)
            np.testing.assert_array_equal(sent, view.mask.array)
            view.close()

    def test_hu_and_labels_of_the_same_values_are_not_the_same_voxels(self, volume, labels):
        hu = volume.with_array(labels.array)
        view = ctkit.explore(hu, mask=labels)
        assert view.voxels is not view.overlay
        assert not view.voxels.nearest
        view.close()

    def test_a_plane_of_a_large_label_map_is_of_its_nearest_voxels(self, labels, monkeypatch):
        monkeypatch.setattr(voxels, "LIMIT", 10)
        small = labels.with_array(np.maximum(labels.array, 0))
        data = voxels.VoxelData(small)
        assert data.lazy
        found = np.frombuffer(data.picture({"axis": 1, "index": 4}), np.uint8)
        np.testing.assert_array_equal(found, small.array[:, 4].ravel())
        stack = small.stack("coronal")
        assert stack.resampled  # the grid leans
        found = set()
        for index in range(stack.shape[stack.layout.axis]):
            wanted = {"stack": overlay.plain_stack(stack), "index": index}
            found |= set(np.frombuffer(data.picture(wanted), np.float32).tolist())
        assert found == {0.0, 3.0, 200.0, -np.inf}
        data.close()

    def test_the_alternative_text_names_the_labels_that_are_seen(self, volume, labels):
        view = ctkit.explore(volume, mask=labels, slice=2)
        view.labels = [{"value": 200, "visible": False}]
        assert view.alt_text().endswith(", labels: label -4, liver")
        several = {name: labels.array > 0 for name in "abcdefgh"}
        view = ctkit.explore(volume, mask=several, slice=2)
        assert view.alt_text().endswith(", labels: a, b, c, d, e, f and 2 more")
        view = ctkit.explore(volume, mask=labels.array > 0, slice=2)
        assert "label" not in view.alt_text()

    def test_a_label_map_of_a_tuned_function_is_drawn_over_the_original(self, volume):
        def levels(volume, low=0):
            array = (volume.array > low).astype(np.int16) + (volume.array > low + 100)
            return volume.with_array(array, labels={1: "low", 2: "high"})

        view = ctkit.tune(volume, levels, low=(0, 50), labels=[{"value": 2, "color": "#00ff00"}])
        assert view.wait()
        assert view.after is None
        millilitres = ctkit.volume_ml(levels(volume))
        assert [(one["name"], one["color"]) for one in view.labels] == [
            ("low", PALETTE[0]),
            ("high", "#00ff00"),
        ]
        assert [one["ml"] for one in view.labels] == pytest.approx([*millilitres.values()])
        assert repr(view).endswith("labels=[{'value': 2, 'color': '#00ff00'}])")
        view.close()
