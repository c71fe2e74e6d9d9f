"""What pg_dumpall writes itself: roles, tablespaces, and the frame around the dumps of the databases."""

from __future__ import annotations

from dataclasses import dataclass

from host.catalog import acl
from host.catalog.model import Catalog, Database, Membership, Role, Tablespace
from host.catalog.names import quoted
from host.dump import patterns, privileges
from host.dump.databases import setting
from host.dump.facts import ToolFacts
from host.dump.options import DumpAllOptions
from host.dump.relations import sql_string
from host.restore.comments import stamp
from simulator.versions import since

_PARAMETER_PRIVILEGES = {12: False, 15: True}
_GRANT_OPTIONS = {12: False, 16: True}
_ATTRIBUTES = (
    ("SUPERUSER", "superuser"),
    ("INHERIT", "inherit"),
    ("CREATEROLE", "create_role"),
    ("CREATEDB", "create_db"),
    ("LOGIN", "login"),
    ("REPLICATION", "replication"),
    ("BYPASSRLS", "bypass_rls"),
)


def _title(text: str) -> str:
    return f"--\n-- {text}\n--\n\n"


@dataclass(frozen=True)
class Cluster:
    """The texts for one server and one set of options."""

    catalog: Catalog
    options: DumpAllOptions
    tool: ToolFacts
    key: str
    """Of \\restrict; ''."""
    clock: float = 0.0

    def q(self, name: str) -> str:
        """An identifier."""
        return quoted(name, self.options.dump.output.quote_all)

    def head(self) -> str:
        """Up to the settings: what stands there before the first query."""
        text = _title("PostgreSQL database cluster dump")
        if self.options.dump.output.verbose:
            text += f"-- Started on {stamp(self.clock)}\n\n"
        if self.key:
            text += f"\\restrict {self.key}\n\n"
        text += "SET default_transaction_read_only = off;\n\n"
        encoding = self.options.dump.encoding or "UTF8"
        text += f"SET client_encoding = '{encoding}';\nSET standard_conforming_strings = on;\n"
        return text + "\n"

    def globals(self) -> str:
        """Drops, roles, tablespaces; '' when only data or statistics are wanted."""
        options = self.options
        text = self._drops() if options.dump.output.clean else ""
        if options.globals and not options.tablespaces_only:
            text += self._roles()
        if options.globals and not options.roles_only and not options.dump.output.no_tablespaces:
            text += self._tablespaces()
        return text + (f"\\unrestrict {self.key}\n\n" if self.key else "")

    def foot(self) -> str:
        """The end of the file."""
        done = f"-- Completed on {stamp(self.clock)}\n\n" if self.options.dump.output.verbose else ""
        return done + _title("PostgreSQL database cluster dump complete")

    def databases(self) -> tuple[Database, ...]:
        """Those that are dumped, template1 first."""
        excluded = [self._excluded(text) for text in self.options.exclude_databases]
        wanted = [
            one
            for one in self.catalog.databases.values()
            if one.allow_connections and not any(patterns.matches(p.name, one.name) for p in excluded)
        ]
        return tuple(sorted(wanted, key=lambda one: (one.name != "template1", one.name)))

    def _excluded(self, text: str) -> patterns.Pattern:
        pattern = patterns.read(text, "database")
        if pattern.database is not None:
            raise patterns.PatternError(f"improper qualified name (too many dotted names): {text}")
        return pattern

    def roles(self) -> list[Role]:
        """Every role that initdb did not predefine, by name."""
        return sorted((r for r in self.catalog.roles.values() if not r.predefined), key=lambda r: r.name)

    def tablespaces(self) -> list[Tablespace]:
        """Every tablespace of the users, by name."""
        spaces = self.catalog.tablespaces.values()
        return sorted((one for one in spaces if not one.name.startswith("pg_")), key=lambda one: one.name)

    def _drops(self) -> str:
        options = self.options
        if_exists = "IF EXISTS " if options.dump.output.if_exists else ""

        def drop(title: str, kind: str, names: list[str]) -> str:
            lines = "".join(f"DROP {kind} {if_exists}{self.q(name)};\n" for name in names)
            return (_title(title) if names else "") + lines + "\n\n"

        text = ""
        if not (options.globals_only or options.roles_only or options.tablespaces_only):
            keep = ("postgres", "template0", "template1")
            names = [one.name for one in self.databases() if one.name not in keep]
            text += drop("Drop databases (except postgres and template1)", "DATABASE", names)
        if not options.roles_only and not options.dump.output.no_tablespaces:
            text += drop("Drop tablespaces", "TABLESPACE", [one.name for one in self.tablespaces()])
        if not options.tablespaces_only:
            text += drop("Drop roles", "ROLE", [one.name for one in self.roles()])
        return text

    def _roles(self) -> str:
        roles, options = self.roles(), self.options
        text = _title("Roles") + "".join(map(self._role, roles)) + "\n" if roles else ""
        text += "--\n-- User Configurations\n--\n" + "".join(map(self._configuration, roles)) + "\n\n"
        memberships = [self._membership(one) for one in self._memberships()]
        text += (_title("Role memberships") if memberships else "") + "".join(memberships) + "\n\n"
        privileged = since(self.catalog.major, _PARAMETER_PRIVILEGES) and not options.dump.output.no_privileges
        return text + ("\n\n" if privileged else "")

    def _role(self, role: Role) -> str:
        name = self.q(role.name)
        words = " ".join(word if getattr(role, attribute) else f"NO{word}" for word, attribute in _ATTRIBUTES)
        if role.connection_limit != -1:
            words += f" CONNECTION LIMIT {role.connection_limit}"
        if role.password is not None and not self.options.no_role_passwords:
            words += f" PASSWORD {sql_string(role.password)}"
        if role.valid_until is not None:
            words += f" VALID UNTIL {sql_string(role.valid_until)}"
        text = f"CREATE ROLE {name};\nALTER ROLE {name} WITH {words};\n"
        if role.comment and not self.options.dump.output.no_comments:
            text += f"COMMENT ON ROLE {name} IS {sql_string(role.comment)};\n"
        return text

    def _configuration(self, role: Role) -> str:
        if not role.settings:
            return ""
        name = self.q(role.name)
        lines = "".join(setting(f"ALTER ROLE {name}", key, value) for key, value in role.settings)
        return f'\n--\n-- User Config "{role.name}"\n--\n\n{lines}'

    def _memberships(self) -> list[Membership]:
        both = [one for one in self.catalog.memberships if not (_pg(one.role) and _pg(one.member))]
        return sorted(both, key=lambda one: (one.role, one.member, one.grantor))

    def _membership(self, one: Membership) -> str:
        options = ["ADMIN OPTION"] if one.admin else []
        if since(self.catalog.major, _GRANT_OPTIONS):
            options.append(f"INHERIT {'TRUE' if one.inherit else 'FALSE'}")
            options += [] if one.set else ["SET FALSE"]
        with_options = f" WITH {', '.join(options)}" if options else ""
        return f"GRANT {self.q(one.role)} TO {self.q(one.member)}{with_options} GRANTED BY {self.q(one.grantor)};\n"

    def _tablespaces(self) -> str:
        spaces = self.tablespaces()
        return _title("Tablespaces") + "".join(map(self._tablespace, spaces)) + "\n\n" if spaces else "\n\n"

    def _tablespace(self, space: Tablespace) -> str:
        name, output = self.q(space.name), self.options.dump.output
        text = f"CREATE TABLESPACE {name} OWNER {self.q(space.owner)} LOCATION {sql_string(space.location)};\n"
        if space.options:
            text += f"ALTER TABLESPACE {name} SET ({', '.join(space.options)});\n"
        if not output.no_privileges:
            base = acl.default("TABLESPACE", space.owner)
            text += privileges.commands("TABLESPACE", name, space.acl, base, space.owner, always=output.quote_all)
        if space.comment and not output.no_comments:
            text += f"COMMENT ON TABLESPACE {name} IS {sql_string(space.comment)};\n"
        return text


def _pg(name: str) -> bool:
    return name.startswith("pg_")
