"""Take a screenshot of every page in both languages, both themes and two widths: `make shots`."""

import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests import browsing
from tests.ui import uploading

SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}
LOCALES = {"ja": "ja-JP", "en": "en-US"}
THEMES: tuple[browsing.Theme, ...] = ("light", "dark")
# Moments of the Theatre that a list of pages does not show: name of the picture → address.
SCENES = {
    "scene-verdict": "/theatre?scenario=fetch-loses-wal&step=13",
    "scene-changed": "/theatre?scenario=fetch-loses-wal&wal_keep_size=256MB&step=12",
    "scene-slot": "/theatre?scenario=slot-limit-loses-the-slot&step=7",
    "scene-archive": "/theatre?scenario=archive-stuck-on-one-file&step=5",
    "scene-low-level": "/theatre?scenario=low-level-nonexclusive&v=17&step=8",
    "reality-recorded": "/reality?scenario=slot-limit-loses-the-slot&v=18",
    "challenge": "/challenge?id=first-dump",
    "lesson": "/lesson?id=basebackup",
    "lesson-of-17": "/lesson?id=incremental",
    "wrong-link": "/theatre?scenario=nowhere&v=99&lang=xx",
    "wrong-setting": "/theatre?scenario=fetch-loses-wal&wal_kep_size=1&max_wal_size=banana&step=0",
}
# What an address alone does not show: name of the picture → address, and what is done there.
ACTS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "reality-doctored": ("/reality", uploading.doctored_recording),
    "scenario-faulty": ("/scenarios", uploading.faulty_scenario),
    "scenario-own": ("/scenarios", uploading.own_scenario),
    "real-answer": ("/theatre?scenario=fetch-loses-wal&step=13", uploading.ask),
    "real-beside-predicted": ("/theatre?scenario=fetch-loses-wal", uploading.ask_and_see),
}
# The Theatre is reached from the list and not from the navigation; it is a page all the same.
THEATRE = "/theatre?scenario=fetch-loses-wal&step=9"
# A page longer than this is a defect of its own, and Chromium refuses to draw much longer ones.
HEIGHT_MAX = 8000


def page_paths(page: Page) -> list[str]:
    """The pages as the navigation lists them; the start page comes first, whatever its link is."""
    links = page.locator('a[data-testid$="NavLink"]')
    hrefs = [links.nth(index).get_attribute("href") or "/" for index in range(links.count())]
    return list(dict.fromkeys(["/", *("/" + urlsplit(href).path.strip("/") for href in hrefs)]))


def whole_height(page: Page) -> int:
    """Streamlit scrolls inside the page, so a full-page screenshot would show one screen."""
    scrolled = page.evaluate(
        """() => Math.max(...['stMain', 'stAppViewContainer'].map(
            id => document.querySelector(`[data-testid="${id}"]`)?.scrollHeight ?? 0))"""
    )
    return min(int(scrolled), HEIGHT_MAX)


def nothing(page: Page) -> None:
    """The page as its address shows it."""


def shoot(
    browser: Browser,
    address: str,
    path: str,
    target: Path,
    look: tuple[str, browsing.Theme, str],
    act: Callable[[Page], None] = nothing,
) -> None:
    language, theme, screen = look
    width, height = SCREENS[screen]
    context = browsing.new_context(browser, locale=LOCALES[language], theme=theme, width=width, height=height)
    page = context.new_page()
    page.goto(address + path)
    settle(page)
    act(page)
    settle(page)
    page.set_viewport_size({"width": width, "height": max(height, whole_height(page))})
    page.wait_for_timeout(200)
    names = {scene: name for name, scene in SCENES.items()} | {THEATRE: "theatre"}
    acts = {done: name for name, (_, done) in ACTS.items()}
    stem = acts.get(act) or names.get(path) or path.strip("/").replace("/", "-") or "home"
    picture = target / f"{stem}-{language}-{theme}-{screen}.png"
    page.screenshot(path=picture)
    context.close()
    print(picture)


def settle(page: Page) -> None:
    """Wait for what the browser draws by itself after the script has run."""
    browsing.wait_until_drawn(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('[data-testid=\"stSkeleton\"]')")
    if page.locator('[data-testid="stGraphVizChart"]').count():
        page.locator('[data-testid="stGraphVizChart"] svg g.node').first.wait_for()
    if page.locator(".stage").count():
        page.locator(".stage .seg, .stage .transport").first.wait_for()


def main(target: Path) -> int:
    executable = browsing.chromium_path()
    if executable is None:
        print("no Chromium found: install chromium with your system's package manager", file=sys.stderr)
        return 1
    target.mkdir(parents=True, exist_ok=True)
    with browsing.serve() as address, browsing.chromium(executable) as browser:
        context = browsing.new_context(browser)
        page = context.new_page()
        page.goto(address)
        browsing.wait_until_drawn(page)
        paths = page_paths(page)
        context.close()
        looks = list(product(LOCALES, THEMES, SCREENS))
        # The moments of the Theatre in every other look: each language, theme and width twice.
        some = [look for at, look in enumerate(looks) if at in {0, 3, 5, 6}]
        for path, look in [*product([*paths, THEATRE], looks), *product(SCENES.values(), some)]:
            shoot(browser, address, path, target, look)
        for (path, act), look in product(ACTS.values(), some):
            shoot(browser, address, path, target, look, act)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots")))
