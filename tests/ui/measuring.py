"""How long pages take in a browser, each beside an empty Streamlit page in the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, WebSocket

from tests import browsing

SCENE = "/theatre?scenario=fetch-loses-wal"
# From the event to the frame after the change, on the browser's own clock.
WATCH = """
(selector) => {
  const roots = () => [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)];
  const text = () => roots().map(r => r.querySelector(selector)?.textContent).find(t => t !== undefined) ?? '';
  const before = text();
  window.began = window.ended = 0;
  addEventListener('keydown', () => { window.began = performance.now(); }, { once: true, capture: true });
  const look = () => requestAnimationFrame(text() === before ? look : () => { window.ended = performance.now(); });
  look();
}
"""
FPS = """
() => new Promise((done) => {
  let frames = 0;
  const first = window.walDojo.stage.i;
  const began = performance.now();
  const beat = (now) => {
    frames += 1;
    if (now - began < 5000) requestAnimationFrame(beat);
    else done([frames * 1000 / (now - began), window.walDojo.stage.i - first]);
  };
  requestAnimationFrame(beat);
})
"""


@dataclass
class Traffic:
    """What went over the websocket of a page."""

    sent: int = 0
    received: int = 0
    volume: int = 0

    def listen(self, page: Page) -> None:
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda data: self._count("sent", data))
        socket.on("framereceived", lambda data: self._count("received", data))

    def _count(self, way: str, data: str | bytes) -> None:
        setattr(self, way, getattr(self, way) + 1)
        self.volume += len(data)


def first_paint(browser: Browser, url: str, shown: str) -> float:
    """Seconds from asking for the page to the first sight of `shown`, as a new visitor with an empty cache."""
    context = browsing.new_context(browser)
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(shown).first.wait_for()
    seconds = time.perf_counter() - began
    context.close()
    return seconds


def moves(page: Page, slider: str, shown: str, keys: list[str]) -> list[float]:
    """Seconds from each key on a slider to the frame in which `shown` has another text."""
    found = []
    for key in keys:
        found.append(pressed(page, slider, shown, key))
        # The next one starts from rest, as a reader's would.
        page.wait_for_timeout(300)
    return found


def pressed(page: Page, focus: str, shown: str, key: str) -> float:
    """Seconds from a key to the frame in which `shown` has another text."""
    page.locator(focus).first.focus()
    page.evaluate(WATCH, shown)
    page.keyboard.press(key)
    page.wait_for_function("window.ended > 0")
    return float(page.evaluate("window.ended - window.began")) / 1000


def interleaved(one: Callable[[], float], two: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of two measures taken in turn, so that both see the same machine; the first round is for warming up."""
    pairs = [(one(), two()) for _ in range(rounds + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
