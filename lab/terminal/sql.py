"""What may be said to a server: statements and functions that neither run a program nor touch a file outside.

The rule is a list of what may pass, read from the text's tokens.  A text that can be read in two ways (backslashes,
dollar quotes, comments, psql's own variables) is refused before its meaning matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lab import NotHere
from lab.words import constant, told

Setting = Callable[[str, str], str]
"""The value that goes to the server for a setting; raises NotHere."""
Location = Callable[[str], str]
"""The real directory of a tablespace; raises NotHere."""
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"[A-Za-z_][\w ]*")|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<mark>::|[(),;.\[\]]|[-+*/<>=~!%^&|]+)""",
    re.ASCII,
)
_STATEMENTS = frozenset(
    """abort analyze begin checkpoint commit delete end grant insert release revoke rollback savepoint select show
    start table truncate update vacuum values with""".split()
)
_CHANGES = frozenset("alter copy create delete drop grant insert revoke truncate update".split())
_MAKES = frozenset("database index role schema sequence table tablespace unique user view".split())
_ALTERS = frozenset("database role sequence table tablespace user view".split())
_FUNCTIONS = frozenset(
    """abs avg bool_and bool_or char_length coalesce count currval current_database current_setting extract
    generate_series greatest least left length lower max md5 min nextval now nullif numeric date_trunc
    pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup pg_control_checkpoint pg_control_recovery
    pg_copy_physical_replication_slot
    pg_create_physical_replication_slot pg_create_restore_point pg_current_wal_flush_lsn pg_current_wal_insert_lsn
    pg_current_wal_lsn pg_current_xact_id pg_database_size pg_drop_replication_slot pg_get_wal_replay_pause_state
    pg_is_in_recovery pg_is_wal_replay_paused pg_last_wal_receive_lsn pg_last_wal_replay_lsn
    pg_last_xact_replay_timestamp pg_ls_archive_statusdir pg_ls_waldir pg_promote pg_reload_conf pg_relation_size
    pg_replication_slot_advance pg_size_pretty pg_switch_wal pg_table_size pg_tablespace_location pg_total_relation_size
    pg_wal_lsn_diff pg_wal_replay_pause pg_wal_replay_resume pg_walfile_name pg_walfile_name_offset
    right round row_number setval string_agg substr substring sum to_char to_regclass trim txid_current upper
    version varchar char in values exists any all over filter and or not as from where on using select decimal
    order_total key unique check references into default primary index table join interval date timestamp""".split()
)
_VIEWS = frozenset(
    """pg_catalog pg_class pg_database pg_default pg_indexes pg_locks pg_namespace pg_replication_slots pg_roles
    pg_settings pg_stat_activity pg_stat_archiver pg_stat_bgwriter pg_stat_checkpointer pg_stat_database
    pg_stat_progress_basebackup pg_stat_replication pg_stat_user_tables pg_stat_wal pg_stat_wal_receiver pg_tables
    pg_tablespace pg_views""".split()
)
_HEADS = frozenset({"into", "table", "references", "view", "index"})
_NEVER = frozenset("program extension language library server subscription publication load do call execute "
                   "prepare listen notify function procedure aggregate operator cast trigger rule "
                   "security lo_import lo_export set_config".split())  # fmt: skip
Token = tuple[str, str, int, int]
"""Kind, text in small letters, start, end."""


def nowhere(text: str) -> str:
    """No tablespace is made."""
    raise NotHere("outside", path=told(text))


def checked(text: str, setting: Setting, location: Location = nowhere) -> str:
    """The text as it may go to a server: statements of the list; settings and places written anew.  Raises NotHere."""
    if "\\" in text:
        raise NotHere("sql", text="\\")
    constant(text)
    tokens = _tokens(text)
    out, at = "", 0
    for statement in _statements(tokens):
        _check(statement)
        if [token[1] for token in statement[:2]] == ["alter", "system"]:
            out += text[at : statement[0][2]] + _alter_system(statement, text, setting)
            at = statement[-1][3]
        elif [token[1] for token in statement[:2]] == ["create", "tablespace"]:
            value = _location(statement)
            out += text[at : value[2]] + constant_of(location(value[1][1:-1].replace("''", "'")))
            at = value[3]
    return out + text[at:]


def constant_of(text: str) -> str:
    """As SQL writes a text."""
    return "'" + text.replace("'", "''") + "'"


def _location(statement: list[Token]) -> Token:
    """The place in CREATE TABLESPACE name [OWNER role] LOCATION 'place'; raises NotHere for another form."""
    match [(token[0], token[1]) for token in statement[3:]]:
        case [("word", "location"), ("text", _)] | [("word", "owner"), _, ("word", "location"), ("text", _)]:
            return statement[-1]
        case _:
            raise NotHere("sql", text="create tablespace")


def asks_reload(text: str) -> bool:
    """Does it have the server read its configuration again?"""
    return "pg_reload_conf" in text.lower()


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise NotHere("sql", text=told(text[at : at + 20]))
        kind = match.lastgroup
        if kind == "mark" and ("--" in match[0] or "/*" in match[0]):
            raise NotHere("sql", text=match[0])
        # E'…', U&'…', B'…': constants in which other rules hold.
        if kind in ("text", "quoted") and found and found[-1][3] == at and _prefixes(found[-1]):
            raise NotHere("sql", text=told(text[found[-1][2] : match.end()]))
        if kind != "space":
            found.append((kind, match[0].lower() if kind != "text" else match[0], at, match.end()))
        at = match.end()
    return found


def _prefixes(token: Token) -> bool:
    """Could what stands right before a constant change how the constant is read?"""
    return token[0] in ("word", "text", "quoted", "number") or token[1].endswith("&")


def _statements(tokens: list[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token[1] == ";":
            found.append([])
        else:
            found[-1].append(token)
    return [each for each in found if each]


def _check(statement: list[Token]) -> None:
    words = [token[1] if token[0] == "word" else "" for token in statement]
    first, second = words[0], words[1] if len(words) > 1 else ""
    known = (
        first in _STATEMENTS
        or (first in ("create", "drop") and second in _MAKES)
        or (first == "alter" and (second in _ALTERS or second == "system"))
        or (first == "copy" and _copies_out(statement, words))
        or (first == "comment" and second == "on")
    )
    if not known or _sets(words) or "mapping" in words:
        raise NotHere("sql", text=told(" ".join(token[1] for token in statement[:3])))
    changes = bool(_CHANGES & set(words))
    for number, word in enumerate(words):
        name = word or (statement[number][1].strip('"') if statement[number][0] == "quoted" else "")
        called = 0 < number < len(statement) - 1 and statement[number + 1][1] == "("
        _check_name(name, called=called, changes=changes, listed=called and _heads_a_list(statement, number))


def _copies_out(statement: list[Token], words: list[str]) -> bool:
    """COPY … TO STDOUT and nothing else; from a client's own input would wait for one."""
    return words.count("to") == 1 and words[words.index("to") + 1 :][:1] == ["stdout"] and statement[-1][0] != "text"


def _sets(words: list[str]) -> bool:
    """ALTER ROLE … SET and ALTER DATABASE … SET keep settings for later sessions."""
    return words[0] == "alter" and words[1] in ("role", "user", "database") and bool({"set", "reset"} & set(words))


def _heads_a_list(statement: list[Token], number: int) -> bool:
    """`INSERT INTO t (a, b)`, `CREATE TABLE t (…)`: a name before a parenthesis that calls nothing."""
    at = number - 3 if statement[number - 1][1] == "." else number - 1
    before = statement[at][1] if at >= 0 else ""
    makes_index = statement[0][1] == "create" and "index" in (statement[1][1], statement[2][1])
    if before == "exists":
        return statement[0][1] == "create"
    return before in _HEADS or (before == "on" and makes_index) or (number == 1 and statement[0][1] == "copy")


def _check_name(name: str, *, called: bool, changes: bool, listed: bool) -> None:
    if name in _NEVER or name.startswith(("lo_", "dblink")):
        raise NotHere("sql_name", name=name)
    if name.startswith("pg_") and not (name in _FUNCTIONS if called else name in _VIEWS and not changes):
        raise NotHere("sql_name", name=name)
    if called and name and name not in _FUNCTIONS and not listed:
        raise NotHere("sql_name", name=name)


def _alter_system(statement: list[Token], text: str, setting: Setting) -> str:
    """ALTER SYSTEM SET name = value, RESET name, RESET ALL: written anew."""
    match [(token[0], token[1]) for token in statement[2:]]:
        case [("word", "set"), ("word", name), (_, "=" | "to"), (kind, _)] if kind in ("text", "word", "number"):
            value = text[statement[-1][2] : statement[-1][3]]
            plain = value[1:-1].replace("''", "'") if kind == "text" else value
            return f"ALTER SYSTEM SET {name} = {constant_of(setting(name, plain))}"
        case [("word", "reset"), ("word", name)]:
            return f"ALTER SYSTEM RESET {name}"
        case _:
            pass
    raise NotHere("sql", text=told(text[statement[0][2] : statement[-1][3]]))
