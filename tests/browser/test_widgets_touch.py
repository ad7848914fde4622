"""Fingers on a phone of 390 px: real touches, as the browser's own debugger sends them."""

import numpy as np
import pytest
from test_widgets_zoom import (
    SHAPE,
    SPACING,
    bar,
    expected_spots,
    explored,
    looked_at,
    spots,
    volume,
)

pytestmark = pytest.mark.browser
__all__ = ["volume"]


@pytest.fixture
def phone(volume, shown):
    """A page that is longer than the screen, and a hand: phone(kind, (x, y), ...)."""
    page = shown(explored(volume), 390, 640, has_touch=True, is_mobile=True)
    page.add_style_tag(content="body { padding-bottom: 900px !important }")
    debug = page.context.new_cdp_session(page)

    def touch(kind, *places):
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        debug.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    touch.page = page
    return touch


def swipe(touch, start, end, steps=6):
    start, end = np.array(start), np.array(end)
    touch("Start", start.tolist())
    for step in range(1, steps + 1):
        touch("Move", (start + (end - start) * step / steps).tolist())
        touch.page.wait_for_timeout(20)
    touch("End")


def middle(page):
    box = page.locator(".ctkit-stage").bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def placed(page):
    return page.locator(".ctkit-tl").inner_text().splitlines()[0]


def scrolled(page):
    return page.evaluate("scrollY")


def settle(page):
    """Wait until the page scrolls no more."""
    last = None
    while (now := scrolled(page)) != last:
        last = now
        page.wait_for_timeout(60)


def test_one_finger_scrolls_the_page_until_the_picture_is_tapped(phone):
    page = phone.page
    start = middle(page)
    swipe(phone, start, start - [0, 140])
    settle(page)
    assert scrolled(page) > 60
    assert placed(page) == "axial  4 / 8"
    page.evaluate("scrollTo(0, 0)")
    # A tap puts the cursor there too.
    phone("Start", start.tolist())
    phone("End")
    page.wait_for_selector(".ctkit-active")
    assert page.locator(".ctkit-line-cross").get_attribute("d")
    swipe(phone, start, start + np.array([0, 140]))
    assert scrolled(page) == 0
    assert placed(page) in ("axial  7 / 8", "axial  8 / 8")
    assert "C 500  W 1000" in page.locator(".ctkit-bl").inner_text()
    # A tap outside gives the finger back to the page.
    page.evaluate("document.activeElement.blur()")
    page.wait_for_selector(".ctkit-view:not(.ctkit-active)")
    swipe(phone, start, start - [0, 140])
    settle(page)
    assert scrolled(page) > 60


@pytest.mark.parametrize("active", [False, True])
def test_two_fingers_zoom_and_move_the_picture(phone, active):
    page = phone.page
    if active:
        page.locator(".ctkit-image").focus()
    _, box = looked_at(page)
    fits = bar(page)
    centre = middle(page).round()
    for part in np.linspace(0, 1, 8):
        half = np.array([40 + 60 * part, 0])
        at = centre + part * np.array([21, -30])
        kind = "Start" if part == 0 else "Move"
        phone(kind, (at - half).tolist(), (at + half).tolist())
        page.wait_for_timeout(20)
    phone("End")
    after, _ = looked_at(page)
    now = bar(page)
    zoom = (now[1] / now[0]) / (fits[1] / fits[0])
    assert zoom == pytest.approx(2.5, rel=0.02)
    scale = box["height"] / (SHAPE[1] * SPACING[1])
    # What lay between the fingers lies there still.
    off = centre - [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    pan = (off - (off + np.array([21, -30])) / zoom) / scale
    expected = expected_spots(box, zoom, pan)
    assert np.array(spots(after)) == pytest.approx(np.array(expected), abs=2)
    assert scrolled(page) == 0
    assert placed(page) == "axial  4 / 8"
    assert page.evaluate("visualViewport.scale") == 1
