"""Which settings a lab takes from a scenario: values that cannot run a program or leave the lab's folder.

The rule is a list of what may pass.  Whatever is not on it is refused; the tables of names only say with which reason.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from lab import NotHere
from lab.words import constant, told
from simulator.archive_forms import DISCARDING, FAILING, archive_form, restore_form
from simulator.settings_table import parameters
from simulator.settings_values import InvalidValue, parse_value
from simulator.versions import KNOWN

HARMLESS_STRINGS = frozenset(
    {"primary_slot_name", "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time",
     "recovery_target_timeline", "recovery_target_xid", "synchronized_standby_slots", "synchronous_standby_names",
     "wal_consistency_checking"}
)  # fmt: skip
"""Texts that name nothing outside the server: points in the WAL, slots, standbys, resource managers."""
COMMANDS = frozenset({"archive_command", "restore_command"})
"""Shell text, of which a few forms are recognised; the lab's own program performs them."""
_REASONS: Mapping[str, frozenset[str]] = {
    "setting_program": frozenset(
        "archive_cleanup_command recovery_end_command ssl_passphrase_command ssl_passphrase_command_supports_reload "
        "archive_library shared_preload_libraries session_preload_libraries local_preload_libraries jit jit_provider "
        "jit_debugging_support jit_dump_bitcode jit_profiling_support dynamic_library_path extension_control_path "
        "oauth_validator_libraries".split()
    ),
    "setting_file": frozenset(
        "data_directory config_file hba_file ident_file external_pid_file promote_trigger_file log_directory "
        "log_filename log_file_mode stats_temp_directory temp_tablespaces default_tablespace ssl_ca_file ssl_cert_file "
        "ssl_crl_dir ssl_crl_file ssl_dh_params_file ssl_key_file krb_server_keyfile timezone_abbreviations "
        "default_text_search_config extension_destdir include include_dir include_if_exists".split()
    ),
    "setting_network": frozenset(
        "listen_addresses port unix_socket_directories unix_socket_group unix_socket_permissions primary_conninfo "
        "bonjour bonjour_name ssl krb_caseins_users gss_accept_delegation db_user_namespace log_hostname "
        "log_destination event_source syslog_facility syslog_ident syslog_sequence_numbers "
        "syslog_split_messages".split()
    ),
    # What the lab sets by itself, or reads to know where the server is.
    "setting_ours": frozenset(
        "cluster_name log_line_prefix log_min_messages logging_collector restart_after_crash update_process_title "
        "trace_recovery_messages exit_on_error".split()
    ),
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    # Each is memory or processes of this machine, from the moment the server starts.
    "shared_buffers": ("128kB", "1GB"), "wal_buffers": ("-1", "64MB"), "temp_buffers": ("800kB", "64MB"),
    "work_mem": ("64kB", "256MB"), "maintenance_work_mem": ("64kB", "256MB"),
    "logical_decoding_work_mem": ("64kB", "256MB"), "wal_decode_buffer_size": ("64kB", "16MB"),
    "max_connections": ("10", "1000"), "superuser_reserved_connections": ("0", "5"), "reserved_connections": ("0", "5"),
    "max_wal_senders": ("0", "100"), "max_replication_slots": ("0", "1000"), "max_worker_processes": ("0", "100"),
    "max_logical_replication_workers": ("0", "16"), "max_prepared_transactions": ("0", "1000"),
    "max_locks_per_transaction": ("10", "1000"), "max_active_replication_origins": ("0", "1000"),
    "autovacuum_max_workers": ("1", "16"), "autovacuum_worker_slots": ("1", "32"),
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def judgement(name: str) -> str:
    """What becomes of a setting, whatever its value: `passes`, `bounded`, `recognised`, or the reason of a refusal."""
    key = name.lower()
    for code, names in _REASONS.items():
        if key in names:
            return code
    if key in COMMANDS:
        return "recognised"
    if key in _BOUNDS:
        return "bounded"
    harmless = key in HARMLESS_STRINGS or _kind(key) in ("bool", "integer", "real", "enum")
    return "passes" if harmless else "setting_unknown"


def real_value(home: Path, name: str, text: str) -> str:
    """The value that goes to the server; raises NotHere, with the reason, for one that the lab does not take."""
    key, judged = name.lower(), judgement(name)
    if _NAME.fullmatch(name) is None:
        raise NotHere("setting_unknown", name=told(name))
    constant(text)
    match judged:
        case "passes":
            return text
        case "bounded":
            _within(key, text)
            return text
        case "recognised":
            return _command(home, key, text)
        case _:
            raise NotHere(judged, name=told(name))


def _command(home: Path, key: str, text: str) -> str:
    """The lab's own program in the place of the recognised text, which it carries along as digits only."""
    form = archive_form(text) if key == "archive_command" else restore_form(text)
    if form is None:
        raise NotHere("setting_command", name=key, value=told(text))
    if form == "slow":
        raise NotHere("setting_slow", name=key, value=told(text))
    if text in DISCARDING | FAILING or form == "none":
        return text
    if key == "restore_command":
        return f"{_program(home, 'restore')} %f %p {text.encode().hex()}"
    return f"{_program(home, 'archive')} %p %f {form} {text.encode().hex()}"


def overwrites(value: str) -> bool:
    """Does the archive_command that the server runs copy whatever is in the archive already?"""
    return " %p %f copy " in value


def _program(home: Path, name: str) -> str:
    """As a word for the server's shell; TMPDIR may have any characters, and % is the server's own."""
    return shlex.quote(f"{home}/programs/{name}").replace("%", "%%")


def _within(key: str, text: str) -> None:
    """Raises NotHere for what this machine would feel; what is no value at all is for the server to say."""
    low, high = _BOUNDS[key]
    number = next(number for number in reversed(KNOWN) if key in parameters(number))
    param = parameters(number)[key]
    try:
        given, least, most = (float(parse_value(param, each)) for each in (text, low, high))
    except InvalidValue:
        return
    if not least <= given <= most:
        raise NotHere("setting_bounds", name=key, value=told(text), low=low, high=high)


def _kind(name: str) -> str:
    """bool, integer, real, enum or string in the model's table; '' for a parameter that the model has not got."""
    for number in reversed(KNOWN):
        if name in parameters(number):
            return parameters(number)[name].vartype
    return ""


def conf_line(home: Path, name: str, text: str) -> str:
    """A line of postgresql.conf.  In it a backslash escapes, so it is doubled as a quotation mark is."""
    value = real_value(home, name, text).replace("\\", "\\\\").replace("'", "''")
    return f"{name} = '{value}'"


def shown(home: Path, text: str) -> str:
    """The learner's words for the lab's own programs."""
    archive = re.escape(f"{_program(home, 'archive')}").replace("%%", "%%?")
    restore = re.escape(f"{_program(home, 'restore')}").replace("%%", "%%?")
    text = re.sub(rf"{archive} (\S+) (\S+) \w+ ((?:[0-9a-f]{{2}})+)", lambda m: _typed(m[3], m[1], m[2]), text)
    return re.sub(rf"{restore} (\S+) (\S+) ((?:[0-9a-f]{{2}})+)", lambda m: _typed(m[3], m[2], m[1]), text)


def _typed(digits: str, path: str, file: str) -> str:
    return bytes.fromhex(digits).decode("utf-8", "replace").replace("%p", path).replace("%f", file)
