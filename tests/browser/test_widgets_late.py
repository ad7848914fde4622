"""A script that loads for long: anywidget doesn't wait for it, and a picture does."""

from pathlib import Path

import pytest

import ctkit.widgets

pytestmark = pytest.mark.browser
SLOW = """
await new Promise((done) => { window.load = done; });
export default () => ({
    initialize: () => { window.said.push("begun"); return () => window.said.push("ended"); },
    render: () => { window.said.push("drawn"); },
});
"""


def test_anywidget_does_not_wait_for_the_script(page):
    loader = Path(ctkit.widgets.__file__).with_name("view") / "loader.js"
    page.goto("about:blank")
    said = page.evaluate(
        """async ([loader, script]) => {
            const said = (window.said = []);
            const url = URL.createObjectURL(new Blob([loader], { type: "text/javascript" }));
            const widget = (await import(url)).default();
            const model = { get: () => script };
            // anywidget drops what Python says to a model that is not there within 2 s.
            const end = await widget.initialize({ model });
            said.push("there");
            const drawn = widget.render({ model });
            while (!window.load) await new Promise((done) => setTimeout(done, 10));
            window.load();
            await drawn;
            await end();
            return said;
        }""",
        [loader.read_text("utf-8"), SLOW],
    )
    assert said == ["there", "begun", "drawn", "ended"]
