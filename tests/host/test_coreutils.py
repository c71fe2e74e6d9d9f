"""The commands where a real machine cannot be asked: payloads, rsync, rights, servers, and ten thousand files."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from host import tree
from host.archives import Tar, tar_of
from host.content import Damaged, Gzip, Mixed, Payload, Piece, Zeros, cut, joined, size_of
from host.machine import START_CLOCK, Build, Host
from host.shell import BETWEEN_LINES, run_line
from host.tree import Dir, File, Node
from host.worlds import world
from tests.host.real_shell import first_host

PAGE = Payload()
NAMES = [f"0000000100000000{number:08X}" for number in range(10_000)]


def with_files(**files: object) -> Host:
    """The host with payloads (and texts) in /t; `__` in a name is a slash."""
    root = first_host().root
    for name, content in files.items():
        path = f"/t/{name.replace('__', '/')}"
        root = tree.make_dirs(root, path.rpartition("/")[0], Dir(owner=first_host().user))
        assert isinstance(content, str | Payload)
        root = tree.put(root, path, File(content, 0o600, START_CLOCK, first_host().user))
    return first_host().with_root(root)


def names_in(host: Host, path: str) -> list[str]:
    node = tree.need_dir(host.root, path)
    return sorted(node.entries)


def test_a_copy_shares_the_payload_it_copies() -> None:
    done = run_line(with_files(base__1=PAGE), "cp -r base copy")
    assert done.host.read("/t/copy/1") is PAGE


def test_cat_of_payloads_keeps_their_order_and_one_of_them_stays_itself() -> None:
    host = with_files(p=PAGE, text="x\n")
    assert run_line(host, "cat p").stdout is PAGE
    assert run_line(host, "cat p text p").stdout == Mixed((PAGE, "x\n", PAGE))


def test_split_and_cat_give_the_payload_back() -> None:
    done = run_line(with_files(p=PAGE), "split -b 3000 p part; cat part* > whole; cmp p whole && ls part*")
    assert done.stdout == "partaa\npartab\npartac\n"
    assert done.host.read("/t/whole") == PAGE


def test_truncate_and_dd_leave_marks_on_a_payload() -> None:
    done = run_line(with_files(p=PAGE, q=PAGE), "truncate -s 100 p; printf 99 | dd of=q bs=1 conv=notrunc status=none")
    assert done.host.read("/t/p") == Piece(PAGE, 0, 100)
    assert done.host.read("/t/q") == Damaged(PAGE, 0, 2)
    assert size_of(done.host.read("/t/q")) == 8192


def test_zeros_are_counted_not_kept() -> None:
    done = run_line(first_host(), "head -c 16777216 /dev/zero > wal; truncate -s 1G big; stat -c %s wal big")
    assert done.stdout == "16777216\n1073741824\n"
    assert done.host.read("/t/wal") == Zeros(16_777_216)


def test_a_payload_comes_out_of_tar_as_it_went_in() -> None:
    done = run_line(with_files(d__p=PAGE), "tar -czf x.tgz -C d . && mkdir o && tar -xzf x.tgz -C o")
    assert done.host.read("/t/o/p") is PAGE
    archive = done.host.read("/t/x.tgz")
    assert isinstance(archive, Gzip)
    assert isinstance(archive.inner, Tar)
    assert archive.inner.member("p") == tree.need(done.host.root, "/t/d/p")


def test_an_archive_made_elsewhere_is_unpacked_with_the_directories_it_does_not_name() -> None:
    archive = Tar((("base/1/PG_VERSION", File("16\n")), ("PG_VERSION", File("16\n"))))
    done = run_line(with_files(base_tar=archive), "mkdir o; tar -xf base_tar -C o; find o | sort")
    assert done.stdout == "o\no/PG_VERSION\no/base\no/base/1\no/base/1/PG_VERSION\n"


def test_a_cut_archive_gives_what_lies_before_the_cut() -> None:
    archive = Tar((("one", File("1" * 600)), ("two", File("2" * 600))))
    done = run_line(with_files(x_tar=archive), "truncate -s 2500 x_tar; mkdir o; tar -xf x_tar -C o; ls -l o | wc -l")
    assert (done.stdout, done.stderr) == (
        "3\n",
        "tar: Unexpected EOF in archive\ntar: Error is not recoverable: exiting now\n",
    )
    assert done.host.read("/t/o/two") == "2" * 452


def test_tar_of_is_what_tar_would_make() -> None:
    node = tree.need_dir(first_host().root, "/t/d")
    assert [name for name, _ in tar_of(node).members] == ["./", "./.hidden", "./e/", "./e/deep", "./x", "./y"]


@pytest.mark.parametrize(
    ("line", "listed"),
    [
        ("rsync -a d/ o", [".hidden", "e", "x", "y"]),
        ("rsync -a d o", ["d"]),
        ("rsync -a d/ o/", [".hidden", "e", "x", "y"]),
        ("rsync -a --exclude=x d/ o", [".hidden", "e", "y"]),
        ("rsync -a --exclude='e/*' d/ o", [".hidden", "e", "x", "y"]),
        ("rsync -a --exclude=/e d/ o", [".hidden", "x", "y"]),
        ("rsync -a --exclude=e/ d/ o", [".hidden", "x", "y"]),
        ("rsync -a --include=x --exclude='*' d/ o", ["x"]),
        ("rsync d/x o", []),
        ("mkdir o; rsync d/x d/y o", ["x", "y"]),
        ("mkdir o; touch o/old; rsync -a d/ o", [".hidden", "e", "old", "x", "y"]),
        ("mkdir o; touch o/old; rsync -a --delete d/ o", [".hidden", "e", "x", "y"]),
        ("mkdir o; touch o/old; rsync -an --delete d/ o", ["old"]),
        ("mkdir o; touch o/old; rsync -a --delete --exclude=old d/ o", [".hidden", "e", "old", "x", "y"]),
        ("mkdir o; touch o/old; rsync -a --delete-excluded --delete --exclude=old d/ o", [".hidden", "e", "x", "y"]),
    ],
)
def test_rsync_takes_what_its_slashes_and_rules_say(line: str, listed: list[str]) -> None:
    done = run_line(first_host(), line)
    there = tree.find(done.host.root, "/t/o")
    assert done.exit == 0
    assert (sorted(there.entries) if isinstance(there, Dir) else []) == listed


def test_rsync_of_what_is_not_there_ends_with_23_and_makes_nothing() -> None:
    done = run_line(first_host(), "rsync -a /nowhere/ o")
    assert done.exit == 23
    assert 'change_dir "/nowhere" failed: No such file or directory (2)' in done.stderr
    assert tree.find(done.host.root, "/t/o") is None


def test_rsync_copies_only_what_changed() -> None:
    first = run_line(first_host(), "rsync -a d/ o").host
    again = run_line(first, "rsync -av d/ o; echo new > d/x; rsync -av d/ o")
    listed = [line for line in str(again.stdout).splitlines() if line in ("x", "y", "e/deep")]
    assert listed == ["x"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cat secret", "cat: secret: Permission denied\n"),
        ("cp secret x", "cp: cannot open 'secret' for reading: Permission denied\n"),
        ("touch locked/x", "touch: cannot touch 'locked/x': Permission denied\n"),
        ("echo x > locked/x", "bash: line 1: locked/x: Permission denied\n"),
        ("ls closed", "ls: cannot open directory 'closed': Permission denied\n"),
        ("rm locked/f", "rm: cannot remove 'locked/f': Permission denied\n"),
        ("mkdir /new", "mkdir: cannot create directory '/new': Permission denied\n"),
        ("chown root own", "chown: changing ownership of 'own': Operation not permitted\n"),
        ("tar -cf x.tar secret", "tar: secret: Cannot open: Permission denied\ntar: Exiting with failure status due to previous errors\n"),  # noqa: E501
    ],
)  # fmt: skip
def test_who_may_not_is_told_so(line: str, says: str) -> None:
    entries: dict[str, Node] = {
        "secret": File("s\n", 0o600, owner="root"),
        "own": File("o\n"),
        "locked": Dir(MappingProxyType({"f": File()}), 0o755, owner="root"),
        "closed": Dir(mode=0o700, owner="root"),
    }
    root = Dir(MappingProxyType({"t": Dir(MappingProxyType(entries))}), 0o755, owner="root")
    host = Host(root=root, cwd="/t", user="postgres")
    done = run_line(host, line)
    assert done.stderr == says
    assert done.exit != 0
    assert run_line(host, f"sudo {line}" if ">" not in line else "sudo true").exit == 0


def test_set_changes_a_setting_where_an_editor_would() -> None:
    done = run_line(
        first_host(), "set conf port=5433 archive_command='cp %p /a/%f'; cat conf; set new wal_level=minimal"
    )
    assert done.stdout == (
        "# comment\nport = '5433'\nwal_level = replica\n#archive_mode = off\narchive_command = 'cp %p /a/%f'\n"
    )
    assert done.host.read("/t/new") == "wal_level = 'minimal'\n"
    assert "set conf key=value" in run_line(first_host(), "vi conf").stderr


def test_timeout_tells_a_long_tool_its_limit_and_ends_one_that_sleeps() -> None:
    host = first_host()
    assert "DOJO_TIMEOUT=INT 12" in str(run_line(host, "timeout -s INT 12 printenv").stdout)
    done = run_line(host, "timeout --preserve-status -s INT 2 sleep 60; echo $?")
    assert (done.stdout, done.host.clock) == ("130\n", host.clock + BETWEEN_LINES + 2)


def test_df_and_du_count_what_the_tree_holds() -> None:
    root = tree.put(
        first_host().root, "/t/small", Dir(MappingProxyType({"f": File("x" * 600_000)}), capacity=1_000_000)
    )
    host = replace(first_host(), root=root)
    rows = [line.split() for line in str(run_line(host, "df -k").stdout).splitlines()]
    assert rows[-1][5] == "/t/small"
    assert rows[-1][4] == "61%"
    assert str(run_line(host, "du -sh small").stdout) == "592K\tsmall\n"


def test_signals_find_no_process_that_is_not_there() -> None:
    done = run_line(first_host(), "kill -9 4242")
    assert (done.exit, done.stderr) == (1, "bash: line 1: kill: (4242) - No such process\n")


def test_ten_thousand_segments_are_one_directory_to_every_command() -> None:
    entries = {name: File(PAGE, owner=first_host().user) for name in NAMES}
    wal = Dir(MappingProxyType(entries), owner=first_host().user)
    host = first_host().with_root(tree.put(first_host().root, "/t/wal", wal))
    assert run_line(host, "ls wal | wc -l").stdout == "10000\n"
    copied = run_line(host, "cp -r wal o").host
    assert run_line(copied, "ls o | wc -l").stdout == "10000\n"
    assert run_line(host, "mkdir o; cp wal/*0 o; ls o | wc -l").stdout == f"{sum(n[-1] == '0' for n in NAMES)}\n"
    assert run_line(host, "rm wal/0*; ls wal | wc -l").stdout == "0\n"


def test_pieces_of_text_and_payload_are_cut_by_bytes() -> None:
    assert cut("aéb", 1, 3) == "é"
    assert cut(Mixed(("ab", PAGE)), 1, 5) == Mixed(("b", Piece(PAGE, 0, 3)))
    assert joined((Zeros(3), Zeros(4), "x", "y")) == Mixed((Zeros(7), "xy"))
    assert cut(PAGE, 0, 10_000) is PAGE


def test_digests_tell_equal_payloads_from_others() -> None:
    host = with_files(p=PAGE, q=Payload(), z=Zeros(3))
    rows = [line.split()[0] for line in str(run_line(host, "sha256sum p q z").stdout).splitlines()]
    assert rows[0] == rows[1] != rows[2]


def test_a_name_is_at_most_255_bytes_long() -> None:
    """As on ext4 and XFS: the bytes count, not the letters."""
    host = run_line(world("fixture", Build(16), Build(16)), "touch " + "a" * 255).host
    for line in ("touch {}", "mkdir {}", "echo x > {}", "cat {}", "cp -r $PGDATA {}", "mkdir -p b/{}", "initdb -D {}"):
        for name in ("a" * 256, "あ" * 86):
            done = run_line(host, line.format(name))
            assert "File name too long" in done.stderr
            assert done.exit != 0
    long = "a" * 256
    assert run_line(host, f"mkdir {long}").stderr == f"mkdir: cannot create directory '{long}': File name too long\n"
