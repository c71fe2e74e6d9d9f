"""Runs made by hand, to test the stage without the model: a fetch backup, and one as long as wanted."""

from typing import Any

from ui.payload import Frame, packed

SEGMENT_MB = 16
MANUAL = "https://www.postgresql.org/docs/14/app-pgbasebackup.html"
CURRENT, BACKUP, KEEP, SLOT, READY, DONE, FUTURE, LOST, GOES = (1 << i for i in range(9))
BEGIN = 9


def as_runs(bits: dict[int, int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for segment in sorted(bits):
        if runs and runs[-1][1] == segment and runs[-1][2] == bits[segment]:
            runs[-1][1] += 1
        else:
            runs.append([segment, segment + 1, bits[segment]])
    return runs


def name(segment: int) -> str:
    return f"{1:08X}{segment // 256:08X}{segment % 256:08X}"


def fetch(keep: int = 5) -> dict[str, Any]:
    """pg_basebackup -Xf while 8 segments are written; `keep` segments are held by wal_keep_size."""
    frames: list[Frame] = []
    marks: list[dict[str, Any]] = []
    present, archived, lost = set(range(6, 10)), set(range(5, 9)), set[int]()
    insert, redo, running = 9.3, 9, False

    def show(cmd: str, term: list[list[str]], event: tuple[str, str], **more: object) -> None:
        horizon = max(min(redo, int(insert) - keep), 1)
        bits = {}
        for segment in present:
            current = CURRENT if segment == int(insert) else 0
            status = 0 if current else DONE if segment in archived else READY
            needed = BACKUP if running and segment >= BEGIN else 0
            kept = KEEP if int(insert) - keep <= segment < redo else 0
            bits[segment] = current | status | needed | kept | (GOES if segment < horizon else 0)
        bits |= dict.fromkeys(range(int(insert) + 1, int(insert) + 4), FUTURE) | dict.fromkeys(lost, LOST)
        frame: Frame = {"w": as_runs(bits), "a": as_runs(dict.fromkeys(archived, DONE)), "b": [], "f": []}
        frame |= {"redo": redo, "ins": insert, "hz": horizon, "by": "redo" if horizon == redo else "wal_keep_size"}
        frame["tree"] = {
            "/pgdata": ["PG_VERSION", "base/", "global/"],
            "/pgdata/pg_wal": [{"lane": "w"}],
            "/archive": [{"lane": "a"}],
        }
        kind, says = event
        frame |= {"cmd": cmd, "term": term, "ev": [{"k": kind, "t": says, "m": MANUAL, "mt": "Manual: pg_basebackup"}]}
        frames.append(frame | more)

    def backup(state: str, percent: int, end: int | None = None) -> list[dict[str, Any]]:
        gone = [[min(lost), max(lost) + 1]] if lost else []
        return [
            {"n": "/backup/base", "o": "-Ft -Xf", "lo": BEGIN, "hi": end, "lost": gone, "st": state, "pct": percent}
        ]

    show("開始", [], ("Start", "サーバは動いています。WALは**09**に書き込まれています。"))
    running = True
    marks.append({"i": 1, "k": "backup_start", "t": "バックアップ開始"})
    show(
        "`pg_basebackup -D /backup/base -Ft -Xf -P`",
        [["$", "pg_basebackup -D /backup/base -Ft -Xf -P"]],
        ("BackupStarted", "バックアップが始まりました。復元には開始時点の**09**からのWALが必要です。"),
        b=backup("running", 0),
    )
    for k in range(1, 13):
        if k % 3 == 0:
            marks.append({"i": len(frames), "k": "checkpoint", "t": "チェックポイント"})
            redo = int(insert)
            gone = {s for s in present if s < min(redo, int(insert) - keep)}
            present -= gone
            if new := {s for s in gone if s >= BEGIN} - lost:
                if not lost:
                    marks.append({"i": len(frames), "k": "loss", "t": f"{name(min(new))}が失われた"})
                lost |= new
            show(
                "CHECKPOINT",
                [["l", "LOG:  checkpoint complete: wrote 12 buffers (0.1%)"]],
                (
                    "WalLost" if new else "SegmentsRecycled",
                    "古いWALファイルを**再利用**しました。" if gone else "消えるファイルはありません。",
                ),
                b=backup("running", 7 * k),
                rc=[[s, int(insert) + 1 + i] for i, s in enumerate(sorted(gone))],
            )
        else:
            insert += 1.1
            present |= set(range(BEGIN, int(insert) + 1)) - lost
            archived |= set(range(BEGIN, int(insert)))
            show(
                "16 MBの書き込み",
                [["$", "psql -c 'INSERT …'"], ["o", "INSERT 0 100000"]],
                ("WalWritten", f"書き込みが`{name(int(insert))}`に進みました。"),
                b=backup("running", 7 * k),
            )
    ok = not lost
    running = False
    error = [
        [
            "e",
            f"pg_basebackup: error: ERROR:  requested WAL segment {name(BEGIN)} has already been removed",
        ],
        ["o", 'pg_basebackup: removing data directory "/backup/base"'],
    ]
    marks.append(
        {"i": len(frames), "k": "backup_end" if ok else "failure", "t": "完了" if ok else "pg_basebackupが失敗"}
    )
    show(
        "pg_basebackupの終了",
        [["o", "41283/41283 kB (100%), 1/1 tablespace"], *([] if ok else error)],
        (
            "BasebackupDone" if ok else "BasebackupFailed",
            "データのコピーが終わり、サーバは開始時点からのWALを**pg_walから**送ろうとしました。",
        ),
        b=backup("done" if ok else "failed", 100, int(insert) + 1),
    )
    verdict = {
        "ok": ok,
        "t": "バックアップは使えます。" if ok else "バックアップは失敗。復元できません。",
        "more": "" if ok else "あと48 MBあれば助かりました(wal_keep_size ≥ 128MB)。",
    }
    head = {
        "id": "mock",
        "lang": "ja",
        "segMB": SEGMENT_MB,
        "tli": 1,
        "marks": marks,
        "verdict": verdict,
        "conditions": f"wal_keep_size = {keep * SEGMENT_MB}MB",
    }
    return packed(head, frames)


def compared(keep: int) -> dict[str, Any]:
    run, before = fetch(keep), fetch()
    return run | {
        "other": before,
        "diff": {"i": 7, "t": f"ここでwal_keep_size={keep * SEGMENT_MB}MBが**09**を残しました。"},
    }


def endless(steps: int = 5000) -> dict[str, Any]:
    """One segment a step; a slot that stands still, a checkpoint every ten steps, an archive that follows."""
    frames: list[Frame] = []
    marks: list[dict[str, Any]] = []
    oldest = 1
    for i in range(steps):
        insert = 20 + i
        if i % 10 == 0:
            oldest = max(1, insert - 12)
            marks.append({"i": i, "k": "checkpoint", "t": f"checkpoint {i}"})
        bits = {s: DONE | (SLOT if s >= insert - 6 else 0) for s in range(oldest, insert)}
        bits |= {insert: CURRENT} | dict.fromkeys(range(insert + 1, insert + 4), FUTURE)
        frames.append(
            {
                "w": as_runs(bits),
                "a": [[1, insert, DONE]],
                "b": [],
                "f": [{"k": "slot", "n": "s1", "at": insert - 6, "t": ""}],
                "redo": insert - insert % 10,
                "ins": insert + 0.5,
                "hz": oldest,
                "by": "slot:s1",
                "tree": {"/pgdata/pg_wal": [{"lane": "w"}]},
                "cmd": f"write {i}",
                "term": [["$", f"psql -c 'INSERT {i}'"], ["o", "INSERT 0 1000"]],
                "ev": [
                    {"k": "WalWritten", "t": f"Writing has reached `{name(insert)}`.", "m": MANUAL, "mt": "Manual: WAL"}
                ],
            }
        )
    head = {"id": f"endless-{steps}", "lang": "en", "segMB": SEGMENT_MB, "tli": 1, "marks": marks, "verdict": None}
    return packed(head, frames)
