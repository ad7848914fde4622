"""What tests of the widgets in a browser share: a page, a Jupyter server."""

import os
from pathlib import Path

import _jupyter
import pytest

import ctkit.widgets

# These write into the checkout, so they run only when asked for: `make screenshots`.
collect_ignore = [] if os.environ.get("CTKIT_SCREENSHOTS") == "1" else ["test_screenshots.py"]


@pytest.fixture
def page(chromium):
    """A fresh page of 1400 x 1000 pixels, whose script errors fail the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    opened = context.new_page()
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    ours = [error for error in errors if "ctkit" in error or "anywidget" in error]
    assert not ours


@pytest.fixture(scope="module")
def script(chromium):
    """A blank page that has loaded view.js: `view` is the module, `pure` its pure functions."""
    text = Path(ctkit.widgets.__file__).with_name("view.js").read_text("utf-8")
    context = chromium.new_context()
    blank = context.new_page()
    blank.goto("about:blank")
    blank.evaluate(
        """async (text) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            window.view = await import(url);
            window.pure = window.view.pure;
        }""",
        text,
    )
    yield blank
    context.close()


@pytest.fixture(scope="module")
def pure(script):
    """Call a function of view.js by its name: pure("clamp", 5, 0, 3)."""
    return lambda name, *args: script.evaluate(
        "([name, args]) => { const out = window.pure[name](...args);"
        " return ArrayBuffer.isView(out) ? Array.from(out) : out; }",
        [name, args],
    )


@pytest.fixture(scope="session")
def _lab(chromium_path, tmp_path_factory):
    with _jupyter.Server(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def lab(_lab):
    """A running JupyterLab, where no kernel runs yet."""
    yield _lab
    _lab.close_kernels()


@pytest.fixture
def shown(chromium, tmp_path):
    """Open a view's page: shown(view, width, height) gives the page; nothing is fetched."""
    contexts, fetched = [], []

    def show(view, width=1000, height=1000, **options):
        view.to_html(tmp_path / "view.html")
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: fetched.append(request.url))
        page.on("pageerror", lambda error: fetched.append(str(error)))
        page.goto((tmp_path / "view.html").as_uri())
        page.wait_for_selector(".ctkit-image[aria-label]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert [url for url in fetched if not url.startswith(("file:", "blob:"))] == []
