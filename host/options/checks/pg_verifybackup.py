"""pg_verifybackup: its checks before it reads the manifest."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from host.options.messages import fail, fatal, stop_at_fault
from host.options.values import Parsed, Refusal, refusing

FORMATS = {"p": "plain", "plain": "plain", "t": "tar", "tar": "tar"}


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """What pg_verifybackup is to do; paths are tidied as canonicalize_path() does."""

    directory: str = ""
    manifest: str = ""
    wal_directory: str = ""
    format: str = ""
    """plain, tar, or '' when the directory tells."""
    ignore: tuple[str, ...] = ()
    exit_on_error: bool = False
    parse_wal: bool = True
    progress: bool = False
    quiet: bool = False
    checksums: bool = True


@refusing
def settings(parsed: Parsed) -> VerifySettings | Refusal:
    """The loop over the options, then the checks of main()."""
    form = ""
    for name, value in parsed.given:
        if name == "format":
            if value not in FORMATS:
                fail(parsed, f'invalid backup format "{value}", must be "plain" or "tar"')
            form = FORMATS[value]
    stop_at_fault(parsed)
    if not parsed.operands:
        fatal(parsed, "no backup directory specified", usage=True)
    if len(parsed.operands) > 1:
        fatal(parsed, f'too many command-line arguments (first is "{parsed.operands[1]}")', usage=True)
    if parsed.has("progress") and parsed.has("quiet"):
        fail(parsed, "cannot specify both -P/--progress and -q/--quiet")
    directory = canonical(parsed.operands[0])
    return VerifySettings(
        directory=directory,
        manifest=canonical(parsed.last("manifest-path")) or f"{directory}/backup_manifest",
        wal_directory=canonical(parsed.last("wal-directory")) or f"{directory}/pg_wal",
        format=form,
        ignore=tuple(map(canonical, parsed.all("ignore"))),
        exit_on_error=parsed.has("exit-on-error"),
        parse_wal=not parsed.has("no-parse-wal"),
        progress=parsed.has("progress"),
        quiet=parsed.has("quiet"),
        checksums=not parsed.has("skip-checksums"),
    )


def canonical(path: str) -> str:
    """canonicalize_path(): no doubled or trailing slashes, no '.' in it."""
    if not path:
        return path
    tidy = posixpath.normpath(path)
    return tidy[1:] if tidy.startswith("//") else tidy
