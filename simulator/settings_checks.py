"""The check hooks of parameters whose values have rules of their own, with the server's words.

A hook gets the parameter and the text as given and raises InvalidValue.  Each follows the function of the
same name in the server (check_recovery_target_time, check_synchronous_standby_names ...).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from simulator.settings_table import Parameter
from simulator.settings_values import InvalidValue, invalid
from simulator.timestamps import BadTimestamp, check_timestamp
from simulator.versions import since

NAMEDATALEN = 64
_ULONG_MAX = 2**64 - 1
_SLOT_HINT = "Replication slot names may only contain lower case letters, numbers, and the underscore character."
# The resource managers with a masking function; the same in 12 .. 18.
_CONSISTENCY_WORDS = frozenset("all heap2 heap btree hash gin gist sequence spgist brin generic".split())
_PLAIN_NAME = "[a-z_][a-z0-9_]*"
_RESERVED = frozenset({"all", "user", "default", "table", "select", "group", "order", "end", "true", "false"})


def check(param: Parameter, text: str) -> None:
    """Run the parameter's check hook on a text; raises InvalidValue.  Without a hook anything goes."""
    hook = _HOOKS.get(param.name)
    if hook is not None:
        hook(param, text)


def _quoted_name(param: Parameter) -> str:
    return since(param.major, {12: param.name, 17: f'"{param.name}"'})


def _check_recovery_target(param: Parameter, text: str) -> None:
    if text not in {"", "immediate"}:
        raise invalid(param, text, 'The only allowed value is "immediate".')


def _check_recovery_target_name(param: Parameter, text: str) -> None:
    if len(text.encode()) >= NAMEDATALEN:
        longest = NAMEDATALEN - 1
        raise invalid(param, text, f"{_quoted_name(param)} is too long (maximum {longest} characters).")


def _check_recovery_target_lsn(param: Parameter, text: str) -> None:
    if text and not re.fullmatch(r"[0-9a-fA-F]{1,8}/[0-9a-fA-F]{1,8}", text):
        raise invalid(param, text)


def _check_recovery_target_xid(param: Parameter, text: str) -> None:
    """Notice an overflow and nothing else: strtoul() reads '12x' as 12 and 'abc' as 0."""
    if _overflows(text):
        raise invalid(param, text)


def _check_recovery_target_timeline(param: Parameter, text: str) -> None:
    """As for the transaction: 'x' is taken for timeline 0, and only an overflow is an error."""
    if text not in {"current", "latest"} and _overflows(text):
        raise invalid(param, text, f"{_quoted_name(param)} is not a valid number.")


def _overflows(text: str) -> bool:
    digits = re.match(r"\s*[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)", text)
    if not digits:
        return False
    word = digits[1].lower()
    base = 16 if word.startswith("0x") else 8 if word.startswith("0") and re.fullmatch("[0-7]+", word) else 10
    return int(word, base) > _ULONG_MAX


def _check_recovery_target_time(param: Parameter, text: str) -> None:
    if not text:
        return
    try:
        check_timestamp(text)
    except BadTimestamp as bad:
        if bad.unknown_zone:
            zone = f'time zone "{bad.unknown_zone.lower()}" not recognized'
            # Until 15 the zone's own error came through.
            raise since(param.major, {12: InvalidValue(zone), 16: invalid(param, text)}) from None
        words = {12: f'timestamp out of range: "{text}"', 18: f'Timestamp out of range: "{text}".'}
        raise invalid(param, text, since(param.major, words) if bad.out_of_range else "") from None


def slot_name_fault(name: str) -> tuple[str, str] | None:
    """Return message and hint of what is wrong with a slot's name, None if nothing."""
    if not name:
        return f'replication slot name "{name}" is too short', ""
    if len(name.encode()) >= NAMEDATALEN:
        return f'replication slot name "{name}" is too long', ""
    if not re.fullmatch("[a-z0-9_]+", name):
        return f'replication slot name "{name}" contains invalid character', _SLOT_HINT
    return None


def _check_primary_slot_name(param: Parameter, text: str) -> None:
    fault = slot_name_fault(text) if text else None
    if fault is None:
        return
    message, hint = fault
    plain = invalid(param, text)
    lines = (f"WARNING:  {message}", f"HINT:  {hint}") if hint else (f"WARNING:  {message}",)
    # 12 warns on its own before the error; from 13 on it is the error's detail.
    warned = InvalidValue(plain.message, warnings=lines)
    raise since(param.major, {12: warned, 13: InvalidValue(plain.message, message, hint)})


def _check_synchronized_standby_slots(param: Parameter, text: str) -> None:
    names = split_identifiers(text)
    if names is None:
        raise invalid(param, text, "List syntax is invalid.")
    for name in names:
        fault = slot_name_fault(name)
        if fault is not None:
            raise invalid(param, text, *fault)


def split_identifiers(text: str) -> list[str] | None:
    """SplitIdentifierString: names between commas, folded to lower case unless quoted; None if malformed."""
    if not text.strip():
        return []
    names: list[str] = []
    rest = text.strip()
    while True:
        found = re.match(r'(?:"((?:[^"]|"")*)"|([^",\s]+))\s*', rest)
        if not found or found[1] == "":
            return None
        names.append(found[2].lower() if found[1] is None else found[1].replace('""', '"'))
        rest = rest[found.end() :]
        if not rest:
            return names
        if not rest.startswith(","):
            return None
        rest = rest[1:].lstrip()


def _check_words(words: frozenset[str]) -> Callable[[Parameter, str], None]:
    def hook(param: Parameter, text: str) -> None:
        names = split_identifiers(text)
        if names is None:
            raise invalid(param, text, "List syntax is invalid.")
        for name in names:
            if name not in words:
                raise invalid(param, text, f'Unrecognized key word: "{name}".')

    return hook


def _check_log_destination(param: Parameter, text: str) -> None:
    plain = frozenset({"stderr", "csvlog", "syslog"})
    _check_words(since(param.major, {12: plain, 15: plain | {"jsonlog"}}))(param, text)


# --- synchronous_standby_names: syncrep_scanner.l and syncrep_gram.y


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text as written); kinds: NAME NUM ANY FIRST , ( ) and 'junk' for anything else."""
    rest = text
    while rest := rest.lstrip(" \t\n\r\f\v"):
        found = re.match(r'"(?:[^"]|"")*"|[A-Za-z_\x80-\U0010ffff][\w$]*|[0-9]+|[*,()]|.', rest, re.DOTALL)
        word = found[0] if found else rest
        rest = rest[len(word) :]
        if word == '"':
            yield "unterminated", word
            return
        if word.upper() in {"ANY", "FIRST"}:
            yield word.upper(), word
        elif word.isdecimal():
            yield "NUM", word
        elif word in {",", "(", ")"}:
            yield word, word
        else:
            yield ("NAME" if word == "*" or re.match(r'["\w]', word) else "junk"), word


def _check_synchronous_standby_names(param: Parameter, text: str) -> None:
    if not text:
        return
    tokens = [*_tokens(text), ("end", "")]
    fault = next(_syntax_faults(tokens), None)
    if fault is not None:
        kind, word = fault
        where = "at end of input" if kind in {"end", "unterminated"} else f'at or near "{word}"'
        what = "unterminated quoted identifier" if kind == "unterminated" else "syntax error"
        raise invalid(param, text, f"{what} {where}")
    kinds = [kind for kind, _ in tokens]
    counts = [word for (kind, word), after in zip(tokens, kinds[1:], strict=False) if (kind, after) == ("NUM", "(")]
    if counts and not int(counts[0]):
        raise InvalidValue(f"number of synchronous standbys ({int(counts[0])}) must be greater than zero")


def _syntax_faults(tokens: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Tokens where the grammar cannot go on: list | NUM ( list ) | ANY NUM ( list ) | FIRST NUM ( list )."""
    names = frozenset({"NAME", "NUM"})
    # state: {kind of token: next state}; what is missing is a syntax error
    states: Mapping[str, Mapping[str, str]] = {
        "start": {"NUM": "number", "NAME": "name", "ANY": "method", "FIRST": "method"},
        "method": {"NUM": "count"},
        "count": {"(": "open"},
        "number": {"(": "open", ",": "comma", "end": "done"},
        "name": {",": "comma", "end": "done"},
        "comma": dict.fromkeys(names, "name"),
        "open": dict.fromkeys(names, "inside"),
        "inside": {",": "open", ")": "closed"},
        "closed": {"end": "done"},
    }
    state = "start"
    for kind, word in tokens:
        following = states[state].get(kind)
        if following is None:
            yield kind, word
            return
        state = following


_HOOKS: Mapping[str, Callable[[Parameter, str], None]] = {
    "recovery_target": _check_recovery_target,
    "recovery_target_name": _check_recovery_target_name,
    "recovery_target_lsn": _check_recovery_target_lsn,
    "recovery_target_xid": _check_recovery_target_xid,
    "recovery_target_timeline": _check_recovery_target_timeline,
    "recovery_target_time": _check_recovery_target_time,
    "primary_slot_name": _check_primary_slot_name,
    "synchronized_standby_slots": _check_synchronized_standby_slots,
    "synchronous_standby_names": _check_synchronous_standby_names,
    "wal_consistency_checking": _check_words(_CONSISTENCY_WORDS),
    "log_destination": _check_log_destination,
}


def as_list_item(param: Parameter, text: str) -> str:
    """Return what ALTER SYSTEM stores for one quoted argument: an item of a GUC_LIST_QUOTE list is quoted."""
    lists = frozenset({"shared_preload_libraries", "temp_tablespaces"})
    quoting = since(param.major, {12: lists, 14: lists | {"unix_socket_directories"}})
    plain = re.fullmatch(_PLAIN_NAME, text) and text not in _RESERVED
    if param.name not in quoting or plain:
        return text
    return '"' + text.replace('"', '""') + '"'
