"""Zarr, and what a network is given: the same voxels as whole scans have, read alone."""

import json
import pickle

import _scans
import numpy as np
import pytest
import zarr

import ctkit
from ctkit import dataset
from ctkit.dataset import steps

STEPS = [steps.keep_head(), steps.resample(6.0), steps.center((30, 34, 32))]


@pytest.fixture(scope="module", params=["nifti", "zarr"])
def run(request, tmp_path_factory, client):
    """Three scans with a mask and a label map, the last one with another file format."""
    top = tmp_path_factory.mktemp("set")
    lines = ["scan,mask,mask:organs,patient"]
    for number in range(3):
        volume, ball = _scans.head(number)
        organs = np.where(volume.array > 500, 1, 0) + np.where(ball.array, 2, 0)
        ctkit.save(volume, top / f"scan{number}.nii.gz")
        ctkit.save(ball, top / f"mask{number}.nii.gz")
        names = {1: "bone", 2: "ball", 3: "both"}
        ctkit.save(volume.with_array(organs, labels=names), top / f"organs{number}.nii.gz")
        lines.append(f"scan{number}.nii.gz,mask{number}.nii.gz,organs{number}.nii.gz,P{number}")
    (top / "table.csv").write_text("\n".join(lines))
    made = dataset.prepare(
        top / "table.csv", STEPS, top / "out", client=client, format=request.param
    )
    assert made.ready == [0, 1, 2]
    return made


def test_both_formats_keep_every_value_and_the_grid(run):
    for number in run.ready:
        volume, _ = _scans.head(number)
        mask = ctkit.head_mask(volume)
        cubes = ctkit.resample(ctkit.keep_head(volume, mask), 6.0)
        region = ctkit.resample(mask, like=cubes, kernel="nearest")
        framed = ctkit.center(cubes, region, (30, 34, 32))
        assert np.array_equal(run[number], framed.array)
        assert run[number].dtype == np.int16
        assert np.allclose(run.volume(number).affine, framed.affine, atol=1e-3)
        assert run.mask(number).is_mask
        assert dict(run.mask(number, "organs").labels) == {1: "bone", 2: "ball", 3: "both"}


def test_zarr_itself_reads_the_store(run):
    path = run.folder / run.files(0)["image"]["file"]
    if path.suffix != ".zarr":
        pytest.skip("of the other format")
    group = zarr.open_group(path, mode="r")
    (scale,) = group.attrs["ome"]["multiscales"][0]["datasets"][0]["coordinateTransformations"]
    assert np.array_equal(group["0"][:], run[0])
    assert np.allclose(scale["scale"], 6.0)
    # The header is that of the same scan as a NIfTI.
    import nibabel as nib

    header = nib.Nifti1Header(bytes(group["nifti"][:]))
    affine = np.diag([-1, -1, 1, 1]) @ header.get_best_affine()
    assert np.allclose(affine @ (4, 3, 2, 1), [*run.volume(0).to_world((2, 3, 4)), 1], atol=1e-3)
    assert header.get_data_shape() == (32, 34, 30)


def test_whole_scans_and_patches_are_what_the_run_has(run):
    whole = run.torch()
    assert len(whole) == 3
    assert whole[1]["image"].shape == (1, 30, 34, 32)
    assert np.array_equal(whole[1]["image"][0], run[1])
    patches = run.torch(patch=(5, 9, 12), per_scan=6, seed=3)
    assert len(patches) == 18
    for number in range(18):
        item = patches[number]
        k, r, c = item["start"]
        box = (slice(k, k + 5), slice(r, r + 9), slice(c, c + 12))
        assert item["row"] == number // 6
        assert item["image"].dtype == np.float32
        assert np.array_equal(item["image"][0], run[item["row"]][box])
        assert np.array_equal(item["organs"][0], run.mask(item["row"], "organs").array[box])


def test_labels_are_in_the_middle_as_often_as_each_other(run):
    patches = run.torch(patch=(5, 5, 5), per_scan=60, balance="organs", masks=["organs"], seed=1)
    middles = [int(patches[n]["organs"][0, 2, 2, 2]) for n in range(len(patches))]
    counts = np.bincount(middles, minlength=4)
    present = {int(v) for n in run.ready for v in np.unique(run.mask(n, "organs").array)} - {0}
    for label in present:
        assert counts[label] > 180 / (len(present) + 1) * 0.5, counts
    # By chance alone the ball, with so few of the voxels, would hardly be met.
    assert (run.mask(0, "organs").array == 2).mean() < 0.05


def test_the_seed_and_the_epoch_decide_in_any_process(run):
    first = run.torch(patch=(5, 5, 5), per_scan=4, seed=1)
    again = pickle.loads(pickle.dumps(first))
    assert all(np.array_equal(first[n]["image"], again[n]["image"]) for n in range(12))
    starts = [tuple(one[n]["start"]) for one in (first, first.at_epoch(1)) for n in range(12)]
    assert starts[:12] != starts[12:]


@pytest.mark.slow
def test_monai_reads_the_scans_and_masks_as_they_are(run):
    """Values and places by MONAI's own reader, which turns nothing."""
    transforms = pytest.importorskip("monai.transforms", reason='needs the extra "bench"')
    data = pytest.importorskip("monai.data")
    if not run.files(0)["image"]["file"].endswith(".nii.gz"):
        pytest.skip("of the other format")
    listed = [
        {name: str(run.folder / told["file"]) for name, told in run.files(number).items()}
        for number in run.ready
    ]
    names = ("image", "mask", "organs")
    read = transforms.LoadImaged(keys=names, ensure_channel_first=True)
    for number, item in zip(run.ready, data.DataLoader(data.Dataset(listed, read)), strict=True):
        wanted = (run[number], run.mask(number).array, run.mask(number, "organs").array)
        for name, array in zip(names, wanted, strict=True):
            assert np.array_equal(item[name][0, 0].numpy().transpose(2, 1, 0), array)
            to_ras = item[name].affine[0].numpy()
            point = np.diag([-1, -1, 1, 1]) @ to_ras @ (4, 3, 2, 1)
            assert np.allclose(point[:3], run.volume(number).to_world((2, 3, 4)), atol=1e-3)


@pytest.mark.slow
def test_a_dataloader_of_torch_makes_batches(run):
    loading = pytest.importorskip("torch.utils.data", reason='needs the extra "bench"')
    patches = run.torch(patch=(5, 9, 12), per_scan=4, seed=3)
    batches = list(loading.DataLoader(patches, batch_size=4, num_workers=1))
    assert [tuple(batch["image"].shape) for batch in batches] == [(4, 1, 5, 9, 12)] * 3
    for number, batch in enumerate(batches):
        assert np.array_equal(batch["image"][2].numpy(), patches[4 * number + 2]["image"])


def test_a_part_of_the_set_and_a_plain_loop(run):
    parts = run.split({"train": 2 / 3, "test": 1 / 3}, seed=5)
    train = run.torch(parts == "train")
    assert len(train) == 2
    assert [item["row"] for item in train] == [n for n in run.ready if parts[n] == "train"]


def test_bad_arguments_get_a_sentence(run):
    with pytest.raises(ctkit.GeometryError, match="larger than the scan of row 0"):
        run.torch(patch=(31, 5, 5))
    with pytest.raises(ctkit.ParameterError, match="are of patches"):
        run.torch(per_scan=3)
    with pytest.raises(ctkit.ParameterError, match="a mask is one of"):
        run.torch(patch=(5, 5, 5), balance="liver")
    for part in ([0, 1, 2], [True], ["a", "b", "c"], [True] * 4):
        with pytest.raises(ctkit.ParameterError, match="chosen by one bool for each of the 3"):
            run.torch(part)
        with pytest.raises(ctkit.ParameterError, match="chosen by one bool for each of the 3"):
            run.to_nnunet("Dataset001_X", test=part)
    with pytest.raises(ctkit.UnitError, match=r"pass array > 0\.5"):
        run.to_original(0, np.full(run[0].shape, 0.3))
    with pytest.raises(ctkit.UnitError, match="a mask or a label map comes back"):
        run.to_original(0, run.volume(0))
    assert json.loads(run.table["files"][0])


def test_labels_of_a_network_come_back_whatever_type_they_have(run):
    organs = run.mask(0, "organs").array
    wanted = run.to_original(0, run.mask(0, "organs")).array
    for kind in (np.int64, np.float32, np.uint8):
        back = run.to_original(0, organs.astype(kind))
        assert np.array_equal(back.array, wanted)
        assert 0 not in back.labels
    assert run.torch()[0]["mask"].dtype == run.torch()[0]["organs"].dtype == np.int16


def test_the_page_shows_masks_and_label_maps_together(run):
    folder = run.report(views=1).parent
    (view,) = (folder / "scans").glob("*.html")
    text = view.read_text()
    assert "organs: bone" in text
    assert "organs: ball" in text
