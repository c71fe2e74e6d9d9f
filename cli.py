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
    from console.conform import conform

    return conform(args.paths, as_json=args.json, write=args.write, language=_language(args.lang))


def _versions(args: argparse.Namespace) -> int:
    from console.versions import versions

    return versions(as_json=args.json, language=_language(args.lang))


def _lab_run(args: argparse.Namespace) -> int:
    from console.lab import lab_run

    return lab_run(args.file, args.pg, as_json=args.json, language=_language(args.lang))


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print JSON instead of text")
    shared.add_argument("--lang", choices=("ja", "en"), help="language of the explanations (default: the locale's)")
    parser = argparse.ArgumentParser(prog="waldojo", description="Learn PostgreSQL backup by doing it.")
    kinds = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = kinds.add_parser("run", parents=[shared], help="play a scenario in the model")
    run.add_argument("file", help="a scenario file (YAML), or the id of one that comes with the dojo")
    run.add_argument("--version", help="major of PostgreSQL (default: the scenario's)")
    run.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting")
    run.set_defaults(act=_run)

    conform = kinds.add_parser("conform", parents=[shared], help="replay recordings of real servers")
    conform.add_argument("paths", nargs="+", metavar="PATH", help="recordings, or folders of them")
    conform.add_argument("--write", metavar="FILE", help="write the figures by version to a JSON file")
    conform.set_defaults(act=_conform)

    versions = kinds.add_parser("versions", parents=[shared], help="what changed between the majors")
    versions.set_defaults(act=_versions)

    lab = kinds.add_parser("lab", help="the same on a real server")
    labs = lab.add_subparsers(dest="lab_command", required=True, metavar="COMMAND")
    lab_run = labs.add_parser("run", parents=[shared], help="perform a scenario on a throw-away server and compare")
    lab_run.add_argument("file", help="a scenario file, or the id of one that comes with the dojo")
    lab_run.add_argument("--pg", help="major of PostgreSQL (default: the newest that is found)")
    lab_run.set_defaults(act=_lab_run)
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
