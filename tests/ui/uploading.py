"""What a visitor does on the pages that no address shows: choose a file, ask a real server."""

from pathlib import Path

from playwright.sync_api import FilePayload, Page

from tests.ui import recorded

LONGEST_RUN_MS = 240_000
SOURCE = Path(__file__).resolve().parents[2] / "scenarios" / "fetch-loses-wal.yaml"


def upload(page: Page, raw: bytes, name: str) -> None:
    file = FilePayload(name=name, mimeType="application/octet-stream", buffer=raw)
    page.locator("input[type=file]").set_input_files(file)


def doctored_recording(page: Page) -> None:
    """The page 'Prediction and reality' shows a recording in which a file is missing at one step."""
    upload(page, recorded.doctored(recorded.without_the_oldest_file), "doctored.json")
    page.locator(".s-differs").wait_for()


def faulty_scenario(page: Page) -> None:
    """The list of scenarios says what is wrong with a file."""
    faulty = SOURCE.read_text(encoding="utf-8").replace("write: 128MB", "wriet: 128MB", 1)
    upload(page, faulty.replace("method: basebackup", "method: magic").encode(), "mine.yaml")
    page.locator('[data-testid="stCode"]').wait_for()


def own_scenario(page: Page) -> None:
    """The Theatre plays a file of the visitor's."""
    upload(page, SOURCE.read_bytes() + b"# mine\n", "mine.yaml")
    page.locator(".seg").first.wait_for()


def ask(page: Page) -> None:
    """Ask a real server from the Theatre, and wait for its answer; does nothing where no server can be asked."""
    button = page.locator(".st-key-ask_real button")
    if button.count():
        button.click()
        page.locator(".st-key-answer-good, .st-key-answer-bad").wait_for(timeout=LONGEST_RUN_MS)


def ask_and_see(page: Page) -> None:
    """The same, and go on to the two runs side by side."""
    ask(page)
    link = page.locator(".st-key-answer-good a, .st-key-answer-bad a")
    if link.count():
        link.click()
        page.locator(".panes.real").wait_for()
