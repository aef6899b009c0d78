"""Who reaches the app, and what ends with whom."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bonedensity.errors import BoneDensityError


def status_of(address, data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=data)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def eventually(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch):
    from bonedensity.cli import app

    monkeypatch.setattr(app, "find_spec", lambda name: None)
    with pytest.raises(BoneDensityError, match=r"pip install 'bonedensity\[app\]'"):
        app.app()


def test_a_port_that_is_taken_is_said_in_one_sentence():
    from bonedensity.web.serve import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BoneDensityError, match="choose another --port"):
            serve(port=taken.getsockname()[1])


def test_the_command_prints_a_local_address_and_its_workers_end_with_it():
    command = [sys.executable, "-m", "bonedensity", "app", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        assert said.startswith("Open http://127.0.0.1:")
        assert status_of(said.split()[1]) == 200
    finally:
        process.terminate()
    assert process.wait(20) == 0


def test_nobody_gets_a_session_without_the_key(served):
    before = len(served.front.tabs)
    assert status_of(served.root) == 403
    assert status_of(f"{served.root}/?key=guessed") == 403
    assert status_of(f"{served.root}/tab/guessed/index.html") == 404
    assert len(served.front.tabs) == before


def test_a_sessions_own_server_answers_to_nobody_but_the_front(served):
    assert status_of(served.address) == 200
    tab = list(served.front.tabs.values())[-1]
    assert status_of(f"{tab.address}/index.html") == 403
    assert status_of(f"{served.root}/tab/{tab.token}/index.html") == 200


def test_only_this_computer_is_listened_to(served):
    port = int(served.root.rsplit(":", 1)[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it tells which address this machine has outside
        except OSError:
            pytest.skip("this machine has no other address")
        outside = probe.getsockname()[0]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((outside, port), timeout=2)


def test_an_upload_cannot_leave_its_folder(served):
    status_of(served.address)
    tab = list(served.front.tabs.values())[-1]
    base, batch = f"{served.root}/tab/{tab.token}/upload", "0" * 8 + "-0000-4000-8000-" + "0" * 12
    large = bytes(3_000_000)  # more than servers take unless they are told to
    assert status_of(f"{base}/{batch}?name=..%2F..%2Fescaped.txt", large) == 200
    assert status_of(f"{base}/{batch}?name=..", b"x") == 400
    assert status_of(f"{base}/..%2F..%2Fetc?name=a", b"x") in (400, 404, 405)
    stored = list((tab.folder / "uploads" / batch).iterdir())
    assert [(path.name, path.stat().st_size) for path in stored] == [("escaped.txt", len(large))]
    assert not Path(tab.folder.parent, "escaped.txt").exists()


def test_each_tab_has_a_session_of_its_own(served, chromium, page):
    other = chromium.open(served.address)
    other.until("document.querySelector('#virtual')")
    page.click("#step-res")
    page.until("document.querySelector('#step-res').ariaSelected === 'true'")
    assert other.js("document.querySelector('#step-ct').ariaSelected") == "true"
    other.close()


def test_a_session_ends_with_its_page_and_takes_worker_and_files_along(served, chromium, monkeypatch):
    from bonedensity.web import tab as module

    page = chromium.open(served.address)
    page.until("document.querySelector('#virtual')")
    tab = list(served.front.tabs.values())[-1]
    eventually(lambda: tab.client.pid)
    worker = Path(f"/proc/{tab.client.pid}")
    page.close()
    monkeypatch.setattr(module, "GRACE_S", 0.2)
    eventually(lambda: tab.token not in served.front.tabs)
    eventually(lambda: not tab.folder.exists())
    assert not worker.exists()


def test_a_page_that_is_loaded_again_finds_its_session(served, page):
    page.click("#step-xray")
    page.until("document.querySelector('#step-xray').ariaSelected === 'true'")
    count = len(served.front.tabs)
    page.js("location.reload()")
    time.sleep(0.3)
    page.until("document.querySelector('#step-xray')")
    assert page.until("document.querySelector('#step-xray').ariaSelected") == "true"
    assert len(served.front.tabs) == count
