"""ssh, scp and rsync between machines: what they do, and what they say when they cannot."""

from __future__ import annotations

import pytest

from host import tree
from host.content import text_of
from host.machine import Build
from host.network import enter
from host.shell import run_line
from host.tree import Dir
from host.worlds import world
from tests.host.machines import on, said, three


def test_ssh_runs_a_command_there_from_the_home_directory_and_ends_as_it_does() -> None:
    done = on("db1", "cd /tmp", "echo in | ssh backup1 'cat; hostname; pwd; whoami; exit 7'")
    assert (text_of(done.stdout), done.exit) == ("in\nbackup1\n/home/postgres\npostgres\n", 7)
    assert done.host.cwd == "/tmp"


def test_ssh_finds_the_programs_of_the_machine_there() -> None:
    assert on("db1", "ssh backup1 pg_ctl --version").exit == 127
    assert on("db1", "ssh backup1 pg_basebackup --version").exit == 0
    assert on("backup1", "ssh db1 pg_ctl --version").exit == 0


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("ssh nowhere true", 255, "ssh: Could not resolve hostname nowhere: Name or service not known\r\n"),
        ("ssh root@db1 true", 255, "root@db1: Permission denied (publickey).\r\n"),
        ("ssh -p 2222 db1 true", 255, "ssh: connect to host db1 port 2222: Connection refused\r\n"),
        ("scp nofile db1:", 255, 'scp: stat local "nofile": No such file or directory\n'),
        ("scp db1:/nofile .", 1, "scp: /nofile: No such file or directory\n"),
        ("scp /etc/hosts db1:/nodir/x", 1, ('scp: dest open "/nodir/x": No such file or directory\n'
         "scp: failed to upload file /etc/hosts to /nodir/x\n")),
        ("scp /etc/hosts db1:/usr/x", 1, ('scp: dest open "/usr/x": Permission denied\n'
         "scp: failed to upload file /etc/hosts to /usr/x\n")),
        ("scp db1:/etc .", 1, "scp: download /etc/: not a regular file\n"),
        ("scp /etc db1:/tmp", 1, 'scp: local "/etc" is not a regular file\nscp: failed to upload file /etc to /tmp\n'),
        ("scp -r /etc db1:/nodir/x", 1, ("scp: realpath /nodir/x: No such file\n"
         'scp: upload "/nodir/x": path canonicalization failed\nscp: failed to upload directory /etc to /nodir/x\n')),
        ("scp db1:/etc/hosts /nodir/x", 1, 'scp: open local "/nodir/x": No such file or directory\n'),
        ("scp nowhere:/x .", 255, ("ssh: Could not resolve hostname nowhere: Name or service not known\r\n"
         "scp: Connection closed\n")),
        ("rsync -a db1:/a backup1:/b", 1, ("The source and destination cannot both be remote.\n"
         "rsync error: syntax or usage error (code 1) at main.c(1471) [Receiver=3.5.0]\n")),
        ("rsync -a db1:/nofile .", 23, ('rsync: [sender] link_stat "/nofile" failed: No such file or directory (2)\n'
         "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1956)"
         " [generator=3.5.0]\n")),
    ],
)  # fmt: skip
def test_what_does_not_work_is_said_as_the_tools_say_it(line: str, status: int, says: str) -> None:
    """Asked of OpenSSH 9.2 and rsync 3.5.0."""
    done = on("backup1", line)
    assert (done.exit, done.stderr) == (status, says)


@pytest.mark.parametrize("copy", ["scp -pr {} {}", "rsync -a {} {}"])
@pytest.mark.parametrize(("source", "target"), [("d", "db1:/tmp"), ("db1:/tmp/d", "/tmp")])
def test_a_tree_comes_over_as_it_is(copy: str, source: str, target: str) -> None:
    here, there = ("db1", "backup1") if source.startswith("db1") else ("backup1", "db1")
    make = "mkdir -p {0}/e; echo one > {0}/a; chmod 600 {0}/a; echo two > {0}/e/b"
    host = on(here, make.format("/tmp/d" if here == "db1" else "d"), "true").host
    done = on("backup1", copy.format(source, target), "true", host=host)
    assert said(on(there, "cd /tmp/d && cat a e/b && stat -c %a a", host=done.host)) == "one\ntwo\n600\n"


def test_a_full_disk_there_is_full_for_what_comes_from_elsewhere() -> None:
    small = enter(three(), "backup1")
    small = small.with_root(tree.put(small.root, "/backup", Dir(capacity=1000)))
    done = on("db1", "head -c 5000 /dev/zero > f; scp f backup1:/backup/", host=small)
    assert done.exit == 1
    assert done.stderr == 'scp: write remote "/backup/f": Failure\nscp: failed to upload file f to /backup/\n'


def test_where_there_is_one_machine_there_is_nobody_to_log_in_to() -> None:
    host = world("default", Build(16), Build(16))
    assert "Could not resolve hostname db1" in run_line(host, "ssh db1 true").stderr
    assert "connect to host localhost port 22: Connection refused" in run_line(host, "ssh localhost true").stderr
