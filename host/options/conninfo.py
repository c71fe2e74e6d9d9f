"""Connection strings and URIs, read as libpq reads them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

PREFIXES = ("postgresql://", "postgres://")
_BLANK = " \t\n\v\f\r"
_HEX_PAIR = re.compile(r"[0-9a-fA-F]{2}")


class ConninfoFault(Exception):
    """The string is no connection string; the text is libpq's."""


def recognized(text: str) -> bool:
    """Whether a database name is a connection string: a URI, or anything with '='."""
    return text.startswith(PREFIXES) or "=" in text


def parse(text: str, known: AbstractSet[str], no_spaces: bool = False) -> dict[str, str]:
    """What a string or URI sets, by keyword; raises ConninfoFault.  `no_spaces`: a URI may not hold any (18)."""
    return _Uri(text, known, no_spaces).read() if text.startswith(PREFIXES) else _pairs(text, known)


def _store(values: dict[str, str], word: str, value: str, known: AbstractSet[str]) -> None:
    if word == "requiressl":
        word, value = "sslmode", "require" if value[:1] == "1" else "prefer"
    if word not in known:
        raise ConninfoFault(f'invalid connection option "{word}"')
    values[word] = value


def _pairs(text: str, known: AbstractSet[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    rest = text.lstrip(_BLANK)
    while rest:
        found = re.match(rf"([^={_BLANK}]*)[{_BLANK}]*", rest)
        assert found is not None
        word, rest = found[1], rest[found.end() :]
        if not rest.startswith("="):
            raise ConninfoFault(f'missing "=" after "{word}" in connection info string')
        value, rest = _value(rest[1:].lstrip(_BLANK))
        _store(values, word, value, known)
        rest = rest.lstrip(_BLANK)
    return values


def _value(text: str) -> tuple[str, str]:
    """A value, quoted or not, and what follows it."""
    quoted = text.startswith("'")
    value, at = "", 1 if quoted else 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            value += text[at + 1 : at + 2]
            at += 2
        elif letter == "'" if quoted else letter in _BLANK:
            return value, text[at + 1 :]
        else:
            value += letter
            at += 1
    if quoted:
        raise ConninfoFault("unterminated quoted string in connection info string")
    return value, ""


def decode(text: str, no_spaces: bool = False) -> str:
    """%XX of a URI; raises ConninfoFault."""
    if no_spaces:
        begin, _, more = text.lstrip(" ").partition(" ")
        decoded_begin = _decoded(begin, text)
        if more.strip(" "):
            raise ConninfoFault(f'unexpected spaces found in "{text}", use percent-encoded spaces (%20) instead')
        return decoded_begin
    return _decoded(text, text)


def _decoded(text: str, whole: str) -> str:
    decoded, at = bytearray(), 0
    while at < len(text):
        if text[at] != "%":
            decoded += text[at].encode("utf-8", "surrogateescape")
            at += 1
            continue
        pair = text[at + 1 : at + 3]
        if not _HEX_PAIR.fullmatch(pair):
            raise ConninfoFault(f'invalid percent-encoded token: "{whole}"')
        if pair == "00":
            raise ConninfoFault(f'forbidden value %00 in percent-encoded value: "{whole}"')
        decoded.append(int(pair, 16))
        at += 3
    return decoded.decode("utf-8", "surrogateescape")


class _Uri:
    """postgresql://user:password@host:port,host:port/dbname?word=value&word=value"""

    def __init__(self, uri: str, known: AbstractSet[str], no_spaces: bool) -> None:
        self.uri, self.known, self.no_spaces = uri, known, no_spaces
        self.values: dict[str, str] = {}
        self.prefix = next(len(prefix) for prefix in PREFIXES if uri.startswith(prefix))

    def read(self) -> dict[str, str]:
        """Each part in its turn."""
        rest = self._credentials(self.uri[self.prefix :])
        rest = self._hosts(rest)
        if rest.startswith("/"):
            dbname, question, rest = rest[1:].partition("?")
            rest = question + rest
            self._put("dbname", dbname)
        if rest.startswith("?"):
            self._parameters(rest[1:])
        return self.values

    def _put(self, word: str, encoded: str) -> None:
        if encoded:
            _store(self.values, word, decode(encoded, self.no_spaces), self.known)

    def _credentials(self, rest: str) -> str:
        found = re.match(r"[^@/]*@", rest)
        if not found:
            return rest
        user, _, password = found[0][:-1].partition(":")
        self._put("user", user)
        self._put("password", password)
        return rest[found.end() :]

    def _hosts(self, rest: str) -> str:
        hosts, ports = [], []
        while True:
            host, rest = self._bracketed(rest) if rest.startswith("[") else self._until(rest, ":/?,")
            hosts.append(host)
            port = ""
            if rest.startswith(":"):
                port, rest = self._until(rest[1:], "/?,")
            ports.append(port)
            if not rest.startswith(","):
                break
            rest = rest[1:]
        self._put("host", ",".join(hosts))
        self._put("port", ",".join(ports))
        return rest

    @staticmethod
    def _until(rest: str, ends: str) -> tuple[str, str]:
        at = next((place for place, letter in enumerate(rest) if letter in ends), len(rest))
        return rest[:at], rest[at:]

    def _bracketed(self, rest: str) -> tuple[str, str]:
        host, bracket, after = rest[1:].partition("]")
        if not bracket:
            raise ConninfoFault(
                f'end of string reached when looking for matching "]" in IPv6 host address in URI: "{self.uri}"'
            )
        if not host:
            raise ConninfoFault(f'IPv6 host address may not be empty in URI: "{self.uri}"')
        if after and after[0] not in ":/?,":
            place = len(self.uri) - len(after) + 1
            raise ConninfoFault(
                f'unexpected character "{after[0]}" at position {place} in URI (expected ":" or "/"): "{self.uri}"'
            )
        return host, after

    def _parameters(self, rest: str) -> None:
        for pair in rest.removesuffix("&").split("&") if rest else ():
            word, equals, value = pair.partition("=")
            if "=" in value:
                raise ConninfoFault(f'extra key/value separator "=" in URI query parameter: "{word}"')
            if not equals:
                raise ConninfoFault(f'missing key/value separator "=" in URI query parameter: "{word}"')
            word, value = decode(word, self.no_spaces), decode(value, self.no_spaces)
            if (word, value) == ("ssl", "true"):
                word, value = "sslmode", "require"
            if word not in self.known and word != "requiressl":
                raise ConninfoFault(f'invalid URI query parameter: "{word}"')
            _store(self.values, word, value, self.known)
