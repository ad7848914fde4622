"""The folders that other tools want."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ParameterError, SaveError
from ..files.atomic import new_folder
from ..files.gzipped import packed
from ..files.nifti import nifti_pieces
from ..volume import Volume
from .prepared import Prepared


def write_nnunet(
    run: Prepared, folder: str | os.PathLike[str], mask: str, test: Sequence[bool] | None
) -> Path:
    """See `Run.to_nnunet`, whose arguments these are."""
    path = Path(folder)
    if not re.fullmatch(r"Dataset\d{3}_\w+", path.name):
        message = f"nnU-Net wants a folder such as Dataset001_Heads, not {path.name!r}"
        raise ParameterError(message)
    with_mask = [n for n in run.ready if mask in run.files(n)]
    if not with_mask:
        message = (
            f"no scan has a mask {mask!r}: the masks are {', '.join(run.mask_names) or 'none'}"
        )
        raise ParameterError(message)
    held_back = np.zeros(len(run), bool) if test is None else run.chosen(test)
    training = [n for n in with_mask if not held_back[n]]
    with new_folder(path, _refuse) as part:
        for name in ("imagesTr", "labelsTr", "imagesTs"):
            (part / name).mkdir()
        names: dict[int, str] = {}
        for number in training:
            case = _case(run, number)
            _put(run, number, "image", part / "imagesTr" / f"{case}_0000.nii.gz")
            found = _put_labels(run.mask(number, mask), part / "labelsTr" / f"{case}.nii.gz")
            names = _agreed(names, found, number)
        for number in (n for n in run.ready if held_back[n]):
            _put(run, number, "image", part / "imagesTs" / f"{_case(run, number)}_0000.nii.gz")
        told = json.dumps(_described(names, len(training)), indent=1)
        (part / "dataset.json").write_text(told, encoding="utf-8")
    return path


def _refuse(path: Path) -> None:
    if any(path.iterdir()):
        message = f"{path} is not empty: name another folder"
        raise SaveError(message)


def _case(run: Prepared, number: int) -> str:
    return f"case_{run.table['id'].iloc[number]}"


def _put(run: Prepared, number: int, name: str, target: Path) -> None:
    """A file of the run under another name; written anew where it is no NIfTI."""
    source = run.folder / run.files(number)[name]["file"]
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        _write(target, run.volume(number))


def _put_labels(mask: Volume, target: Path) -> dict[int, str]:
    """Write a mask or a label map as whole numbers; returns the names of its labels."""
    names = dict(mask.labels) if mask.labels is not None else {1: "mask"}
    whole = mask.with_array(mask.array.astype(np.int16), labels=names)
    _write(target, whole)
    return names


def _agreed(names: dict[int, str], found: dict[int, str], number: int) -> dict[int, str]:
    """The names of labels so far and those of another scan, none of which stands for two things."""
    for value, name in found.items():
        # A mask alone has no names: its 1 is whatever the others call so.
        if value in names and "mask" not in (name, names[value]) and name != names[value]:
            message = (
                f"label {value} is {names[value]!r} in one scan and {name!r} in that of row "
                f"{number}: give the label maps the same numbers first"
            )
            raise ParameterError(message)
    return found | {k: v for k, v in names.items() if v != "mask" or k not in found}


def _write(target: Path, volume: Volume) -> None:
    target.write_bytes(b"".join(packed(nifti_pieces(volume))))


def _described(names: Mapping[int, str], count: int) -> dict[str, Any]:
    # nnU-Net wants labels that follow each other without a gap.
    labels = {"background": 0} | {names[value]: value for value in sorted(names) if value}
    if sorted(labels.values()) != list(range(len(labels))):
        message = (
            f"nnU-Net wants labels 1, 2, 3 ... without a gap, and these are {sorted(names)}: give "
            "the label map other numbers first"
        )
        raise ParameterError(message)
    return {
        "channel_names": {"0": "CT"},
        "labels": labels,
        "numTraining": count,
        "file_ending": ".nii.gz",
    }
