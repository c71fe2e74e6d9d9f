"""Names of character sets as the server and its tools know them."""

from __future__ import annotations

_NAMES = (
    "SQL_ASCII EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 UTF8 MULE_INTERNAL LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6"
    " LATIN7 LATIN8 LATIN9 LATIN10 WIN1250 WIN1251 WIN1252 WIN1253 WIN1254 WIN1255 WIN1256 WIN1257 WIN1258 WIN866"
    " WIN874 KOI8R KOI8U ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 SJIS BIG5 GBK UHC GB18030 JOHAB SHIFT_JIS_2004"
)
_ALIASES = {
    "ABC": "WIN1258",
    "ALT": "WIN866",
    "ISO88591": "LATIN1",
    "ISO885910": "LATIN6",
    "ISO885913": "LATIN7",
    "ISO885914": "LATIN8",
    "ISO885915": "LATIN9",
    "ISO885916": "LATIN10",
    "ISO88592": "LATIN2",
    "ISO88593": "LATIN3",
    "ISO88594": "LATIN4",
    "ISO88599": "LATIN5",
    "KOI8": "KOI8R",
    "MSKANJI": "SJIS",
    "SHIFTJIS": "SJIS",
    "TCVN": "WIN1258",
    "TCVN5712": "WIN1258",
    "UNICODE": "UTF8",
    "VSCII": "WIN1258",
    "WIN": "WIN1251",
    "WIN932": "SJIS",
    "WIN936": "GBK",
    "WIN949": "UHC",
    "WIN950": "BIG5",
} | {f"WINDOWS{number}": f"WIN{number}" for number in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 866, 874)}


def _clean(name: str) -> str:
    """Only letters and digits count, whatever their case (clean_encoding_name)."""
    return "".join(letter for letter in name if letter.isascii() and letter.isalnum()).upper()


_KNOWN = {_clean(name): name for name in _NAMES.split()} | _ALIASES


def encoding(name: str) -> str:
    """The proper name of a character set, '' for one that nobody knows."""
    return _KNOWN.get(_clean(name), "")


_CLIENT_ONLY = frozenset({"SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004"})


def server_encoding(name: str) -> str:
    """The proper name of a character set that a database may have, '' for any other."""
    known = encoding(name)
    return "" if known in _CLIENT_ONLY else known
