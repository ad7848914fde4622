"""Hands on a page of to_html: where a pixel lies, a drag, and waiting."""


def place(page, row, column, shape, nth=0, selector=".ctkit-image"):
    """Where a pixel of a picture is on the page."""
    box = page.locator(selector).nth(nth).bounding_box()
    x = box["x"] + (column + 0.5) / shape[1] * box["width"]
    return x, box["y"] + (row + 0.5) / shape[0] * box["height"]


def until(page, expression, seconds=8):
    """Wait until a script's value is true; the page's own policy forbids Playwright's way."""
    for _ in range(seconds * 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    assert page.evaluate(expression), expression


def copied(page):
    """The line of Python that the page copies."""
    page.evaluate(
        """() => {
            window.copied = "";
            const value = { writeText: async (text) => { window.copied = text; } };
            Object.defineProperty(navigator, "clipboard", { value, configurable: true });
        }"""
    )
    page.locator(".ctkit-image").first.focus()
    page.keyboard.press("y")
    until(page, "window.copied")
    return page.evaluate("window.copied")


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*[(a + b) / 2 for a, b in zip(start, end, strict=True)])
    page.mouse.move(*end)
    page.mouse.up()
