"""Queries of pg_dumpall, for its -v and for its complaints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from host.dump.cluster import Cluster
from simulator.versions import since

ROLES = (
    "SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, {password}, "
    "rolvaliduntil, rolreplication, rolbypassrls, pg_catalog.shobj_description(oid, '{catalog}') as rolcomment, "
    "rolname = current_user AS is_current_user FROM {catalog} WHERE rolname !~ '^pg_' ORDER BY 2"
)
DROPPED_ROLES = "SELECT rolname FROM {catalog} WHERE rolname !~ '^pg_' ORDER BY 1"
_LABELS = (
    "SELECT provider, label FROM pg_catalog.pg_shseclabel WHERE classoid = "
    "'pg_catalog.{catalog}'::pg_catalog.regclass AND objoid = '{oid}'"
)
_SETTINGS = (
    "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole = "
    "(SELECT oid FROM {catalog} WHERE rolname = '{role}')"
)
_MEMBERS = {
    12: "ur.rolname AS role, um.rolname AS member, a.admin_option, ug.rolname AS grantor, a.roleid AS roleid, "
    "a.member AS memberid",
    16: "ur.rolname AS role, um.rolname AS member, ug.rolname AS grantor, a.roleid AS roleid, a.member AS memberid, "
    "a.grantor AS grantorid, a.admin_option, a.inherit_option, a.set_option",
}
_MEMBERSHIPS = (
    "SELECT {members} FROM pg_auth_members a LEFT JOIN {catalog} ur on ur.oid = a.roleid LEFT JOIN {catalog} um on "
    "um.oid = a.member LEFT JOIN {catalog} ug on ug.oid = a.grantor WHERE NOT (ur.rolname ~ '^pg_' AND um.rolname "
    "~ '^pg_')ORDER BY 1,2,3"
)
_PARAMETER_QUERY = (
    "SELECT parname, pg_catalog.pg_get_userbyid(10) AS parowner, paracl, pg_catalog.acldefault('p', 10) AS acldefault "
    "FROM pg_catalog.pg_parameter_acl ORDER BY 1"
)
_PARAMETERS: Mapping[int, tuple[str, ...]] = {12: (), 15: (_PARAMETER_QUERY,)}
_TABLESPACES = (
    "SELECT oid, spcname, pg_catalog.pg_get_userbyid(spcowner) AS spcowner, pg_catalog.pg_tablespace_location(oid), "
    "spcacl, acldefault('t', spcowner) AS acldefault, array_to_string(spcoptions, ', '),"
    "pg_catalog.shobj_description(oid, 'pg_tablespace') FROM pg_catalog.pg_tablespace "
    "WHERE spcname !~ '^pg_' ORDER BY 1"
)
DATABASES = (
    "SELECT datname FROM pg_database d WHERE datallowconn AND datconnlimit != -2 "
    "ORDER BY (datname <> 'template1'), datname"
)


def catalog_of_roles(no_passwords: bool) -> str:
    """Passwords stand in pg_authid only, which ordinary roles may not read."""
    return "pg_roles" if no_passwords else "pg_authid"


def roles(no_passwords: bool) -> str:
    """The query for the roles."""
    password = "'********' as rolpassword" if no_passwords else "rolpassword"
    return ROLES.format(catalog=catalog_of_roles(no_passwords), password=password)


def globals_queries(cluster: Cluster) -> Iterator[str]:
    """Every query for roles and tablespaces, in order."""
    options = cluster.options
    catalog = catalog_of_roles(options.no_role_passwords)
    if not options.globals:
        return
    if not options.tablespaces_only:
        yield roles(options.no_role_passwords)
        yield from (_LABELS.format(catalog="pg_authid", oid=role.oid) for role in cluster.roles())
        yield from (_SETTINGS.format(catalog=catalog, role=role.name) for role in cluster.roles())
        yield _MEMBERSHIPS.format(members=since(cluster.catalog.major, _MEMBERS), catalog=catalog)
        yield from since(cluster.catalog.major, _PARAMETERS)
    if not options.roles_only and not options.dump.output.no_tablespaces:
        yield _TABLESPACES
        yield from (_LABELS.format(catalog="pg_tablespace", oid=space.oid) for space in cluster.tablespaces())
