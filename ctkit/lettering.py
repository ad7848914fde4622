"""Where the texts over a picture stand, so that none runs into another, nor a line through them.

How wide letters are is the browser's business; here each has the same width, that of a wide font.
The browser's mirror is ``widgets/view/lettering.js``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MARGIN = 12
_CHARACTER = 0.62  # of the size of the letters
_LINE = 1.4
_LARGE, _SMALL = 14, 12
_CLEAR = 16  # what a patient's side in the middle of an edge keeps free to the left and right
_GAP = 8
_PAD = 4
_BESIDE = 10  # between a mark and its label
_WIDEST = 0.45  # of the stage, that a label takes before it is broken

Text = dict[str, Any]
Paths = list[list[list[float]]]
Box = tuple[float, float, float, float]


def stand(words: Mapping[str, str], stage: Sequence[float]) -> list[Text]:
    """Each text with its place: x and y, how it is aligned there, size and weight.

    Parameters
    ----------
    words : dict
        Text by place: the sides ``left``, ``right``, ``top``, ``bottom``, the corners ``tl``,
        ``tr``, ``bl``, ``br``, ``measure`` over the lower left one, and ``nothing`` in the middle.
    stage : (width, height) in pixels

    Returns
    -------
    list of dict, in the order of `words`
    """
    wide, high = stage
    room = wide - 2 * MARGIN
    fitted = dict(words)
    fitted["tl"] = fit(words["tl"], room)
    fitted["tr"] = fit(words["tr"], room - _GAP - _wide(fitted["tl"]))
    fitted["bl"] = fit(words["bl"], room - _GAP - _wide(words["br"]))
    fitted["measure"] = fit(words["measure"], room)
    low = 26 if _reaching(fitted["bl"], wide) else 8
    marks = low + 17 * len(fitted["bl"].split("\n")) + 10
    under = max(_reaching(fitted[corner], wide) for corner in ("tl", "tr"))
    top = 10 + _LINE * _SMALL * under if under else 6
    right, x, y = wide - MARGIN, wide / 2, high / 2
    rows = {
        "left": (MARGIN, y, "left", "middle", _LARGE, 600),
        "right": (right, y, "right", "middle", _LARGE, 600),
        "top": (x, top, "center", "top", _LARGE, 600),
        "bottom": (x, high - 6, "center", "bottom", _LARGE, 600),
        "tl": (MARGIN, 8, "left", "top", _SMALL, 400),
        "tr": (right, 8, "right", "top", _SMALL, 400),
        "bl": (MARGIN, high - low, "left", "bottom", _SMALL, 400),
        "br": (right, high - 18, "right", "bottom", _SMALL, 400),
        "measure": (MARGIN, high - marks, "left", "bottom", _SMALL, 400),
        "nothing": (x, y, "center", "middle", _LARGE, 400),
    }
    names = ("x", "y", "align", "base", "size", "weight")
    return [
        {"place": place, "text": text, **dict(zip(names, rows[place], strict=True))}
        for place, text in fitted.items()
    ]


def stand_beside(
    words: Iterable[tuple[str, Sequence[Sequence[float]]]],
    texts: Iterable[Text],
    stage: Sequence[float],
) -> list[Text]:
    """Labels beside what they belong to, where none covers another text.

    Parameters
    ----------
    words : iterable of (text, points)
        The points on the stage of what a label belongs to.
    texts : iterable of dict
        Those that stand already.
    stage : (width, height) in pixels

    Returns
    -------
    list of dict, as of `stand`, with the place "label"
        The first of the places around the points, from the right on, where the label covers
        neither a text nor what another one belongs to; else the first where it covers no text;
        else the first, moved onto the stage.
    """
    words = list(words)
    around = [_around(points) for _, points in words]
    taken = [box_of(text) for text in texts if text["text"]]
    found = []
    for text, points in words:
        label = _beside(fit(text, _WIDEST * stage[0]), points, taken, around, stage)
        taken.append(box_of(label))
        found.append(label)
    return found


def _around(points: Sequence[Sequence[float]]) -> Box:
    """The box around points: left, top, right, bottom."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _beside(
    text: str,
    points: Sequence[Sequence[float]],
    taken: Sequence[Box],
    marks: Sequence[Box],
    stage: Sequence[float],
) -> Text:
    labels = [_label(text, *spot) for spot in _spots(points)]
    free = [label for label in labels if _is_free(box_of(label), taken, stage)]
    clear = (label for label in free if _is_free(box_of(label), marks, stage))
    return next(clear, None) or (free[0] if free else _moved(labels[0], stage))


def _label(text: str, x: float, y: float, align: str, base: str) -> Text:
    place = {"x": x, "y": y, "align": align, "base": base}
    return {"place": "label", "text": text, **place, "size": _SMALL, "weight": 400}


def _spots(points: Sequence[Sequence[float]]) -> list[tuple[float, float, str, str]]:
    """Places around points: to the right and left at some heights, under and over them."""
    left, top, right, bottom = _around(points)
    x, y = (left + right) / 2, (top + bottom) / 2
    moves = (0, 22, -22, 44, -44, 66, -66, 88, -88)
    sides = ((right + _BESIDE, "left"), (left - _BESIDE, "right"))
    beside = [(side, y + move, align, "middle") for move in moves for side, align in sides]
    ends = ((bottom + _BESIDE, "top"), (top - _BESIDE, "bottom"))
    level = [(x + move, end, "center", base) for move in (0, 60, -60) for end, base in ends]
    return [*beside[:2], *level[:2], *beside[2:], *level[2:]]


def _is_free(box: Box, taken: Iterable[Box], stage: Sequence[float]) -> bool:
    left, top, right, bottom = box
    if left < 0 or top < 0 or right > stage[0] or bottom > stage[1]:
        return False
    return all(
        right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
        for other in taken
    )


def _moved(text: Text, stage: Sequence[float]) -> Text:
    """A text moved onto the stage."""
    left, top, right, bottom = box_of(text)
    right_by = max(0, -left) - max(0, right - stage[0])
    down_by = max(0, -top) - max(0, bottom - stage[1])
    return text | {"x": text["x"] + right_by, "y": text["y"] + down_by}


def fit(text: str, room: float, size: float = _SMALL) -> str:
    r"""The text in lines that are no wider than `room`: broken at spaces, a longer word cut.

    Examples
    --------
    >>> fit("C 40  W 400  soft tissue", 100)
    'C 40  W 400\nsoft tissue'
    """
    most = max(6, int(room / (_CHARACTER * size)))
    return "\n".join(line for whole in text.split("\n") for line in _broken(whole, most))


def _broken(text: str, most: int) -> list[str]:
    first, *rest = [
        word if len(word) <= most else f"{word[: most - 1]}…" for word in text.split(" ")
    ]
    lines = [first]
    for word in rest:
        if len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    stripped = [line.strip(" ") for line in lines]
    return [line for line in stripped if line] or [""]


def _wide(text: str, size: float = _SMALL) -> float:
    return _CHARACTER * size * max(map(len, text.split("\n")))


def _reaching(text: str, wide: float) -> int:
    """How many lines a corner's text has, where one reaches the middle; else 0."""
    return text.count("\n") + 1 if MARGIN + _wide(text) > wide / 2 - _CLEAR else 0


def box_of(text: Text) -> Box:
    """What a text covers: left, top, right, bottom."""
    wide, high = _wide(text["text"], text["size"]), _LINE * text["size"] * _lines(text)
    left = text["x"] - {"left": 0, "center": 0.5, "right": 1}[text["align"]] * wide
    top = text["y"] - {"top": 0, "middle": 0.5, "bottom": 1}[text["base"]] * high
    return left - _PAD, top - _PAD, left + wide + _PAD, top + high + _PAD


def _lines(text: Text) -> int:
    return len(text["text"].split("\n"))


def interrupt(paths: Paths, texts: Iterable[Text]) -> Paths:
    """Straight lines, interrupted where texts stand."""
    boxes = [box_of(text) for text in texts if text["text"]]
    return [piece for line in paths for piece in _pieces(line, boxes)]


def _pieces(line: list[list[float]], boxes: Sequence[Box]) -> Paths:
    """What is left of a line; along it things are counted from 0 to 1."""
    hidden = sorted(filter(None, (_behind(line, box) for box in boxes)))
    found, start = [], 0.0
    for low, high in [*hidden, [1.0, 1.0]]:
        if low > start:
            found.append([start, low])
        start = max(start, high)
    return [[_point(line, part) for part in span] for span in found]


def _behind(line: list[list[float]], box: Box) -> list[float] | None:
    """From where to where a line runs behind a box; None where it passes it by."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        start, end = line[0][axis], line[1][axis]
        edges = box[axis], box[axis + 2]
        if start == end:
            if not edges[0] < start < edges[1]:
                return None
            continue
        ends = sorted((edge - start) / (end - start) for edge in edges)
        low, high = max(low, ends[0]), min(high, ends[1])
    return [low, high] if low < high else None


def _point(line: list[list[float]], part: float) -> list[float]:
    # The ends are as they were, to the last digit.
    if part in (0, 1):
        return list(line[int(part)])
    return [start + part * (end - start) for start, end in zip(*line, strict=True)]
