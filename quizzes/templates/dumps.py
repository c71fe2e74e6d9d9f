"""Logical backups: what a dump holds, what comes back of it, and what the tools say."""

from __future__ import annotations

from quizzes.drawing import Draw
from quizzes.question import Experiment
from quizzes.templates.base import Belief, Drawn, Statement, Template, lines, world
from quizzes.templates.words import words

ROWS = (3, 7, 12, 20, 25, 40, 60, 90)
PATTERNS = (
    ("-t orders", "t_name"),
    ("-t 'order*'", "t_star"),
    ("-t '*.order*'", "t_schema"),
    ("-t sales.orders", "t_one"),
    ("-n sales", "n_schema"),
    ("-N sales", "without_schema"),
    ("-T '*orders'", "without_tables"),
    ("-T 'sales.*'", "without_all_of_schema"),
    ("-n sales -T '*.orders'", "schema_without_table"),
    ("-n public", "n_schema"),
    ("-t 'old*' -t 'sales.order*'", "t_twice"),
)
TABLES = ("public.orders", "public.customers", "public.old_orders", "sales.orders", "sales.order_lines", "audit.log")


def _tables_in_a_dump(draw: Draw, _major: int) -> Drawn:
    """Patterns of -t, -T, -n and -N."""
    option, key = draw.one(PATTERNS)
    extra = draw.one(("public.order_notes", "sales.customers", "public.log"))
    made = "; ".join(f"CREATE TABLE {one} (n int)" for one in (*TABLES[2:5], extra))
    prepare = (f'psql -qd shop -c "CREATE SCHEMA sales; {made}"',)
    shown = ("psql -d shop -Atc '\\dt *.*' | grep -e public -e sales -e audit | cut -d'|' -f1,2",)
    dump = f"pg_dump -Fc {option} -f /backup/some.dump shop"
    experiment = Experiment(world("/backup", prepare=prepare), shown=lines(*shown), run=lines(dump))
    told = words("tables-in-a-dump", key)
    statements = tuple(
        Statement(
            one,
            f"pg_restore -l /backup/some.dump | grep -c ' TABLE {one.replace('.', ' ')} '",
            "1",
            "is_in",
            "is_not_in",
        )
        for one in (*TABLES, extra)
    )
    return Drawn(experiment, statements=statements, words={"line": dump, "told": told})


def _without_table_data(draw: Draw, _major: int) -> Drawn:
    """--exclude-table-data leaves definitions, -T leaves nothing."""
    names = ("orders_2023", "orders_2024", "items_2024")
    sizes = draw.some(ROWS, 3)
    option, key = draw.one(
        (
            ("--exclude-table-data='orders_*'", "data_of_orders"),
            ("--exclude-table-data='*_2024'", "data_of_2024"),
            ("--exclude-table-data=items_2024", "data_of_items"),
            ("-T '*_2024'", "tables_of_2024"),
            ("-T 'orders_*'", "tables_of_orders"),
            ("-s", "schema_only"),
        )
    )
    shown = [
        f'psql -qd shop -c "CREATE TABLE {name} AS SELECT generate_series(1, {size}) AS n"'
        for name, size in zip(names, sizes, strict=True)
    ]
    shown.append(f"pg_dump -Fc {option} -f /backup/shop.dump shop")
    experiment = Experiment(
        world("/backup"), shown=lines(*shown), run=lines("createdb again", "pg_restore -d again /backup/shop.dump")
    )
    count = "psql -d again -Atc 'SELECT count(*) FROM {}' 2> /dev/null || echo -"
    line = "echo $(" + "; ".join(count.format(name) for name in names) + ")"

    def left(*shown: object) -> str:
        return " ".join(str(one) for one in shown)

    first, second, third = sizes
    beliefs = tuple(
        Belief(value, "other")
        for value in (
            left(first, second, third),
            left(0, 0, third),
            left(first, 0, 0),
            left("-", "-", third),
            left(first, "-", "-"),
            left(0, 0, 0),
            left(first, second, 0),
            left(first, second, "-"),
        )
    )
    told = words("without-table-data", key)
    return Drawn(experiment, line, beliefs, {"option": option, "told": told})


ROLES = ("joe", "reporting", "batch", "auditor", "importer")
DATABASES = ("crm", "stock", "billing", "wiki")
SPACES = ("fast", "archive2019", "nvme", "slow")


def _globals_only(draw: Draw, _major: int) -> Drawn:
    """pg_dumpall -g: what belongs to the whole cluster."""
    role, group = draw.some(ROLES, 2)
    database, space = draw.one(DATABASES), draw.one(SPACES)
    memory = draw.one((5, 9, 11, 13))
    shown = (
        f"createuser {role}; createuser {group}; createdb {database}",
        f"psql -qc \"ALTER ROLE {role} PASSWORD 'x{memory}'\" -c 'GRANT {group} TO {role}'",
        f"psql -qc \"CREATE TABLESPACE {space} LOCATION '/disk2'\"",
        f"psql -qc \"ALTER ROLE {role} SET work_mem = '{memory}MB'\"",
        f"psql -qc \"ALTER DATABASE {database} SET work_mem = '{memory + 1}MB'\"",
        f"psql -qd {database} -c 'CREATE SCHEMA desk' -c 'CREATE TABLE desk.notes (n int)'",
        f"psql -qd {database} -c 'GRANT SELECT ON desk.notes TO {group}'",
    )
    found = {
        "a_role": f"CREATE ROLE {role};",
        "a_password": f"ROLE {role} .*PASSWORD",
        "a_membership": f"GRANT .*{group}.* TO .*{role}",
        "a_tablespace": f"CREATE TABLESPACE {space}",
        "a_role_setting": f"ALTER ROLE {role} SET work_mem",
        "a_database": f"CREATE DATABASE {database}",
        "a_database_setting": f"ALTER DATABASE {database} SET",
        "a_schema": "CREATE SCHEMA desk",
        "a_table": "CREATE TABLE desk",
        "a_privilege": "GRANT SELECT",
    }
    statements = tuple(
        Statement(key, f"pg_dumpall -g | grep -q '{pattern}' && echo there", "there", "of_cluster", "of_database")
        for key, pattern in found.items()
    )
    names = {"role": role, "group": group, "database": database, "space": space, "memory": memory, "more": memory + 1}
    experiment = Experiment(world("/disk2"), shown=lines(*shown))
    return Drawn(experiment, statements=statements, words=names, texts={key: key for key in found})


SCRIPT_OPTIONS = (
    ("", "goes_on"),
    ("-v ON_ERROR_STOP=1", "stops"),
    ("-1", "rolls_back"),
    ("-1 -v ON_ERROR_STOP=1", "rolls_back"),
)


def _rows_of_a_script(draw: Draw, _major: int) -> Drawn:
    """A script with an error in the middle, and how psql is told to go about it."""
    option, key = draw.one(SCRIPT_OPTIONS)
    before, after = draw.some(ROWS, 2)
    there = draw.between(1, 6)
    insert = "INSERT INTO t SELECT generate_series(1, {});"
    script = "\\n".join((insert.format(before), "INSERT INTO t VALUES (1 / 0);", insert.format(after)))
    shown = (
        f'psql -qd shop -c "CREATE TABLE t (n int)" -c "INSERT INTO t SELECT generate_series(1, {there})"',
        f"printf '{script}\\n' > ~/load.sql; cat ~/load.sql",
    )
    line = f"psql -q {option} -d shop -f ~/load.sql".replace("  ", " ")
    experiment = Experiment(world(), shown=lines(*shown), run=lines(line))
    beliefs = (
        Belief(str(there + before + after), "because_all"),
        Belief(str(there + before), "because_up_to_error"),
        Belief(str(there), "because_none"),
        Belief(str(there + before + after + 1), "because_even_error"),
        Belief("0", "because_empty"),
    )
    told = words("rows-of-a-script", key)
    return Drawn(experiment, "psql -d shop -Atc 'SELECT count(*) FROM t'", beliefs, {"line": line, "told": told})


def _sequence_after_restore(draw: Draw, _major: int) -> Drawn:
    """The value of a sequence goes into the dump with the data."""
    before, later = draw.between(2, 9), draw.between(2, 9)
    start, step = draw.one((1, 100, 500, 2000)), draw.one((1, 5, 10))
    call = "for i in {}; do psql -qAtd shop -c \"SELECT nextval('receipt')\" > /dev/null; done"
    numbers = " ".join(str(one + 1) for one in range(before))
    more = " ".join(str(one + 1) for one in range(later))
    shown = (
        f'psql -qd shop -c "CREATE SEQUENCE receipt START {start} INCREMENT {step}"',
        call.format(numbers),
        "pg_dump -Fc -f /backup/shop.dump shop",
        call.format(more),
    )
    run = ("createdb again", "pg_restore -d again /backup/shop.dump")
    experiment = Experiment(world("/backup"), shown=lines(*shown), run=lines(*run))
    last = start + (before - 1) * step
    beliefs = (
        Belief(str(start), "begins_again"),
        Belief(str(last), "last_again"),
        Belief(str(last + (later + 1) * step), "where_shop_is"),
        Belief(str(last + 32 * step), "skips_32"),
        Belief(str(start + step), "second"),
    )
    line = "psql -d again -Atc \"SELECT nextval('receipt')\""
    return Drawn(experiment, line, beliefs, {"last": last, "step": step, "start": start})


AGAIN = (
    ("", "goes_on"),
    ("-a", "data_only"),
    ("-c", "drops_first"),
    ("-e", "stops_at_once"),
    ("-1", "one_transaction"),
    ("-s", "no_data"),
)


def _restored_again(draw: Draw, _major: int) -> Drawn:
    """A dump goes a second time into a database where it is already, with one option or another."""
    option, key = draw.one(AGAIN)
    rows, more = draw.some(ROWS, 2)
    insert = 'psql -qd {} -c "INSERT INTO t SELECT generate_series(1, {})"'
    shown = (
        'psql -qc "CREATE DATABASE small" ; psql -qd small -c "CREATE TABLE t (n int)"',
        insert.format("small", rows),
        "pg_dump -Fc -f /backup/small.dump small",
        "createdb again; pg_restore -d again /backup/small.dump",
        insert.format("again", more),
    )
    line = f"pg_restore {option} -d again /backup/small.dump".replace("  ", " ")
    experiment = Experiment(world("/backup"), shown=lines(*shown), run=lines(f"{line} 2> /dev/null"))
    beliefs = (
        Belief(str(rows), "as_dumped"),
        Belief(str(rows + more), "unchanged"),
        Belief(str(2 * rows + more), "added"),
        Belief(str(2 * rows), "doubled"),
        Belief(str(more), "only_later"),
        Belief("0", "empty"),
    )
    told = words("restored-again", key)
    return Drawn(experiment, "psql -d again -Atc 'SELECT count(*) FROM t'", beliefs, {"line": line, "told": told})


FORMS = {"p": "plain", "c": "custom", "t": "tar", "d": "directory"}


def _dumps_that_work(draw: Draw, _major: int) -> Drawn:
    """Formats with parallel jobs, and what pg_restore reads."""
    jobs = draw.between(2, 6)
    name = draw.one(("shop", "monday", "full", "nightly"))
    made = "; ".join(f"pg_dump -F{form} -f /backup/{name}.{form} shop" for form in FORMS)
    commands = (
        (f"pg_dump -Fp -j {jobs} -f ~/new shop", "parallel"),
        (f"pg_dump -Fc -j {jobs} -f ~/new shop", "parallel"),
        (f"pg_dump -Fd -j {jobs} -f ~/new shop", "parallel"),
        (f"pg_dump -Ft -j {jobs} -f ~/new shop", "parallel"),
        ("pg_dump -Fd shop", "to_stdout"),
        ("pg_dump -Fc shop > ~/new", "to_stdout"),
        ("pg_dump -Ft -Z 5 -f ~/new shop", "compressed_tar"),
        (f"pg_restore -j {jobs} -d again /backup/{name}.c", "parallel_restore"),
        (f"pg_restore -j {jobs} -d again /backup/{name}.d", "parallel_restore"),
        (f"pg_restore -j {jobs} -d again /backup/{name}.t", "parallel_restore"),
        (f"pg_restore -d again /backup/{name}.p", "plain"),
        (f"pg_restore -d again /backup/{name}.t", "reads_archives"),
        (f"psql -v ON_ERROR_STOP=1 -d again -f /backup/{name}.p", "plain"),
        (f"psql -v ON_ERROR_STOP=1 -d again -f /backup/{name}.c", "reads_archives"),
        (f"pg_restore -f ~/new /backup/{name}.c", "reads_archives"),
        (f"pg_restore /backup/{name}.c", "needs_a_target"),
    )
    statements = tuple(
        Statement(line, f"{line} > /dev/null 2>&1; echo $?", "0", key, key) for line, key in draw.some(commands, 11)
    )
    experiment = Experiment(world("/backup"), shown=lines(made, "createdb again", "ls /backup"))
    return Drawn(experiment, statements=statements, words={"jobs": jobs})


TEMPLATES = (
    Template(
        "tables-in-a-dump",
        kind="choose",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pg_dump",
        facts=("patterns-of-pg_dump", "a-name-without-schema-is-looked-up"),
        draw=_tables_in_a_dump,
        situational=True,
    ),
    Template(
        "without-table-data",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pg_dump",
        facts=("exclude-table-data-keeps-the-definition",),
        draw=_without_table_data,
        situational=True,
    ),
    Template(
        "globals-only",
        kind="choose",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pg_dumpall",
        facts=("globals-are-roles-and-tablespaces",),
        draw=_globals_only,
        situational=True,
    ),
    Template(
        "rows-of-a-script",
        kind="predict",
        objective="S2.2",
        level="silver",
        difficulty=2,
        manual="psql",
        facts=("psql-goes-on-after-an-error", "single-transaction-is-all-or-nothing"),
        draw=_rows_of_a_script,
        situational=True,
    ),
    Template(
        "sequence-after-restore",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=2,
        manual="pg_dump",
        facts=("a-dump-carries-sequence-values",),
        draw=_sequence_after_restore,
        situational=True,
    ),
    Template(
        "restored-again",
        kind="predict",
        objective="S2.4",
        level="silver",
        difficulty=3,
        manual="pg_restore",
        facts=("pg_restore-goes-on-after-an-error", "options-of-a-second-restore"),
        draw=_restored_again,
        situational=True,
    ),
    Template(
        "dumps-that-work",
        kind="choose",
        objective="G1.2",
        level="gold",
        difficulty=2,
        manual="pg_dump",
        facts=("parallel-dumps-are-directories", "which-tool-reads-which-format"),
        draw=_dumps_that_work,
        situational=True,
    ),
)
