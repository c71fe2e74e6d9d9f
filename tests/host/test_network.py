"""Three machines: who reaches whom and is let in, and where a server does what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from host import tree
from host.content import text_of
from host.machine import Host
from host.network import UnknownMachine, enter, sat_down
from host.tree import Dir
from tests.host.machines import MACHINES, on, said, streaming, three, with_standby

# Who is reached


def test_each_machine_knows_its_name_and_those_of_the_others() -> None:
    for name in MACHINES:
        assert said(on(name, "hostname")) == f"{name}\n"
        assert all(f" {other}\n" in said(on(name, "cat /etc/hosts")) for other in MACHINES)


@pytest.mark.parametrize("host", ["db1", "192.168.56.11"])
def test_a_server_is_reached_by_name_and_by_address_and_sees_the_address_of_the_client(host: str) -> None:
    query = "select client_addr from pg_stat_activity where pid = pg_backend_pid()"
    assert said(on("backup1", f"psql -h {host} -Atc '{query}' shop")) == "192.168.56.12\n"


def test_through_its_own_socket_a_machine_reaches_only_its_own_server() -> None:
    assert said(on("db1", "psql -Atc 'select 1'")) == "1\n"
    done = on("backup1", "psql -Atc 'select 1'")
    assert done.exit == 2
    assert 'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file or directory' in done.stderr


@pytest.mark.parametrize(
    ("major", "says"),
    [
        (12, ('psql: error: could not connect to server: Connection refused\n\tIs the server running on host "backup1" '
             "(192.168.56.12) and accepting\n\tTCP/IP connections on port 5432?\n")),
        (16, ('psql: error: connection to server at "backup1" (192.168.56.12), port 5432 failed: Connection refused\n'
             "\tIs the server running on that host and accepting TCP/IP connections?\n")),
    ],
)  # fmt: skip
def test_where_no_server_listens_the_connection_is_refused_in_the_words_of_the_client(major: int, says: str) -> None:
    done = on("db1", "psql -h backup1 -c 'select 1'", major=major)
    assert (done.exit, done.stderr) == (2, says)


def test_a_name_that_nobody_has_is_not_translated() -> None:
    done = on("db1", "pg_dump -h db2 shop")
    assert done.exit == 1
    assert done.stderr == 'pg_dump: error: could not translate host name "db2" to address: Name or service not known\n'


def test_pg_isready_asks_across_machines() -> None:
    assert said(on("standby1", "pg_isready -h db1")) == "db1:5432 - accepting connections\n"
    assert said(on("standby1", "pg_isready -h backup1")) == "backup1:5432 - no response\n"


# listen_addresses and pg_hba.conf


def restarted(*lines: str) -> Host:
    return on("db1", *lines, "pg_ctl -D $PGDATA restart", "true").host


@pytest.mark.parametrize(
    ("listens", "reached"),
    [("*", True), ("0.0.0.0", True), ("192.168.56.11", True), ("db1", True), ("localhost, 192.168.56.11", True),
     ("localhost", False), ("", False)],
)  # fmt: skip
def test_listen_addresses_decides_who_gets_as_far_as_the_server(listens: str, reached: bool) -> None:
    host = restarted(f"psql -c \"alter system set listen_addresses = '{listens}'\"")
    done = on("backup1", "psql -h db1 -Atc 'select 1'", host=host)
    assert (done.exit == 0) is reached
    assert reached or "failed: Connection refused" in done.stderr


@pytest.mark.parametrize(
    ("rule", "standby1", "backup1"),
    [
        ("host all all 192.168.56.0/24 trust", True, True),
        ("host all all 192.168.56.13/32 trust", True, False),
        ("host all all 192.168.56.13 255.255.255.255 trust", True, False),
        ("host all all standby1 trust", True, False),
        ("host all all samenet trust", True, True),
        ("host all all samehost trust", False, False),
        ("host all all all trust", True, True),
        ("host shop all 192.168.56.12/32 reject\nhost all all samenet trust", True, False),
        ("local all all trust", False, False),
    ],
)
def test_pg_hba_conf_is_asked_with_the_address_of_the_client(rule: str, standby1: bool, backup1: bool) -> None:
    host = on(
        "db1", f"printf '%s\\n' 'local all all trust' '{rule}' > $PGDATA/pg_hba.conf", "pg_ctl reload", "true"
    ).host
    found = {name: on(name, "psql -h db1 -Atc 'select 1' shop", host=host) for name in ("standby1", "backup1")}
    assert {name: done.exit == 0 for name, done in found.items()} == {"standby1": standby1, "backup1": backup1}
    for name, done in found.items():
        address = {"standby1": "192.168.56.13", "backup1": "192.168.56.12"}[name]
        assert done.exit == 0 or f'for host "{address}", user "postgres", database "shop"' in done.stderr


def test_a_replication_connection_needs_a_line_of_its_own() -> None:
    host = on("db1", "sed -i '/192.168.56.0/d' $PGDATA/pg_hba.conf", "pg_ctl reload", "true").host
    host = on(
        "db1", "echo 'host all all samenet trust' >> $PGDATA/pg_hba.conf", "pg_ctl reload", "true", host=host
    ).host
    done = on("backup1", "pg_basebackup -h db1 -D /backup/b", host=host)
    assert done.exit == 1
    assert 'no pg_hba.conf entry for replication connection from host "192.168.56.12", user "postgres"' in done.stderr
    assert said(on("backup1", "ls /backup", host=done.host)) == ""


# Backups and standbys


def test_a_base_backup_of_another_machine_lies_on_the_machine_that_took_it() -> None:
    done = on("backup1", "pg_basebackup -h db1 -D /backup/b -c fast", "pg_verifybackup /backup/b")
    assert said(done) == "backup successfully verified\n"
    assert on("db1", "ls /backup", host=done.host).exit == 2


def test_a_target_on_the_server_is_a_directory_of_the_server() -> None:
    done = on("backup1", "pg_basebackup -h db1 -X none --target server:/tmp/there", "ls /tmp/there")
    assert done.exit == 2
    assert "base.tar" in said(on("db1", "ls /tmp/there", host=done.host))


def test_pg_receivewal_of_another_machine_archives_there() -> None:
    done = on(
        "backup1",
        "pg_receivewal -h db1 -D /archive --slot arc --create-slot",
        "timeout 5 pg_receivewal -h db1 -D /archive --slot arc",
        "true",
    )
    host = on("db1", "psql -c 'select pg_switch_wal()'", host=enter(done.host, "db1")).host
    done = on("backup1", "timeout 5 pg_receivewal -h db1 -D /archive --slot arc; ls /archive", host=host)
    assert "00000001000000000000000" in text_of(done.stdout)


@pytest.mark.parametrize("major", [12, 16, 18])
def test_a_standby_on_another_machine_streams_what_the_primary_commits(major: int) -> None:
    host = on(
        "db1", "psql -qc 'create table t as select generate_series(1, 9) n' shop", "true", host=with_standby(major)
    ).host
    assert said(on("standby1", "psql -Atc 'select count(*) from t' shop", host=host)) == "9\n"
    asked = "psql -Atc 'select usename, client_addr, state from pg_stat_replication'"
    assert said(on("db1", asked, host=host)) == "replication_user|192.168.56.13|streaming\n"
    asked = "psql -Atc 'select sender_host, sender_port from pg_stat_wal_receiver'"
    assert said(on("standby1", asked, host=host)) == "db1|5432\n"


def test_a_standby_that_pg_hba_conf_shuts_out_says_so_in_its_log_and_comes_back() -> None:
    host = on(
        "db1",
        "cp $PGDATA/pg_hba.conf hba; sed -i '/192.168.56.0/d' $PGDATA/pg_hba.conf",
        "pg_ctl restart",
        "true",
        host=with_standby(),
    ).host
    host = on("standby1", "pg_ctl -D ~/data -l ~/log restart", "true", host=host).host
    log = said(on("standby1", "cat ~/log", host=host))
    assert 'no pg_hba.conf entry for replication connection from host "192.168.56.13", user "replication_user"' in log
    host = on(
        "db1",
        "cp hba $PGDATA/pg_hba.conf; pg_ctl reload",
        "psql -qc 'create table t(a int)' shop",
        "sleep 10",
        host=host,
    ).host
    assert on("standby1", "psql -Atc 'select count(*) from t' shop", host=host).exit == 0


def test_a_rewound_primary_follows_the_standby_that_took_over() -> None:
    """wal_keep_size keeps what the rewound server replays from: the last checkpoint before they parted."""
    host = on("db1", "psql -qc \"alter system set wal_keep_size = '1GB'\"", "pg_ctl reload", "true").host
    host = streaming(host)
    promote = ("pg_ctl -D ~/data promote", "psql -qc 'create table new(a int)' shop")
    host = on("standby1", *promote, "true", host=host).host
    host = on("db1", "psql -qc 'create table lost(a int)' shop", "pg_ctl stop", "true", host=host).host
    rewind = "pg_rewind -D $PGDATA --source-server 'host=standby1 user=postgres dbname=postgres' -R"
    host = on("db1", rewind, "pg_ctl -l log start", "true", host=host).host
    assert said(on("db1", "psql -Atc '\\dt' shop", host=host)).count("|new|") == 1
    assert "lost" not in said(on("db1", "psql -Atc '\\dt' shop", host=host))
    assert "192.168.56.11" in said(on("standby1", "psql -Atc 'select client_addr from pg_stat_replication'", host=host))


# What a server runs, it runs on its own machine

ARCHIVE = 'psql -c "alter system set archive_mode = on" -c "alter system set archive_command = \'{}\'"'


def test_archive_command_is_run_where_the_server_is_whoever_makes_it_write() -> None:
    host = restarted(ARCHIVE.format("hostname >> /tmp/ran && scp %p backup1:/archive/%f"))
    host = on("standby1", "psql -h db1 -qc 'select pg_switch_wal()' postgres", "true", host=host).host
    assert set(said(on("db1", "cat /tmp/ran", host=host)).split()) == {"db1"}
    assert on("standby1", "cat /tmp/ran", host=host).exit == 1
    assert "0000000100000000" in said(on("backup1", "ls /archive", host=host))


def test_archive_command_is_run_as_the_user_of_the_server_even_when_root_makes_it_write() -> None:
    host = restarted(ARCHIVE.format("whoami >> /tmp/ran"))
    host = on("db1", "sudo -u root psql -U postgres -qc 'select pg_switch_wal()' postgres", "true", host=host).host
    assert set(said(on("db1", "cat /tmp/ran", host=host)).split()) == {"postgres"}


def test_restore_command_fetches_from_another_machine() -> None:
    host = restarted(ARCHIVE.format("rsync -a %p backup1:/archive/%f"))
    host = on("backup1", "pg_basebackup -h db1 -D /backup/b", "true", host=host).host
    host = on(
        "db1",
        "psql -qc 'create table t as select generate_series(1, 7) n' shop",
        "psql -qc 'select pg_switch_wal()'",
        "pg_ctl stop",
        "rm -rf $PGDATA",
        "true",
        host=host,
    ).host
    host = on(
        "standby1",
        "rsync -a backup1:/backup/b/ ~/data && touch ~/data/recovery.signal",
        "echo \"restore_command = 'scp backup1:/archive/%f %p'\" >> ~/data/postgresql.auto.conf",
        "pg_ctl -D ~/data -l log start",
        "true",
        host=host,
    ).host
    assert said(on("standby1", "psql -Atc 'select count(*) from t' shop", host=host)) == "7\n"


def test_a_server_that_goes_down_for_a_full_disk_is_gone_for_the_client_elsewhere_too() -> None:
    host = three()
    wal = "/var/lib/postgresql/16/data/pg_wal"
    node = tree.need(host.root, wal)
    assert isinstance(node, Dir)
    host = host.with_root(tree.put(host.root, wal, replace(node, capacity=tree.used(node) + 1_000_000)))
    done = on(
        "backup1", "psql -h db1 -qc 'create table t as select generate_series(1, 5000)' -c checkpoint shop", host=host
    )
    while done.exit == 0:
        done = on(
            "backup1",
            "psql -h db1 -c 'select pg_switch_wal()' -c 'create table u()' -c 'drop table u' shop",
            host=done.host,
        )
    assert "server closed the connection unexpectedly" in done.stderr
    assert done.host.network.here == "backup1"
    assert said(on("backup1", "pg_isready -h db1", host=done.host)) == "db1:5432 - no response\n"


def test_one_sits_down_only_where_there_is_a_machine() -> None:
    assert sat_down(three(), "backup1").network.here == "backup1"
    with pytest.raises(UnknownMachine):
        sat_down(three(), "db2")
