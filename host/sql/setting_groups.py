"""pg_settings.category: the group that a parameter stands in (config_group_names)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.versions import since

_GROUPS: Mapping[str, str] = {
    "Client Connection Defaults / Shared Library Preloading": "shared_preload_libraries",
    "Client Connection Defaults / Statement Behavior": (
        "default_transaction_read_only idle_in_transaction_session_timeout lock_timeout statement_timeout "
        "temp_tablespaces"
    ),
    "Connections and Authentication / Connection Settings": (
        "listen_addresses max_connections port reserved_connections superuser_reserved_connections "
        "unix_socket_directories"
    ),
    "Developer Options": (
        "allow_in_place_tablespaces ignore_checksum_failure ignore_invalid_pages ignore_system_indexes "
        "remove_temp_files_after_crash trace_recovery_messages wal_consistency_checking zero_damaged_pages"
    ),
    "Error Handling": "data_sync_retry exit_on_error recovery_init_sync_method restart_after_crash",
    "File Locations": "config_file data_directory external_pid_file hba_file ident_file",
    "Lock Management": "max_locks_per_transaction",
    "Preset Options": ("block_size data_checksums data_directory_mode in_hot_standby wal_block_size wal_segment_size"),
    "Replication / Primary Server": "synchronized_standby_slots",
    "Replication / Sending Servers": (
        "idle_replication_slot_timeout max_replication_slots max_slot_wal_keep_size max_wal_senders "
        "wal_keep_segments wal_keep_size wal_sender_timeout"
    ),
    "Replication / Standby Servers": (
        "hot_standby hot_standby_feedback max_standby_archive_delay max_standby_streaming_delay "
        "primary_conninfo primary_slot_name promote_trigger_file recovery_min_apply_delay "
        "sync_replication_slots wal_receiver_create_temp_slot wal_receiver_status_interval "
        "wal_receiver_timeout wal_retrieve_retry_interval"
    ),
    "Replication / Subscribers": (
        "max_active_replication_origins max_logical_replication_workers max_sync_workers_per_subscription"
    ),
    "Reporting and Logging / What to Log": (
        "log_checkpoints log_line_prefix log_recovery_conflict_waits log_replication_commands"
    ),
    "Reporting and Logging / When to Log": "log_min_messages log_startup_progress_interval",
    "Reporting and Logging / Where to Log": "log_destination log_directory log_filename logging_collector",
    "Resource Usage / Asynchronous Behavior": "old_snapshot_threshold",
    "Resource Usage / Background Writer": (
        "bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages bgwriter_lru_multiplier"
    ),
    "Resource Usage / Disk": "file_copy_method",
    "Resource Usage / Memory": (
        "logical_decoding_work_mem maintenance_work_mem max_prepared_transactions shared_buffers temp_buffers work_mem"
    ),
    "Statistics / Query and Index Statistics Collector": "stats_temp_directory",
    "Vacuuming / Automatic Vacuuming": "autovacuum_worker_slots",
    "Version and Platform Compatibility / Other Platforms and Clients": "allow_alter_system",
    "Write-Ahead Log / Archive Recovery": "archive_cleanup_command recovery_end_command restore_command",
    "Write-Ahead Log / Archiving": "archive_command archive_library archive_mode archive_timeout",
    "Write-Ahead Log / Checkpoints": (
        "checkpoint_completion_target checkpoint_flush_after checkpoint_timeout checkpoint_warning "
        "max_wal_size min_wal_size"
    ),
    "Write-Ahead Log / Recovery": "recovery_prefetch wal_decode_buffer_size",
    "Write-Ahead Log / Recovery Target": (
        "recovery_target recovery_target_action recovery_target_inclusive recovery_target_lsn "
        "recovery_target_name recovery_target_time recovery_target_timeline recovery_target_xid"
    ),
    "Write-Ahead Log / Settings": (
        "commit_delay commit_siblings fsync full_page_writes synchronous_commit wal_buffers wal_compression "
        "wal_init_zero wal_level wal_log_hints wal_recycle wal_skip_threshold wal_sync_method "
        "wal_writer_delay wal_writer_flush_after"
    ),
    "Write-Ahead Log / Summarization": "summarize_wal wal_summary_keep_time",
}
_MOVED: tuple[tuple[str, Mapping[int, str]], ...] = (
    (
        "autovacuum autovacuum_max_workers autovacuum_naptime autovacuum_vacuum_cost_delay",
        {12: "Autovacuum", 18: "Vacuuming / Automatic Vacuuming"},
    ),
    ("cluster_name", {12: "Process Title", 14: "Reporting and Logging / Process Title"}),
    (
        "effective_io_concurrency maintenance_io_concurrency",
        {12: "Resource Usage / Asynchronous Behavior", 18: "Resource Usage / I/O"},
    ),
    (
        "max_parallel_workers max_worker_processes",
        {12: "Resource Usage / Asynchronous Behavior", 18: "Resource Usage / Worker Processes"},
    ),
    (
        "synchronous_standby_names vacuum_defer_cleanup_age",
        {12: "Replication / Master Server", 14: "Replication / Primary Server"},
    ),
    ("track_commit_timestamp", {12: "Replication", 14: "Replication / Sending Servers"}),
    (
        "track_wal_io_timing",
        {
            12: "Statistics / Query and Index Statistics Collector",
            15: "Statistics / Cumulative Query and Index Statistics",
        },
    ),
    ("vacuum_cost_delay", {12: "Resource Usage / Cost-Based Vacuum Delay", 18: "Vacuuming / Cost-Based Vacuum Delay"}),
)
"""Groups that were renamed, or parameters that were moved: from which major on."""
_OF = {name: {12: group} for group, names in _GROUPS.items() for name in names.split()} | {
    name: table for names, table in _MOVED for name in names.split()
}


def category(major: int, name: str) -> str:
    """The group of a parameter; that of most parameters of a session where the dojo does not know it."""
    table = _OF.get(name)
    return since(major, table) if table is not None else "Client Connection Defaults / Statement Behavior"
