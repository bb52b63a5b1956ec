"""The warehouse's database and how to reach it, as whichever role."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, get_args
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from evergreen.errors import EvergreenError
from evergreen.settings import password, settings
from evergreen.warehouse import cluster, server

Role = Literal["admin", "loader", "transformer", "reader", "steward"]
ROLES: tuple[Role, ...] = get_args(Role)
LEAST_VERSION = 16
# What is worth waiting for, and for how many seconds. A server that recovers from a crash refuses connections
# until it is done; a session that crashes takes those along that are just being opened.
PATIENCE = {
    re.compile("the database system is (starting up|in recovery mode|not yet accepting connections)"): 600,
    re.compile("server closed the connection unexpectedly|Connection reset by peer"): 5,
}
Connection = psycopg.Connection[Any]


class Warehouse:
    """A database on the embedded server or on the one that `EVERGREEN_DATABASE_URL` names; both work alike.

    `admin` is the embedded server's superuser, or the user in the URL, who must own the database and may
    create roles. The other roles are `<database>_<role>`, with passwords that this home generated.
    """

    def __init__(self, address: Mapping[str, str], *, embedded: bool) -> None:
        self._address = {name: str(value) for name, value in address.items() if value is not None}
        self.embedded = embedded

    @classmethod
    def open(cls) -> Warehouse:
        """Return the warehouse of this process' settings, its server started if it is the embedded one.

        Raises:
            EvergreenError: the server does not start, or the existing one does not suit.
        """
        if settings().database_url:
            opened = cls(_parsed(), embedded=False)
            opened._check()
            return opened
        return cls._embedded(server.ensure_running())

    @classmethod
    @contextmanager
    def borrowed(cls) -> Iterator[Warehouse]:
        """Open the warehouse, and leave the embedded server as it was found: stopped if it was stopped."""
        if settings().database_url:
            yield cls.open()
            return
        with server.borrowed() as running:
            yield cls._embedded(running)

    @classmethod
    def _embedded(cls, running: server.Server) -> Warehouse:
        address = {
            "host": running.host,
            "port": str(running.port),
            "dbname": server.DATABASE,
            "user": cluster.ADMIN,
            "password": password("admin"),
        }
        return cls(address, embedded=True)

    @property
    def name(self) -> str:
        """The database's name, with which the roles' names begin."""
        return self._address["dbname"]

    @property
    def place(self) -> str:
        """Server and database for people: `host:port/database`, nothing secret."""
        return f"{self._address['host']}:{self._address['port']}/{self.name}"

    def role_name(self, role: Role) -> str:
        """Return what the server calls `role`."""
        return self._address["user"] if role == "admin" else f"{self.name}_{role}"

    def parameters(self, role: Role) -> dict[str, str]:
        """Return host, port, dbname, user and password for `role`."""
        own = {"user": self.role_name(role)}
        if role != "admin":
            own["password"] = password(role)
        known = self._address | own
        return {name: known.get(name, "") for name in ("host", "port", "dbname", "user", "password")}

    def environment(self, role: Role) -> dict[str, str]:
        """Return the variables by which PostgreSQL's own programs, and dbt's driver, get here as `role`.

        What the URL says besides is among them: a program that is not told of `sslmode` sends everything
        in the clear.
        """
        variables = {
            option.keyword.decode(): option.envvar.decode()
            for option in psycopg.pq.Conninfo.get_defaults()
            if option.envvar
        }
        known = self._extra() | self.parameters(role)
        return {variables[name]: value for name, value in known.items() if name in variables}

    def url(self, role: Role) -> str:
        """Return a `postgresql://` URL for `role`, password included."""
        return self._url(self.parameters(role))

    def connect(self, role: Role, **options: Any) -> Connection:
        """Connect as `role`; `options` go to `psycopg.connect`. An embedded server that died is restarted.

        Raises:
            EvergreenError: the server cannot be reached or refuses.
        """
        try:
            return self._connect(self.parameters(role), options)
        except EvergreenError:
            if not self.embedded or server.is_running():
                raise
        running = server.ensure_running()
        self._address |= {"host": running.host, "port": str(running.port)}
        return self._connect(self.parameters(role), options)

    def database(self, name: str, owner_role: str | None = None) -> str:
        """Return the URL of the helper database `name`, made on first use with an owner of its own.

        On an existing server its name, and its owner's, begin with the warehouse's name. The owner can
        connect to no other database of ours, and no other role to this one.

        Args:
            name: what it is for, such as "airflow" or "shop".
            owner_role: the owner's name before any prefix; default: `name`.

        Raises:
            EvergreenError: the user in `EVERGREEN_DATABASE_URL` may not create databases.
        """
        database, owner = self._helper(name), self._helper(owner_role or name)
        secret = password(owner_role or name)
        with self.connect("admin", autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(hashtext('evergreen database'))")
            ensure_login(connection, owner, secret)
            if not connection.execute("select from pg_database where datname = %s", [database]).rowcount:
                try:
                    connection.execute(
                        sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                            sql.Identifier(database), sql.Identifier(owner)
                        )
                    )
                except psycopg.errors.InsufficientPrivilege:
                    user = self.role_name("admin")
                    raise EvergreenError(
                        f"{self.place}: user {user} may not create the database {database}: "
                        f"ALTER ROLE {user} CREATEDB, or create it with owner {owner}"
                    ) from None
                connection.execute(
                    sql.SQL("revoke all on database {} from public").format(sql.Identifier(database))
                )
        return self._url(self._address | {"dbname": database, "user": owner, "password": secret})

    def has_database(self, name: str) -> bool:
        """Tell whether the helper database `name` was made."""
        with self.connect("admin") as connection:
            query = "select from pg_database where datname = %s"
            return bool(connection.execute(query, [self._helper(name)]).rowcount)

    def _helper(self, name: str) -> str:
        return name if self.embedded else f"{self.name}_{name}"

    def _url(self, parameters: Mapping[str, str]) -> str:
        host, query = parameters["host"], self._extra()
        if host.startswith("/"):  # a socket's folder
            query, host = {"host": host, **query}, ""
        elif ":" in host:
            host = f"[{host}]"
        login = quote(parameters["user"], safe="")
        if parameters.get("password"):
            login += ":" + quote(parameters["password"], safe="")
        end = f"?{urlencode(query, quote_via=quote)}" if query else ""
        return f"postgresql://{login}@{host}:{parameters['port']}/{quote(parameters['dbname'], safe='')}{end}"

    def _extra(self) -> dict[str, str]:
        """Return what the given URL says besides, such as sslmode; it holds for every role."""
        usual = {"host", "port", "dbname", "user", "password"}
        return {name: value for name, value in self._address.items() if name not in usual}

    def _connect(self, parameters: Mapping[str, str], options: Mapping[str, Any]) -> Connection:
        defaults = {"application_name": "evergreen", "connect_timeout": "10"}
        known = {name: value for name, value in parameters.items() if value}
        began = time.monotonic()
        while True:
            try:
                return psycopg.connect(**{**defaults, **self._extra(), **known, **options})
            except psycopg.OperationalError as error:
                patience = (seconds for reason, seconds in PATIENCE.items() if reason.search(str(error)))
                if time.monotonic() - began > next(patience, -1):
                    raise EvergreenError(self._refusal(str(error), parameters)) from None
            time.sleep(0.1)

    def _refusal(self, message: str, parameters: Mapping[str, str]) -> str:
        user = parameters["user"]
        ours = user != self._address["user"]
        source = f"{settings().home}/secrets.json" if self.embedded or ours else "EVERGREEN_DATABASE_URL"
        if "password authentication failed" in message or "no password supplied" in message:
            mend = f"correct it in {source}"
            if ours:
                mend = "run `evergreen run` to set it anew, or use the home that set it"
            return f"{self.place}: the server refuses user {user} with this password: {mend}"
        if "does not exist" in message and "database" in message:
            return (
                f"{self.place}: there is no database {parameters['dbname']}: create it, or correct {source}"
            )
        reason = " ".join(message.split()).rpartition("failed: ")[2].removeprefix("FATAL: ").strip()
        reason = reason.partition(" Is the server running")[0]
        if secret := parameters.get("password"):
            reason = reason.replace(secret, "…")
        return f"{self.place}: cannot connect as {user} ({reason}): is the server up, and {source} right?"

    def _check(self) -> None:
        """Check that an existing server suits: version, encoding, and what its user may do."""
        with self.connect("admin") as connection:
            row = connection.execute(
                """
                select current_setting('server_version_num')::int / 10000,
                       current_setting('server_encoding'),
                       pg_has_role(database.datdba, 'usage'),
                       (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
                from pg_database as database
                where database.datname = current_database()
                """
            ).fetchone()
        assert row
        version, encoding, owns, makes_roles = row
        user = self.role_name("admin")
        if version < LEAST_VERSION:
            raise EvergreenError(
                f"{self.place}: the server is PostgreSQL {version}: {LEAST_VERSION} or later is needed"
            )
        if len(self.name) > 50:
            raise EvergreenError(
                f"{self.place}: the database's name is part of the roles' names: shorten it to 50"
            )
        if encoding != "UTF8":
            raise EvergreenError(f"{self.place}: the encoding is {encoding}: create the database with UTF8")
        if not owns:
            raise EvergreenError(
                f"{self.place}: user {user} does not own it: ALTER DATABASE {self.name} OWNER TO {user}"
            )
        if not makes_roles:
            raise EvergreenError(
                f"{self.place}: user {user} may not create roles: ALTER ROLE {user} CREATEROLE"
            )


def ensure_login(connection: Connection, name: str, secret: str) -> None:
    """Make the login role `name` if need be and set its password, which never travels in the clear."""
    role = sql.Identifier(name)
    if not connection.execute("select from pg_roles where rolname = %s", [name]).rowcount:
        connection.execute(sql.SQL("create role {} login").format(role))
        if connection.execute("select current_setting('is_superuser')").fetchone() == ("off",):
            # who makes a role may grant it; acting in its name (owner, default privileges) has to be said
            grant = sql.SQL("grant {} to current_user with inherit true, set true")
            connection.execute(grant.format(role))
    hashed = connection.pgconn.encrypt_password(secret.encode(), name.encode(), b"scram-sha-256")
    connection.execute(sql.SQL("alter role {} login password {}").format(role, sql.Literal(hashed.decode())))


def _parsed() -> dict[str, str]:
    given = settings().database_url
    assert given
    text = given.get_secret_value()
    wanted = "EVERGREEN_DATABASE_URL: postgresql://USER:PASSWORD@HOST:PORT/DATABASE is expected"
    if not text.startswith(("postgresql://", "postgres://")):
        raise EvergreenError(wanted)
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(text).items() if value}
    except psycopg.ProgrammingError:
        raise EvergreenError(wanted) from None
    for needed in ("user", "dbname"):
        if needed not in parts:
            raise EvergreenError(f"{wanted}: {needed.upper().replace('DBNAME', 'DATABASE')} is missing")
    return {"host": "localhost", "port": "5432", **parts}
