"""The `waldojo` command.  Imports are late: asking for help must not load a schema library."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence


def _language(given: str | None) -> str:
    wanted = given or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return "ja" if wanted.lower().startswith("ja") else "en"


def _run(args: argparse.Namespace) -> int:
    from console.run import run

    return run(args.file, args.version, args.set, as_json=args.json, language=_language(args.lang))


def _conform(args: argparse.Namespace) -> int:
    if args.misses:
        from console.misses import Wanted, misses

        wanted = Wanted(args.tool, args.case, args.behaviour, args.field, int(args.client), args.every, args.lines)
        return misses(args.paths, wanted)
    from console.conform import conform

    return conform(args.paths, as_json=args.json, write=args.write, language=_language(args.lang))


def _versions(args: argparse.Namespace) -> int:
    from console.versions import versions

    return versions(as_json=args.json, language=_language(args.lang))


def _exec(args: argparse.Namespace) -> int:
    from console.exec import Start, execute

    if args.file:
        from console.saved import replay

        return replay(args.file, as_json=args.json, language=_language(args.lang))
    start = Start(args.version, args.client, args.world, args.on)
    return execute(args.commands or ["-"], start, fresh=args.fresh, as_json=args.json, language=_language(args.lang))


def _shell(args: argparse.Namespace) -> int:
    from console.exec import Start
    from console.shell import shell

    return shell(Start(args.version, args.client, args.world, args.on), language=_language(args.lang))


def _challenge_list(args: argparse.Namespace) -> int:
    from console.challenge import listed

    return listed(as_json=args.json, language=_language(args.lang))


def _challenge_check(args: argparse.Namespace) -> int:
    from console.challenge import checked

    return checked(args.challenges, as_json=args.json, language=_language(args.lang))


def _quiz_check(args: argparse.Namespace) -> int:
    from console.quiz import checked

    return checked(args.files, as_json=args.json, language=_language(args.lang))


def _lesson_check(args: argparse.Namespace) -> int:
    from console.lesson import checked

    return checked(language=_language(args.lang))


def _quiz_stats(args: argparse.Namespace) -> int:
    from console.quiz import stats

    return stats(args.files, as_json=args.json, language=_language(args.lang))


def _quiz_export(args: argparse.Namespace) -> int:
    from console.quiz import export

    return export(args.format, args.version, args.objective, args.out, language=_language(args.lang))


def _challenge_play(args: argparse.Namespace) -> int:
    from console.challenge import play

    return play(args.challenge, args.version, language=_language(args.lang))


def _explain(args: argparse.Namespace) -> int:
    from console.explain import explain

    return explain(args.text, as_json=args.json, language=_language(args.lang))


def _lab_doctor(args: argparse.Namespace) -> int:
    from console.doctor import doctor

    return doctor(as_json=args.json, language=_language(args.lang))


def _lab_exec(args: argparse.Namespace) -> int:
    from console.lab_exec import lab_exec

    return lab_exec(args.commands, args.pg, as_json=args.json, language=_language(args.lang))


def _lab_run(args: argparse.Namespace) -> int:
    from console.lab import lab_run

    return lab_run(args.file, args.pg, as_json=args.json, language=_language(args.lang))


def _lab_record(args: argparse.Namespace) -> int:
    from console.record import record

    return record(args.file, args.pg, args.out, _language(args.lang))


def _lab_check(args: argparse.Namespace) -> int:
    from console.check import check

    return check(
        args.scenarios,
        args.pg,
        args.jobs,
        args.write,
        every=args.all,
        as_json=args.json,
        language=_language(args.lang),
    )


def _inspect(args: argparse.Namespace) -> int:
    from console.inspect import Wanted, inspect

    wanted = Wanted(
        disk=args.disk,
        rate=args.rate,
        copy_rate=args.copy_rate,
        pg=args.pg,
        watch=args.watch,
        as_json=args.json,
        show_statements=args.show_statements,
    )
    return inspect(args.source, wanted, _language(args.lang))


def _add_conform(kinds: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    conform = kinds.add_parser("conform", parents=[shared], help="replay recordings of real servers")
    conform.add_argument("paths", nargs="+", metavar="PATH", help="recordings, or folders of them")
    conform.add_argument("--write", metavar="FILE", help="write the figures by version to a JSON file")
    told = conform.add_argument_group("recordings of command line tools: what differs, for those who mend it")
    told.add_argument("--misses", action="store_true", help="print the first miss of every tool, behaviour and field")
    told.add_argument("--every", action="store_true", help="every miss")
    told.add_argument("--lines", action="store_true", help="the most frequent lines that one side only has")
    told.add_argument("--client", default="0", metavar="N", help="only clients of this major")
    for name in ("tool", "case", "behaviour", "field"):
        told.add_argument(f"--{name}", default="", metavar=name.upper(), help=f"only this {name}")
    conform.set_defaults(act=_conform)


def _add_inspect(kinds: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    inspect = kinds.add_parser(
        "inspect", parents=[shared], help="your own server: what is risky about its WAL settings"
    )
    inspect.add_argument(
        "source", nargs="?", metavar="DSN|FILE|-", help="a connection string, a file of pasted output, or - for stdin"
    )
    inspect.add_argument("--show-statements", action="store_true", help="print the statements that would run, and stop")
    inspect.add_argument(
        "--disk", metavar="SIZE", help="free space where pg_wal is, such as 100GB (a server cannot tell)"
    )
    inspect.add_argument("--rate", metavar="SIZE/s", help="how fast WAL is written, such as 2MB/s (default: as seen)")
    inspect.add_argument("--copy-rate", metavar="SIZE/s", help="how fast a backup copies (default: 100MB/s)")
    inspect.add_argument("--watch", type=float, default=0.0, metavar="SECONDS", help="measure the writing rate so long")
    inspect.add_argument("--pg", metavar="N", help="the server's major, where a pasted text does not say it")
    inspect.set_defaults(act=_inspect)


def _add_terminal(kinds: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--version", metavar="N", help="major of the server (default: 14)")
    start.add_argument("--client", metavar="M", help="major of the client tools (default: the server's)")
    start.add_argument(
        "--world", default="default", metavar="NAME", help="where to begin: default, empty, fixture, three-machines …"
    )
    start.add_argument("--on", metavar="MACHINE", help="where to sit in a world of several: db1, backup1, standby1")
    execute = kinds.add_parser("exec", parents=[shared, start], help="run command lines on a simulated host")
    execute.add_argument(
        "commands", nargs="*", metavar="COMMAND", help="a command line; - reads them from stdin, as does none at all"
    )
    execute.add_argument("--file", metavar="FILE", help="a sitting saved at the terminal page (YAML), typed again")
    execute.add_argument("--fresh", action="store_true", help="each command line on a host of its own")
    execute.set_defaults(act=_exec)
    shell = kinds.add_parser("shell", parents=[shared, start], help="sit at a simulated host")
    shell.set_defaults(act=_shell)


def _add_challenge(kinds: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    challenge = kinds.add_parser("challenge", help="tasks on a simulated host, with a goal that the model checks")
    deeds = challenge.add_subparsers(dest="challenge_command", required=True, metavar="COMMAND")
    deeds.add_parser("list", parents=[shared], help="the path, chapter by chapter").set_defaults(act=_challenge_list)
    check = deeds.add_parser("check", parents=[shared], help="run every solution and every trap on every version")
    check.add_argument("challenges", nargs="*", metavar="CHALLENGE", help="ids, numbers or files (default: all)")
    check.set_defaults(act=_challenge_check)
    play = deeds.add_parser("play", parents=[shared], help="play one at this terminal")
    play.add_argument("challenge", metavar="CHALLENGE", help="an id, a number or a file")
    play.add_argument("--version", metavar="N", help="major of the server (default: the challenge's)")
    play.set_defaults(act=_challenge_play)


def _add_quiz(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: argparse.ArgumentParser,
    language: argparse.ArgumentParser,
) -> None:
    quiz = kinds.add_parser("quiz", help="the question bank, whose answers are proved")
    deeds = quiz.add_subparsers(dest="quiz_command", required=True, metavar="COMMAND")
    check = deeds.add_parser("check", parents=[shared], help="perform the experiment of every question")
    check.add_argument("files", nargs="*", metavar="FILE", help="bank files of your own (default: the dojo's)")
    check.set_defaults(act=_quiz_check)
    stats = deeds.add_parser("stats", parents=[shared], help="what the bank holds")
    stats.add_argument("files", nargs="*", metavar="FILE", help="bank files of your own (default: the dojo's)")
    stats.set_defaults(act=_quiz_stats)
    export = deeds.add_parser("export", parents=[language], help="write the bank for another program")
    export.add_argument("--format", required=True, metavar="FORMAT", help="gift, moodle-xml, csv, json or apkg (Anki)")
    export.add_argument("--version", metavar="N", help="major that is studied (default: 14)")
    export.add_argument("--objective", default="", metavar="ID", help="only one objective, such as S2.4")
    export.add_argument("-o", "--out", metavar="FILE", help="where to (default: standard output)")
    export.set_defaults(act=_quiz_export)
    lesson = kinds.add_parser("lesson", help="the lessons, whose pictures prove what they claim")
    lesson_deeds = lesson.add_subparsers(dest="lesson_command", required=True, metavar="COMMAND")
    lesson_check = lesson_deeds.add_parser("check", parents=[language], help="play every lesson on every major")
    lesson_check.set_defaults(act=_lesson_check)


def _add_lab(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: argparse.ArgumentParser,
    language: argparse.ArgumentParser,
) -> None:
    lab = kinds.add_parser("lab", help="the same on a real server")
    labs = lab.add_subparsers(dest="lab_command", required=True, metavar="COMMAND")
    lab_doctor = labs.add_parser("doctor", parents=[shared], help="which servers are here, and what each can do")
    lab_doctor.set_defaults(act=_lab_doctor)
    lab_run = labs.add_parser("run", parents=[shared], help="perform a scenario on a throw-away server and compare")
    lab_run.add_argument("file", help="a scenario file, or the id of one that comes with the dojo")
    lab_run.add_argument("--pg", help="major of PostgreSQL (default: the newest that is found)")
    lab_run.set_defaults(act=_lab_run)

    lab_exec = labs.add_parser("exec", parents=[shared], help="command lines on the host and on a real server")
    lab_exec.add_argument("commands", nargs="+", metavar="CMD", help="command lines, one after the other")
    lab_exec.add_argument("--pg", metavar="N", help="major of PostgreSQL (default: the newest that is found)")
    lab_exec.set_defaults(act=_lab_exec)

    lab_record = labs.add_parser("record", parents=[language], help="perform a scenario and write down what was seen")
    lab_record.add_argument("file", help="a scenario file, or the id of one that comes with the dojo")
    lab_record.add_argument("--pg", help="major of PostgreSQL (default: the newest that is found)")
    lab_record.add_argument("-o", "--out", metavar="FILE", help="where to (.json, .json.gz; default: standard output)")
    lab_record.set_defaults(act=_lab_record)

    lab_check = labs.add_parser(
        "check", parents=[shared], help="every scenario on every version: does the model agree?"
    )
    lab_check.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="only these (default: all that come along)")
    lab_check.add_argument("--all", action="store_true", help="every PostgreSQL found, not only the wheel's")
    lab_check.add_argument("--pg", action="append", default=[], metavar="N", help="only this major; may be repeated")
    lab_check.add_argument("--jobs", default="2", metavar="N", help="so many runs at once (default: 2)")
    lab_check.add_argument("--write", metavar="FILE", help="write the report as JSON")
    lab_check.set_defaults(act=_lab_check)


def _parser() -> argparse.ArgumentParser:
    language = argparse.ArgumentParser(add_help=False)
    language.add_argument("--lang", choices=("ja", "en"), help="language of the explanations (default: the locale's)")
    shared = argparse.ArgumentParser(add_help=False, parents=[language])
    shared.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser = argparse.ArgumentParser(prog="waldojo", description="Learn PostgreSQL backup by doing it.")
    kinds = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = kinds.add_parser("run", parents=[shared], help="play a scenario in the model")
    run.add_argument("file", help="a scenario file (YAML), or the id of one that comes with the dojo")
    run.add_argument("--version", help="major of PostgreSQL (default: the scenario's)")
    run.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting")
    run.set_defaults(act=_run)

    _add_conform(kinds, shared)

    versions = kinds.add_parser("versions", parents=[shared], help="what changed between the majors")
    versions.set_defaults(act=_versions)

    explain = kinds.add_parser("explain", parents=[shared], help="what an error message or a log means")
    explain.add_argument("text", metavar="TEXT|FILE|-", help="a message, a file (a whole log), or - for stdin")
    explain.set_defaults(act=_explain)

    _add_inspect(kinds, shared)
    _add_terminal(kinds, shared)
    _add_challenge(kinds, shared)
    _add_quiz(kinds, shared, language)
    _add_lab(kinds, shared, language)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code (0 good, 1 not reached or not predicted, 2 malformed)."""
    args = _parser().parse_args(arguments)
    act: Callable[[argparse.Namespace], int] = args.act
    try:
        return act(args)
    except BrokenPipeError:
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
