"""Variables and printing options: what set, unset and pset of psql do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from host.dump.encodings import encoding
from host.options.psql_values import boolean, pset_fault, variable_fault
from host.psql.state import Psql


def set_variable(psql: Psql, name: str, value: str | None) -> bool:
    r"""\\set and -v (None unsets)."""
    fault = variable_fault(name, value, psql.major)
    if fault:
        psql.complain(fault)
        return False
    if value is None:
        psql.variables.pop(name, None)
    else:
        psql.variables[name] = value or ("on" if name in _HOOKED else "")
    return True


_HOOKED = frozenset(
    {"AUTOCOMMIT", "ON_ERROR_STOP", "QUIET", "SINGLELINE", "SINGLESTEP", "ECHO_HIDDEN", "ON_ERROR_ROLLBACK"}
)


def _set(psql: Psql, words: list[str]) -> bool:
    if not words:
        for name in sorted(psql.variables):
            psql.out(f"{name} = '{psql.variables[name]}'\n")
        return True
    return set_variable(psql, words[0], "".join(words[1:]))


def _unset(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.complain("\\unset: missing required argument")
        return False
    psql.variables.pop(words[0], None)
    return True


def set_pset(psql: Psql, name: str, value: str | None, *, silent: bool = False) -> bool:
    r"""\\pset and -P."""
    fault = pset_fault(name, value, psql.major)
    if fault:
        psql.complain(fault)
        return False
    act = _PSETS.get(_FULL_NAME.get(name, name))
    said = act(psql, _FULL_NAME.get(name, name), value) if act is not None else ""
    if said and not (silent or psql.quiet):
        psql.out(f"{said}\n")
    return True


_FULL_NAME = {"x": "expanded", "vertical": "expanded", "t": "tuples_only", "C": "title", "T": "tableattr"}
_FORMATS = ("aligned", "asciidoc", "csv", "html", "latex", "unaligned", "wrapped")


def _format(psql: Psql, _name: str, value: str | None) -> str:
    wanted = (value or psql.look.format).lower()
    full = next((one for one in _FORMATS if one.startswith(wanted)), wanted)
    psql.look = replace(psql.look, format=full)
    return f"Output format is {full}."


def _expanded(psql: Psql, _name: str, value: str | None) -> str:
    if value is not None and "auto".startswith(value.lower()):
        psql.look = replace(psql.look, expanded="off")  # a screen here is as wide as it must be
        return "Expanded display is used automatically."
    on = psql.look.expanded != "on" if value is None else bool(boolean(value))
    psql.look = replace(psql.look, expanded="on" if on else "off")
    return f"Expanded display is {'on' if on else 'off'}."


def _switch(psql: Psql, name: str, value: str | None) -> str:
    on = not getattr(psql.look, name) if value is None else bool(boolean(value))
    changes: dict[str, Any] = {name: on}
    psql.look = replace(psql.look, **changes)
    if value is not None:  # only the toggle says what it did
        return ""
    return f"{'Tuples only' if name == 'tuples_only' else 'Default footer'} is {'on' if on else 'off'}."


def _border(psql: Psql, _name: str, value: str | None) -> str:
    border = int(value) if value and value.isdigit() else psql.look.border
    psql.look = replace(psql.look, border=min(border, 2))
    return f"Border style is {border}."


def _text(psql: Psql, name: str, value: str | None) -> str:
    changes: dict[str, Any] = {
        name: value if value is not None else ("" if name == "title" else getattr(psql.look, name))
    }
    psql.look = replace(psql.look, **changes)
    shown = getattr(psql.look, name)
    if name == "title":
        return f'Title is "{shown}".' if shown else "Title is unset."
    if name == "recordsep" and shown == "\n":
        return "Record separator is <newline>."
    return _TEXTS[name].format(shown)


_TEXTS = {
    "null": 'Null display is "{}".',
    "fieldsep": 'Field separator is "{}".',
    "recordsep": 'Record separator is "{}".',
    "csv_fieldsep": 'Field separator for CSV is "{}".',
}


def _zero(psql: Psql, name: str, _value: str | None) -> str:
    changes: dict[str, Any] = {name.removesuffix("_zero"): "\0"}
    psql.look = replace(psql.look, **changes)
    return f"{'Field' if name.startswith('f') else 'Record'} separator is zero byte."


def _pager(_psql: Psql, _name: str, value: str | None) -> str:
    return "Pager is used for long output." if value is not None and boolean(value) else "Pager usage is off."


def _linestyle(psql: Psql, _name: str, value: str | None) -> str:
    words = ("ascii", "old-ascii", "unicode")
    full = next((word for word in words if word.startswith((value or "").lower())), "ascii")
    psql.look = replace(psql.look, linestyle=full if value else psql.look.linestyle)
    return f"Line style is {psql.look.linestyle}."


def _attributes(psql: Psql, _name: str, value: str | None) -> str:
    psql.look = replace(psql.look, tableattr=value or "")
    return f'Table attributes are "{value}".' if value else "Table attributes unset."


_PSETS: Mapping[str, Callable[[Psql, str, str | None], str]] = {
    "format": _format,
    "expanded": _expanded,
    "tuples_only": _switch,
    "footer": _switch,
    "border": _border,
    "fieldsep_zero": _zero,
    "recordsep_zero": _zero,
    "pager": _pager,
    "linestyle": _linestyle,
    "tableattr": _attributes,
    **dict.fromkeys(("null", "fieldsep", "recordsep", "csv_fieldsep", "title"), _text),
}


def _pset(psql: Psql, words: list[str]) -> bool:
    if not words:
        look = psql.look
        for name in ("border", "csv_fieldsep", "expanded", "fieldsep", "footer", "format", "null", "tuples_only"):
            value = getattr(look, name)
            text = (
                {True: "on", False: "off"}.get(value, str(value))
                if isinstance(value, bool)
                else f"'{value}'"
                if name in ("csv_fieldsep", "fieldsep", "null")
                else str(value)
            )
            psql.out(f"{name:<24} {text}\n")
        return True
    return set_pset(psql, words[0], words[1] if len(words) > 1 else None)


def _toggle_align(psql: Psql, _words: list[str]) -> bool:
    return set_pset(psql, "format", "unaligned" if psql.look.format == "aligned" else "aligned")


def _encoding(psql: Psql, words: list[str]) -> bool:
    if not words:
        psql.out(f"{psql.variables.get('ENCODING', 'UTF8')}\n")
        return True
    if not encoding(words[0]):
        psql.complain(f"{words[0]}: invalid encoding name or conversion procedure not found")
        return False
    psql.variables["ENCODING"] = encoding(words[0])
    return True


def _getenv(psql: Psql, words: list[str]) -> bool:
    if len(words) < 2:
        psql.complain("\\getenv: missing required argument")
        return False
    if words[1] in psql.host.env:
        psql.variables[words[0]] = psql.host.env[words[1]]
    return True


def _prompt(psql: Psql, words: list[str]) -> bool:
    r"""\\prompt [TEXT] NAME: the next line of standard input, for there is no terminal."""
    if not words:
        psql.complain("\\prompt: missing required argument")
        return False
    if len(words) > 1:
        if psql.locus:
            psql.out(words[0])
        else:
            psql.errors.append(words[0])
    line = psql.stdin.take()
    if line is None and psql.locus:
        psql.complain("\\prompt: could not read value for variable")
        return False
    return _set(psql, [words[-1] if len(words) == 1 else words[1], line or ""])
