"""Parameters that the model of settings leaves out, and what may not be changed when."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.versions import since, spans

_DEFAULTS: Mapping[str, str] = {
    "application_name": "psql",
    "client_encoding": "UTF8",
    "client_min_messages": "notice",
    "datestyle": "ISO, MDY",
    "search_path": '"$user", public',
    "session_authorization": "",
    "role": "none",
    "standard_conforming_strings": "on",
    "timezone": "Etc/UTC",
    "server_encoding": "UTF8",
    "integer_datetimes": "on",
    "intervalstyle": "postgres",
    "is_superuser": "on",
    "lc_collate": "C.UTF-8",
    "lc_ctype": "C.UTF-8",
    "lc_messages": "C",
    "lc_monetary": "C.UTF-8",
    "lc_numeric": "C.UTF-8",
    "lc_time": "C.UTF-8",
    "block_size": "8192",
    "max_identifier_length": "63",
    "max_index_keys": "32",
    "in_hot_standby": "off",
    "transaction_isolation": "read committed",
    "default_transaction_isolation": "read committed",
    "transaction_read_only": "off",
    "default_transaction_read_only": "off",
    "transaction_deferrable": "off",
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "transaction_timeout": "0",
    "row_security": "on",
    "xmloption": "content",
    "check_function_bodies": "on",
    "default_tablespace": "",
    "default_table_access_method": "heap",
    "temp_tablespaces": "",
    "extra_float_digits": "1",
    "synchronize_seqscans": "on",
    "quote_all_identifiers": "off",
    "enable_seqscan": "on",
    "enable_indexscan": "on",
    "enable_indexonlyscan": "on",
    "enable_bitmapscan": "on",
    "debug_assertions": "off",
    "bytea_output": "hex",
    "password_encryption": "scram-sha-256",
    "default_with_oids": "off",
    "allow_system_table_mods": "off",
    "jit": "on",
    "lo_compat_privileges": "off",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "4GB",
    "log_statement": "none",
    "log_min_messages": "warning",
    "log_min_duration_statement": "-1",
    "log_connections": "off",
    "synchronous_standby_names": "",
    "autovacuum": "on",
    "zero_damaged_pages": "off",
    "ignore_checksum_failure": "off",
    "track_activities": "on",
    "deadlock_timeout": "1s",
    "escape_string_warning": "on",
    "array_nulls": "on",
    "backslash_quote": "safe_encoding",
    "random_page_cost": "4",
}


_SHOWN = {"datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"}


_FIXED = frozenset(
    {
        "server_encoding",
        "server_version",
        "server_version_num",
        "integer_datetimes",
        "block_size",
        "is_superuser",
        "in_hot_standby",
        "max_identifier_length",
        "max_index_keys",
        "lc_collate",
        "lc_ctype",
    }
)


_NOT_NOW = {
    "postmaster": 'parameter "{}" cannot be changed without restarting the server',
    "sighup": 'parameter "{}" cannot be changed now',
    "internal": 'parameter "{}" cannot be changed',
    "backend": 'parameter "{}" cannot be set after connection start',
    "superuser-backend": 'parameter "{}" cannot be set after connection start',
}
_CONTEXTS = {
    "autovacuum": "sighup",
    "synchronous_standby_names": "sighup",
    "log_connections": "superuser-backend",
}
"""Of those left out: which are none that a session may set at will."""
_BY_MAJOR: Mapping[str, Mapping[int, str]] = {"password_encryption": {12: "md5", 14: "scram-sha-256"}}
_SPANS: Mapping[str, str] = {"in_hot_standby": "14+", "transaction_timeout": "17+"}


def unmodelled_default(major: int, name: str) -> str | None:
    """The value of a parameter that the model of settings leaves out; None when this major has none of that name."""
    span = _SPANS.get(name)
    if span is not None and major not in spans(span):
        return None
    return since(major, _BY_MAJOR[name]) if name in _BY_MAJOR else _DEFAULTS.get(name)
