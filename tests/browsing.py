"""The app in a process of its own, and the system's Chromium to look at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from progress.engine import ADDRESS

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these Chromium calls its makers' hosts at every start, and a closed network refuses each call.
# Playwright adds --no-sandbox by itself, which root needs and pages of ours on loopback can bear.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Theme = Literal["light", "dark"]


def chromium_path() -> str | None:
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def new_context(
    browser: Browser, *, locale: str = "en-US", theme: Theme = "light", width: int = 1280, height: int = 900
) -> BrowserContext:
    """A fresh visitor. What the pages ask of other hosts is refused: they must work without a network."""
    context = browser.new_context(
        locale=locale,
        color_scheme=theme,
        timezone_id="UTC",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    context.route("**/*", _only_loopback)
    return context


def _only_loopback(route: Route) -> None:
    if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost", None}:
        route.continue_()
    else:
        route.abort()


def wait_until_drawn(page: Page) -> None:
    """The script has run to its end and the page shows its result."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.locator('[data-testid="stMain"] [data-testid="stVerticalBlock"]').first.wait_for()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serve(app: Path = ROOT / "app.py", *, wait_seconds: float = 60, progress: str = "") -> Iterator[str]:
    """Serve the app on a free loopback port, give its address, and leave no process behind."""
    with started(app, wait_seconds=wait_seconds, progress=progress) as (_, address):
        yield address


@contextmanager
def started(
    app: Path = ROOT / "app.py", *, wait_seconds: float = 60, progress: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """As `serve`, with the process: for a test that kills it.  `progress`: the store's address, or one that goes."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    # A watcher would only cost inotify handles: nobody edits the app while it is tested.
    command += ["--server.address=127.0.0.1", "--server.headless=true", "--server.fileWatcherType=none"]
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, ADDRESS: progress or f"sqlite:///{folder}/progress.sqlite3"}
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            if not _healthy(server, address, wait_seconds):
                log.seek(0)
                raise RuntimeError(f"the app did not start:\n{log.read().decode(errors='replace')}")
            yield server, address
        finally:
            _end(server)


def _healthy(server: subprocess.Popen[bytes], address: str, wait_seconds: float) -> bool:
    give_up = time.monotonic() + wait_seconds
    while time.monotonic() < give_up and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
        time.sleep(0.05)
    return False


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the whole process group: a page may have started a server of its own."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, sent)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=10)
