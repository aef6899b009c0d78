"""A headless Chromium, driven through its devtools protocol.

aiohttp comes with the app itself, so that the tests need nothing but a Chromium that is installed already.
"""

import asyncio
import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio", "--hide-scrollbars",
)  # fmt: skip

TRY = "(() => { try { const v = EXPRESSION; return v instanceof Node || v } catch (e) { return null } })()"
"""An element is no value that can be sent; that it is there can."""

MODIFIERS = {"": 0, "ctrl": 2, "shift": 8}


def chromium():
    """Path of an installed Chromium; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One Chromium process and what its pages ask for.

    Attributes:
        asked: Addresses that any page asked for.
        said: Errors that pages logged.
    """

    def __init__(self, width=1366, height=768):
        self.asked, self.said, self._pages = [], [], []
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.mkdtemp(prefix="bonedensity-chromium-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [
            chromium(), *FLAGS, f"--remote-debugging-port={port}", f"--user-data-dir={self._folder}",
            f"--window-size={width},{height}", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._http = f"http://127.0.0.1:{port}"
        self._wait_for_devtools()

    def open(self, address, width=1366, height=768):
        """A new page."""
        request = urllib.request.Request(f"{self._http}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request) as answer:
            target = json.load(answer)
        page = PageInBrowser(self, target, self._loop)
        self._pages.append(page)
        page.size(width, height)
        page.call("Page.navigate", url=address)
        return page

    def close(self):
        for page in self._pages:
            page.disconnect()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_for_devtools(self):
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"{self._http}/json/version") as answer:
                    answer.read()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("Chromium did not start")


class PageInBrowser:
    """One page; every method waits for its answer."""

    def __init__(self, browser, target, loop):
        self._browser, self._loop, self._number = browser, loop, 0
        self._target = target["id"]
        self._answers = {}
        self._loop.run_until_complete(self._connect(target["webSocketDebuggerUrl"]))
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """One command of the protocol."""
        return self._loop.run_until_complete(self._call(method, parameters))

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def js(self, expression):
        """The value of an expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, expression, seconds=15.0):
        """Wait until an expression is true; returns it."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.js(TRY.replace("EXPRESSION", expression))
            except AssertionError:
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not so after {seconds} s: {expression}\n{self.text('body')[-1500:]}")
            time.sleep(0.05)

    def text(self, selector):
        return self.js(f"(document.querySelector({json.dumps(selector)}) || {{}}).innerText || ''")

    def click(self, selector):
        """A real click in the middle of an element, which must be enabled."""
        quoted = json.dumps(selector)
        self.until(f"document.querySelector({quoted}) && !document.querySelector({quoted}).disabled")
        self.js(f"document.querySelector({quoted}).scrollIntoView({{block: 'nearest'}})")
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def middle(self, selector):
        """Where the middle of an element is."""
        box = self.js(
            f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [b.left + b.width / 2, b.top + b.height / 2] })()"
        )
        return box[0], box[1]

    def mouse(self, kind, x, y, *, held="", button="left"):
        buttons = 0 if kind == "mouseReleased" else 1
        self.call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=buttons, clickCount=1,
            modifiers=MODIFIERS[held],
        )  # fmt: skip

    def drag(self, start, end, *, held="", steps=8):
        self.mouse("mousePressed", *start, held=held)
        for step in range(1, steps + 1):
            x, y = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
            self.mouse("mouseMoved", x, y, held=held)
            time.sleep(0.02)
        self.mouse("mouseReleased", *end, held=held)

    def wheel(self, at, notches):
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=at[0], y=at[1], deltaX=0, deltaY=-100 * notches)

    def key(self, name, *, held=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, modifiers=MODIFIERS[held],
                      windowsVirtualKeyCode=KEY_CODES.get(name, 0))  # fmt: skip

    def choose(self, selector, value):
        """Choose an option of a list."""
        quoted = json.dumps(selector)
        self.js(
            f"(() => {{ const s = document.querySelector({quoted}); s.value = {json.dumps(value)};"
            " s.dispatchEvent(new Event('change', {bubbles: true})) })()"
        )

    def files(self, selector, *paths):
        """Choose files as the file dialog would."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def screenshot(self, path=None):
        """PNG bytes of what the window shows."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if path is not None:
            Path(path).write_bytes(data)
        return data

    def close(self):
        self.call("Page.close")
        self.disconnect()

    def disconnect(self):
        self._loop.run_until_complete(self._http.close())

    async def _connect(self, address):
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(address, max_msg_size=0)

    async def _call(self, method, parameters):
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = json.loads((await self._socket.receive(timeout=30)).data)
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self._heard(message)

    def _heard(self, message):
        values = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self._browser.asked.append(values["request"]["url"])
        elif message.get("method") == "Network.webSocketCreated":
            self._browser.asked.append(values["url"])
        elif message.get("method") == "Log.entryAdded" and values["entry"]["level"] == "error":
            self._browser.said.append(values["entry"]["text"] + " " + values["entry"].get("url", ""))
        elif message.get("method") == "Runtime.exceptionThrown":
            self._browser.said.append(json.dumps(values["exceptionDetails"])[:500])


KEY_CODES = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13, "z": 90}
