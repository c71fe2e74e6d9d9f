"""Parameters that real servers have and this model does not: their names only, by the majors that know them.

With it an unknown name can be told from one that is merely out of scope.  Read from pg_settings of 12 .. 18.
"""

from __future__ import annotations

from simulator.versions import since

# (from this major on, to this major): names, in lower case
_NAMES: tuple[tuple[int, int, str], ...] = (
    (
        12,
        13,
        "operator_precedence_warning vacuum_cleanup_index_scale_factor",
    ),
    (
        12,
        15,
        "force_parallel_mode lc_collate lc_ctype",
    ),
    (
        12,
        16,
        "db_user_namespace",
    ),
    (
        12,
        17,
        "ssl_ecdh_curve",
    ),
    (
        12,
        99,
        (
            "allow_system_table_mods application_name array_nulls authentication_timeout "
            "autovacuum_analyze_scale_factor autovacuum_analyze_threshold autovacuum_freeze_max_age "
            "autovacuum_multixact_freeze_max_age autovacuum_vacuum_cost_limit "
            "autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_work_mem "
            "backend_flush_after backslash_quote bonjour bonjour_name bytea_output "
            "check_function_bodies client_encoding client_min_messages constraint_exclusion "
            "cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction datestyle "
            "deadlock_timeout debug_assertions debug_pretty_print debug_print_parse debug_print_plan "
            "debug_print_rewritten default_statistics_target default_table_access_method "
            "default_tablespace default_text_search_config default_transaction_deferrable "
            "default_transaction_isolation dynamic_library_path dynamic_shared_memory_type "
            "effective_cache_size enable_bitmapscan enable_gathermerge enable_hashagg enable_hashjoin "
            "enable_indexonlyscan enable_indexscan enable_material enable_mergejoin enable_nestloop "
            "enable_parallel_append enable_parallel_hash enable_partition_pruning "
            "enable_partitionwise_aggregate enable_partitionwise_join enable_seqscan enable_sort "
            "enable_tidscan escape_string_warning event_source extra_float_digits from_collapse_limit "
            "geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias "
            "geqo_threshold gin_fuzzy_search_limit gin_pending_list_limit huge_pages "
            "integer_datetimes intervalstyle jit jit_above_cost jit_debugging_support "
            "jit_dump_bitcode jit_expressions jit_inline_above_cost jit_optimize_above_cost "
            "jit_profiling_support jit_provider jit_tuple_deforming join_collapse_limit "
            "krb_caseins_users krb_server_keyfile lc_messages lc_monetary lc_numeric lc_time "
            "lo_compat_privileges local_preload_libraries log_autovacuum_min_duration log_connections "
            "log_disconnections log_duration log_error_verbosity log_executor_stats log_file_mode "
            "log_hostname log_lock_waits log_min_duration_statement log_min_error_statement "
            "log_parser_stats log_planner_stats log_rotation_age log_rotation_size log_statement "
            "log_statement_stats log_temp_files log_timezone log_transaction_sample_rate "
            "log_truncate_on_rotation max_files_per_process max_function_args max_identifier_length "
            "max_index_keys max_parallel_maintenance_workers max_parallel_workers_per_gather "
            "max_pred_locks_per_page max_pred_locks_per_relation max_pred_locks_per_transaction "
            "max_stack_depth min_parallel_index_scan_size min_parallel_table_scan_size "
            "parallel_leader_participation parallel_setup_cost parallel_tuple_cost "
            "password_encryption plan_cache_mode post_auth_delay pre_auth_delay quote_all_identifiers "
            "random_page_cost restrict_nonsystem_relation_kind row_security search_path segment_size "
            "seq_page_cost server_encoding server_version server_version_num "
            "session_preload_libraries session_replication_role shared_memory_type ssl ssl_ca_file "
            "ssl_cert_file ssl_ciphers ssl_crl_file ssl_dh_params_file ssl_key_file ssl_library "
            "ssl_max_protocol_version ssl_min_protocol_version ssl_passphrase_command "
            "ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers "
            "standard_conforming_strings synchronize_seqscans syslog_facility syslog_ident "
            "syslog_sequence_numbers syslog_split_messages tcp_keepalives_count tcp_keepalives_idle "
            "tcp_keepalives_interval tcp_user_timeout temp_file_limit timezone timezone_abbreviations "
            "trace_notify trace_sort track_activities track_activity_query_size track_counts "
            "track_functions track_io_timing transaction_deferrable transaction_isolation "
            "transaction_read_only transform_null_equals unix_socket_group unix_socket_permissions "
            "update_process_title vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit "
            "vacuum_cost_page_miss vacuum_freeze_min_age vacuum_freeze_table_age "
            "vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age xmlbinary xmloption"
        ),
    ),
    (
        13,
        99,
        (
            "autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold "
            "backtrace_functions enable_incremental_sort hash_mem_multiplier log_min_duration_sample "
            "log_parameter_max_length log_parameter_max_length_on_error log_statement_sample_rate"
        ),
    ),
    (
        14,
        99,
        (
            "client_connection_check_interval compute_query_id debug_discard_caches "
            "default_toast_compression enable_async_append enable_memoize huge_page_size "
            "idle_session_timeout min_dynamic_shared_memory ssl_crl_dir vacuum_failsafe_age "
            "vacuum_multixact_failsafe_age"
        ),
    ),
    (
        15,
        99,
        ("recursive_worktable_factor shared_memory_size shared_memory_size_in_huge_pages stats_fetch_consistency"),
    ),
    (
        16,
        99,
        (
            "createrole_self_grant debug_io_direct debug_logical_replication_streaming "
            "debug_parallel_query enable_presorted_aggregate file_extend_method gss_accept_delegation "
            "icu_validation_level max_parallel_apply_workers_per_subscription scram_iterations "
            "send_abort_for_crash send_abort_for_kill vacuum_buffer_usage_limit"
        ),
    ),
    (
        17,
        99,
        (
            "commit_timestamp_buffers enable_group_by_reordering event_triggers huge_pages_status "
            "io_combine_limit max_notify_queue_pages multixact_member_buffers "
            "multixact_offset_buffers notify_buffers serializable_buffers subtransaction_buffers "
            "trace_connection_negotiation transaction_buffers transaction_timeout"
        ),
    ),
    (
        18,
        99,
        (
            "autovacuum_vacuum_max_threshold enable_distinct_reordering enable_self_join_elimination "
            "extension_control_path io_max_combine_limit io_max_concurrency io_method io_workers "
            "log_lock_failures md5_password_warnings num_os_semaphores oauth_validator_libraries "
            "ssl_groups ssl_tls13_ciphers track_cost_delay_timing "
            "vacuum_max_eager_freeze_failure_rate vacuum_truncate"
        ),
    ),
)


def is_unmodelled(major: int, name: str) -> bool:
    """Return whether this major has a parameter of that name (in lower case) that the model leaves out."""
    return any(
        name in text.split() and since(major, {0: False, first: True, last + 1: False}) for first, last, text in _NAMES
    )
