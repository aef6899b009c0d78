"""The browser app, served within the test's process, and a headless Chromium that looks at it."""

import asyncio
import importlib.util
import os
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for `browser`

os.environ.setdefault("OMP_NUM_THREADS", "1")

if importlib.util.find_spec("trame") is None:

    def pytest_collection_modifyitems(items):
        here = Path(__file__).parent
        for item in items:
            if item.path.is_relative_to(here):
                item.add_marker(pytest.mark.skip(reason="the browser app's packages are not installed"))


class Served:
    """The app in a thread of its own.

    Attributes:
        address: With its key.
        front: Its sessions.
    """

    def __init__(self):
        from bonedensity.web import serve, tab

        tab.GRACE_S = 3.0  # so that sessions of one test are gone before the next one counts them
        self._ready, self.address, self.front = threading.Event(), "", None
        self._serve = serve
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    @property
    def root(self):
        """Address without path and key."""
        return self.address.split("/?")[0]

    def close(self):
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        made = self._serve.Front

        def front(key):
            self.front = made(key)
            return self.front

        self._serve.Front = front
        self._task = self._loop.create_task(self._serve.serving("127.0.0.1", 0, self._tell))
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._serve.Front = made
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _tell(self, address):
        self.address = address
        self._ready.set()


@pytest.fixture(scope="session")
def chromium():
    from browser import Browser
    from browser import chromium as installed

    if installed() is None:
        pytest.skip("no Chromium is installed")
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def served():
    served = Served()
    yield served
    served.close()


@pytest.fixture
def page(served, chromium):
    """A new tab with a session of its own."""
    chromium.asked.clear()
    chromium.said.clear()
    page = chromium.open(served.address)
    page.until("document.querySelector('#virtual')")
    yield page
    page.close()
