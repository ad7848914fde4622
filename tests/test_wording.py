"""Texts of strangers, made safe for a message."""

import pytest

from ctkit.files.wording import plain


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Kopf nativ", "Kopf nativ"),
        ("Schädel, 頭部", "Schädel, 頭部"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("\x1b[2J\x07\x9b1m", "?[2J???1m".replace("???", "??")),
        ("caf\udce9.txt", "caf?.txt"),
        ("a\u202egnp.exe", "a?gnp.exe"),
        ("\x00", "?"),
        ("", ""),
    ],
)
def test_a_strangers_text_is_one_line_that_can_be_printed(text, wanted):
    assert plain(text) == wanted
    plain(text).encode("utf-8")


def test_a_long_text_ends_in_dots_and_keeps_to_its_limit():
    assert plain("x" * 10**7, most=40) == "x" * 37 + "..."
    assert plain("x" * 64) == "x" * 64
    assert plain(" " * 10**6 + "x", most=40) == "..."
