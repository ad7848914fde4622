"""Texts over a picture: none runs into another, and no line runs through one."""

import itertools

import pytest

from ctkit import lettering

WORDS = {
    "left": "R",
    "right": "L",
    "top": "A",
    "bottom": "P",
    "tl": "sagittal  128 / 255\nL 0.48 mm",
    "tr": "before | after a filter with a long name",
    "bl": "C 1000  W 4000  soft tissue  inverted",
    "br": "50 mm",
    "measure": "mean −123.4  SD 12.3 HU\n−1000 to 2000 HU  1234 mm²",
}


def apart(first, second):
    return (
        first[2] <= second[0]
        or second[2] <= first[0]
        or first[3] <= second[1]
        or second[3] <= first[1]
    )


@pytest.mark.parametrize("side", [250, 268, 319, 400, 512, 900])
@pytest.mark.parametrize("name", ["after", WORDS["tr"], "difference\nHU rounded for display"])
def test_no_text_runs_into_another(side, name):
    texts = lettering.stand(WORDS | {"tr": name}, (side, side))
    assert [text["place"] for text in texts] == list(WORDS)
    for first, second in itertools.combinations(texts, 2):
        boxes = lettering.box_of(first), lettering.box_of(second)
        # What is kept free around a text may overlap, the text itself not.
        inner = [(a + 4, b + 4, c - 4, d - 4) for a, b, c, d in boxes]
        assert apart(*inner), (first["place"], second["place"])


def test_where_there_is_room_all_stand_as_they_are():
    texts = {text["place"]: text for text in lettering.stand(WORDS, (900, 700))}
    assert {place: text["text"] for place, text in texts.items()} == WORDS
    assert texts["top"]["y"] == 6


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("C 40  W 400  soft tissue", 100, "C 40  W 400\nsoft tissue"),
        ("one two\nthree", 60, "one two\nthree"),
        ("incomprehensible", 60, "incompr…"),
        ("", 60, ""),
    ],
)
def test_a_text_is_broken_at_spaces(text, room, expected):
    assert lettering.fit(text, room) == expected


def test_lines_are_interrupted_at_texts():
    (text,) = (one for one in lettering.stand(WORDS, (400, 300)) if one["place"] == "left")
    left, top, right, bottom = lettering.box_of(text)
    level, upright = [[0, 150], [400, 150]], [[15, 0], [15, 300]]
    assert lettering.interrupt([level], [text]) == [
        [[0, 150], [left, 150]],
        [[right, 150], [400, 150]],
    ]
    assert lettering.interrupt([upright], [text]) == [
        [[15, 0], [15, top]],
        [[15, bottom], [15, 300]],
    ]
    assert lettering.interrupt([[[0, 20], [400, 20]]], [text]) == [[[0, 20], [400, 20]]]
    assert lettering.interrupt([level], [text | {"text": ""}]) == [level]
