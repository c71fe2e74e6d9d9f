"""The command line of tar: old style and new, with -C in its place among the names."""

from __future__ import annotations

from dataclasses import dataclass, field

_LONG = {
    "create": "c",
    "extract": "x",
    "get": "x",
    "list": "t",
    "append": "r",
    "update": "u",
    "verbose": "v",
    "gzip": "z",
    "gunzip": "z",
    "bzip2": "j",
    "xz": "J",
    "zstd": "zstd",
    "auto-compress": "a",
    "preserve-permissions": "p",
    "same-permissions": "p",
    "keep-old-files": "k",
    "to-stdout": "O",
    "dereference": "h",
    "absolute-names": "P",
    "overwrite": "",
    "one-file-system": "",
    "numeric-owner": "",
    "same-owner": "",
    "no-same-owner": "",
    "no-same-permissions": "",
    "sparse": "",
    "wildcards": "wildcards",
    "ignore-failed-read": "ignore-failed-read",
    "no-recursion": "no-recursion",
    "warning": "",
    "totals": "",
    "remove-files": "remove-files",
}
_LONG_VALUES = {
    "file": "f",
    "directory": "C",
    "exclude": "exclude",
    "strip-components": "strip",
    "files-from": "T",
    "exclude-from": "X",
    "use-compress-program": "I",
    "transform": "transform",
    "xform": "transform",
    "owner": "",
    "group": "",
    "mode": "",
    "mtime": "",
    "sort": "",
    "format": "",
    "checkpoint": "",
    "warning": "",
}
_SHORT_VALUES = "fCTXIbHgKLNV"
_SHORT = "cxtruvzjJapkOhPSsmwWlnoiB"


class TarFault(Exception):
    """A wrong option: what tar prints before its hint."""


@dataclass(slots=True)
class TarWords:
    """What tar was asked."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, list[str]] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)
    """('C', directory) and ('name', operand), in order."""
    verbose: int = 0

    def value(self, name: str) -> str:
        """The last value of an option."""
        return self.values.get(name, [""])[-1]

    def _flag(self, letter: str) -> None:
        self.flags.add(letter)
        self.verbose += letter == "v"

    def _value(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)
        if name == "C":
            self.places.append(("C", value))

    def read(self, arguments: list[str]) -> None:
        """Read everything; raises TarFault."""
        todo = list(arguments)
        if todo and not todo[0].startswith("-"):
            self._cluster(todo.pop(0), todo, True)
        while todo:
            word = todo.pop(0)
            if word == "--":
                self.places += [("name", name) for name in todo]
                return
            if word.startswith("--"):
                self._long(word[2:], todo)
            elif word.startswith("-") and word != "-":
                self._cluster(word[1:], todo, False)
            else:
                self.places.append(("name", word))

    def _cluster(self, letters: str, todo: list[str], old: bool) -> None:
        for at, letter in enumerate(letters):
            if letter in _SHORT_VALUES:
                rest = "" if old else letters[at + 1 :]
                if not rest and not todo:
                    says = f"tar: option requires an argument -- '{letter}'\n"
                    raise TarFault(f"tar: Old option '{letter}' requires an argument.\n" if old else says)
                self._value(letter, rest or todo.pop(0))
                if not old:
                    return
            elif letter in _SHORT:
                self._flag(letter)
            else:
                raise TarFault(f"tar: invalid option -- '{letter}'\n")

    def _long(self, word: str, todo: list[str]) -> None:
        name, equals, value = word.partition("=")
        known = {**_LONG, **_LONG_VALUES}
        fits = [name] if name in known else [long for long in known if long.startswith(name)]
        if not fits:
            raise TarFault(f"tar: unrecognized option '--{word}'\n")
        if len({known[long] or long for long in fits}) > 1:
            possible = "".join(f" '--{long}'" for long in fits)
            raise TarFault(f"tar: option '--{name}' is ambiguous; possibilities:{possible}\n")
        long = fits[0]
        if long in _LONG_VALUES and not (long in _LONG and not equals):
            if not equals and not todo:
                raise TarFault(f"tar: option '--{long}' requires an argument\n")
            self._value(_LONG_VALUES[long], value if equals else todo.pop(0))
        else:
            self._flag(_LONG[long])
