"""Machines hang beside each other in one value: nobody may notice, and going from one to another changes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from host import tree
from host.content import text_of
from host.machine import Host
from host.network import enter
from host.tree import MOUNT, Dir, File
from tests.host.machines import MACHINES, on, said, three
from tests.host.test_fuzz import tried

LINES = (
    "psql -h db1 -c 'select * from pg_stat_activity' shop",
    "psql -h db1 -c 'select * from pg_stat_replication'",
    "psql -h db1 -c 'select name, setting, sourcefile from pg_settings where name ~ $$dir|file|path$$'",
    "psql -h db1 -Atc 'show data_directory; show hba_file; show config_file; select pg_ls_dir($$.$$)'",
    "psql -h db1 -c 'create tablespace s location $$/tmp/s$$'",
    "psql -h db1 -c 'create table u() tablespace s' shop",
    "psql -h db1 -c 'copy (select 1) to $$/tmp/copied$$'",
    "psql -h db1 -c 'copy (select 1) to $$/nodir/copied$$'",
    "psql -h db1 -c 'select pg_read_file($$/nodir/x$$)'",
    "psql -h db1 -c 'select pg_backup_start($$a$$)'",
    "psql -h db1 -c '\\db+'",
    "psql -h db1 -c 'checkpoint; select pg_switch_wal()'",
    "psql -h db1 -c 'alter system set archive_mode = on'",
    "psql -h db1 -c 'alter system set archive_command = $$cp %p /nodir/%f$$' -c 'select pg_reload_conf()'",
    "psql -h db1 -c 'alter system set archive_command = $$scp %p backup1:/archive/%f$$' -c 'select pg_reload_conf()'",
    "pg_basebackup -h db1 -v -P -D b",
    "pg_basebackup -h db1 -v -D b2 -R -T /tmp/s=/tmp/s2",
    "pg_basebackup -h db1 -Ft -z -D bt",
    "pg_basebackup -h db1 --target server:/tmp/target -X fetch",
    "pg_basebackup -h db1 --target server:/nodir/target -X fetch",
    "timeout 3 pg_receivewal -v -h db1 -D /tmp",
    "pg_dumpall -h db1 | tail -20",
    "pg_rewind -D b --source-server 'host=db1 dbname=postgres'",
    "pg_ctl -D b -l log start",
    "pg_ctl -D b2 -o '-p 5433' -l log2 start; cat log2",
    "pg_ctl -D b status; pg_ctl -D b stop -m immediate",
    "cat log b/postgresql.auto.conf b/backup_label b/tablespace_map",
    "pg_controldata b; pg_verifybackup b",
    "ls -la / /tmp b b/pg_tblspc; find / -name pg_wal; du -s /; df",
    "ps -ef; kill 1; pgrep postgres",
    "scp -r db1:/tmp mine; scp db1:/tmp/nothing .; scp /etc/hosts db1:/usr",
    "scp -r backup1: mine; scp -r mine backup1:/backup; scp backup1:/* all",
    "rsync -av db1:/tmp/ mine; rsync -avi mine db1:/nodir/a/b; rsync backup1:/backup/",
    "rsync -av --delete mine backup1:/backup/; rsync -a /etc/hosts db1:/usr/",
    "ssh db1 'pg_ctl -D $PGDATA restart -l log; cat log; ls -la; pwd'",
    "ssh standby1 'ls -la /; cd /nodir'",
    "ssh db1 'rm -rf /tmp/s; mv $PGDATA /tmp/moved'; psql -h db1 -c 'select 1'",
    "ssh db1 'rm -rf $PGDATA/pg_wal'; psql -h db1 -c 'select pg_switch_wal()'",
    "cd /; ls */..; echo * .*; realpath . ..; pwd -P",
    "ssh db1 kill -9 $(head -1 /dev/null) 1; ssh db1 'kill -9 $(head -1 $PGDATA/postmaster.pid)'",
    "sleep 70",
)  # fmt: skip


def texts(host: Host) -> str:
    """All texts and names in the trees of all machines."""
    found = []
    for name in MACHINES:
        for path, node in tree.walk(enter(host, name).root, ""):
            found.append(path)
            if isinstance(node, File):
                found.append(text_of(node.content) if isinstance(node.content, str) else "")
            elif not isinstance(node, Dir):
                found.append(node.target)
    return "\n".join(found)


@tried(30)
@given(st.lists(st.tuples(st.sampled_from(MACHINES), st.sampled_from(LINES)), min_size=1, max_size=8))
def test_no_command_ever_tells_where_the_other_machines_hang(typed: list[tuple[str, str]]) -> None:
    host = three()
    for name, line in typed:
        done = on(name, line, host=host)
        assert MOUNT not in said(done), line
        host = done.host
    assert MOUNT not in texts(host)


@tried(30)
@given(st.lists(st.tuples(st.sampled_from(MACHINES), st.sampled_from(LINES)), max_size=4), st.permutations(MACHINES))
def test_whoever_goes_round_the_machines_comes_back_to_the_very_same_value(
    typed: list[tuple[str, str]], way: list[str]
) -> None:
    host = three()
    for name, line in typed:
        host = on(name, line, host=host).host
    here, now = host.network.here, host
    for name in (*way, here):
        now = enter(now, name)
    assert now == host


@tried(20)
@given(st.sampled_from(MACHINES), st.sampled_from(LINES))
def test_the_world_before_a_command_is_still_there_after_it(name: str, line: str) -> None:
    """What undo gives back."""
    host = three()
    before = replace(host)
    on(name, line, host=host)
    assert host == before
    assert all(enter(enter(host, other), "db1") == before for other in MACHINES)
