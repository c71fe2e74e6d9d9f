"""pg_checksums on the host."""

from __future__ import annotations

from dataclasses import replace

from host import options, tree
from host.call import Call, Done
from host.machine import Host
from host.options import Refusal
from host.options.checks import pg_checksums
from host.options.checks.pg_checksums import ChecksumsSettings
from host.server.files import ControlFile
from host.tools.pg_controldata import same_structure
from host.tree import File

NAME = "pg_checksums"
_BLOCK = 8192


def main(call: Call) -> Done:
    """Check, enable or disable the checksums of a cluster that is shut down."""
    host = call.host
    given = options.read(call, host.client)
    wanted = given if isinstance(given, Refusal) else pg_checksums.settings(given)
    if isinstance(wanted, Refusal):
        return wanted.done(host)
    path = f"{wanted.directory}/global/pg_control"
    node = tree.find(host.root, host.path(path))
    if not isinstance(node, File) or not isinstance(node.content, ControlFile):
        return _failed(host, f'could not open file "{path}" for reading: {tree.NO_ENTRY}')
    control = node.content
    if not same_structure(control.major, host.client.major):
        return _failed(host, "pg_control CRC value is incorrect")
    if control.state not in ("shut down", "shut down in recovery"):
        return _failed(host, "cluster must be shut down")
    if not control.checksums and wanted.mode in ("check", "disable"):
        said = "not enabled" if wanted.mode == "check" else "already disabled"
        return _failed(host, f"data checksums are {said} in cluster")
    if control.checksums and wanted.mode == "enable":
        return _failed(host, "data checksums are already enabled in cluster")
    return _worked(host, wanted, path, control)


def _failed(host: Host, message: str) -> Done:
    return Done(host, 1, "", f"{NAME}: error: {message}\n")


def _worked(host: Host, wanted: ChecksumsSettings, path: str, control: ControlFile) -> Done:
    top = tree.find(host.root, host.path(wanted.directory))
    assert top is not None, "its pg_control has been read"
    files = [node for name, node in tree.walk(top) if isinstance(node, File) and name.startswith(("/base", "/global"))]
    blocks = sum(-(-node.size // _BLOCK) for node in files)
    checked = f"Checksum operation completed\nFiles scanned:   {len(files)}\nBlocks scanned:  {blocks}\n"
    if wanted.mode == "check":
        return Done(host, 0, f"{checked}Bad checksums:  0\nData checksum version: 1\n")
    enabled = wanted.mode == "enable"
    host = host.write(path, replace(control, checksums=enabled))
    verb = "enabled" if enabled else "disabled"
    body = checked + f"Files written:  {len(files)}\nBlocks written: {blocks}\n" if enabled else ""
    lines = f"{NAME}: syncing data directory\n" if wanted.sync else ""
    lines += f"{NAME}: updating control file\n"
    return Done(host, 0, f"{body}Checksums {verb} in cluster\n", lines)
