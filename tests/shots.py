"""Take a screenshot of every page in both languages, both themes and two widths: `make shots`."""

import sys
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests import browsing

SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}
LOCALES = {"ja": "ja-JP", "en": "en-US"}
THEMES: tuple[browsing.Theme, ...] = ("light", "dark")
# A page longer than this is a defect of its own, and Chromium refuses to draw much longer ones.
HEIGHT_MAX = 8000


def page_paths(page: Page) -> list[str]:
    """The pages as the navigation lists them; the start page comes first, whatever its link is."""
    links = page.locator('a[data-testid$="NavLink"]')
    hrefs = [links.nth(index).get_attribute("href") or "/" for index in range(links.count())]
    return list(dict.fromkeys(["/", *(urlsplit(href).path or "/" for href in hrefs)]))


def whole_height(page: Page) -> int:
    """Streamlit scrolls inside the page, so a full-page screenshot would show one screen."""
    scrolled = page.evaluate(
        """() => Math.max(...['stMain', 'stAppViewContainer'].map(
            id => document.querySelector(`[data-testid="${id}"]`)?.scrollHeight ?? 0))"""
    )
    return min(int(scrolled), HEIGHT_MAX)


def shoot(
    browser: Browser, address: str, path: str, target: Path, look: tuple[str, browsing.Theme, str]
) -> None:
    language, theme, screen = look
    width, height = SCREENS[screen]
    context = browsing.new_context(browser, locale=LOCALES[language], theme=theme, width=width, height=height)
    page = context.new_page()
    page.goto(address + path)
    browsing.wait_until_drawn(page)
    page.set_viewport_size({"width": width, "height": max(height, whole_height(page))})
    name = f"{path.strip('/').replace('/', '-') or 'home'}-{language}-{theme}-{screen}.png"
    page.screenshot(path=target / name)
    context.close()
    print(target / name)


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
        for path, language, theme, screen in product(paths, LOCALES, THEMES, SCREENS):
            shoot(browser, address, path, target, (language, theme, screen))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots")))
