"""Words in Japanese and English: the browser's language decides, a switch changes it, the address keeps it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st

from lab.texts import text as lab_text

LANGUAGES = ("ja", "en")
NATIVE_NAMES = {"ja": "日本語", "en": "English"}
TEXTS = Path(__file__).parent / "texts"


@cache
def catalogue(name: str) -> dict[str, dict[str, str]]:
    """One file of ui/texts: key → language → text."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def words(name: str, lang: str) -> dict[str, str]:
    """All texts of one file in one language."""
    return {key: entry[lang] for key, entry in catalogue(name).items()}


def say(key: str, lang: str, /, **values: object) -> str:
    """A text of the pages; what it leaves open is filled with `values`."""
    return words("pages", lang)[key].format(**values)


def tell(name: str, key: str, lang: str, /, **values: object) -> str:
    """A text of another catalogue, filled in the same way."""
    return words(name, lang)[key].format(**values)


def reason(code: str, lang: str, facts: Mapping[str, object] | None = None) -> str:
    """Why the lab did not do something; a recording may come from another build, whose codes are not known here."""
    try:
        return lab_text(code, lang, **(facts or {}))
    except LookupError:
        return code


def browser_language() -> str:
    """Japanese for a browser that asks for Japanese, English for every other."""
    locale = st.context.locale or ""
    return "ja" if locale.lower().startswith("ja") else "en"
