"""What the tests of the tab share: JupyterLite of the site, built once."""

import pytest
from _tab import Tab, build, serving


@pytest.fixture(scope="session")
def lite(chromium_path, tmp_path_factory):
    """The address of a site that holds what runs in the tab."""
    server, url = serving(build(tmp_path_factory.mktemp("tab") / "site"))
    yield url
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def tab(chromium, lite):
    """A tab that has opened nothing yet; nothing may have been asked from elsewhere."""
    opened = Tab(chromium, lite)
    yield opened
    opened.close()
    assert opened.outside == []
