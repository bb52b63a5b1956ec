"""Ways to the warehouse: the embedded server's and an existing one's, and what is said when there is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from evergreen import settings
from evergreen.errors import EvergreenError
from evergreen.orchestration import dbt
from evergreen.settings import password
from evergreen.warehouse import backup, connections, migrate, server
from evergreen.warehouse.connections import ROLES, Role, Warehouse

SECRET = "p@ss/w:rd %41"
QUOTED = "p%40ss%2Fw%3Ard%20%2541"


def use_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EVERGREEN_DATABASE_URL", url)
    settings.reset()


def refusal(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """Return what opening the warehouse at `url` says: one line, without the password."""
    use_url(monkeypatch, url)
    with pytest.raises(EvergreenError) as caught:
        Warehouse.open()
    message = str(caught.value)
    assert "\n" not in message
    assert SECRET not in message
    assert "p%40ss" not in message
    return message


@pytest.mark.parametrize("role", ROLES)
def test_url_and_parameters_lead_to_the_same_place(session_warehouse: Warehouse, role: Role) -> None:
    parameters = session_warehouse.parameters(role)

    assert set(parameters) == {"host", "port", "dbname", "user", "password"}
    assert conninfo_to_dict(session_warehouse.url(role)) == parameters
    with psycopg.connect(session_warehouse.url(role)) as connection:
        assert connection.execute("select current_user, session_user").fetchone() == (parameters["user"],) * 2
    with session_warehouse.connect(role, application_name="a test") as connection:
        assert connection.execute("show application_name").fetchone() == ("a test",)


def test_a_url_quotes_what_needs_it() -> None:
    address = {
        "host": "::1",
        "port": "5",
        "dbname": "a/b",
        "user": "u:v",
        "password": SECRET,
        "sslmode": "require",
    }
    warehouse = Warehouse(address, embedded=False)

    assert conninfo_to_dict(warehouse.url("admin")) == address
    assert warehouse.url("admin") == f"postgresql://u%3Av:{QUOTED}@[::1]:5/a%2Fb?sslmode=require"


def test_programs_are_told_what_the_url_says_besides() -> None:
    address = {"host": "db", "port": "5", "dbname": "crm", "user": "ann", "password": SECRET}
    asked = {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
        "options": "-c work_mem=8MB",
        "keepalives": "1",
    }
    warehouse = Warehouse(address | asked, embedded=False)

    known = {
        "PGHOST": "db",
        "PGPORT": "5",
        "PGDATABASE": "crm",
        "PGUSER": "ann",
        "PGPASSWORD": SECRET,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/etc/ca.pem",
        "PGOPTIONS": "-c work_mem=8MB",
    }
    assert warehouse.environment("admin") == known
    assert backup._environment(warehouse).items() >= known.items()


@pytest.mark.parametrize("role", ["reader", "transformer"])
def test_dbt_is_told_what_the_url_says_besides(session_warehouse: Warehouse, role: Role) -> None:
    warehouse = Warehouse(session_warehouse.parameters("admin") | {"sslmode": "disable"}, embedded=False)

    assert dbt.credentials(warehouse, role)["PGSSLMODE"] == "disable"


def test_a_socket_is_an_address_too() -> None:
    address = {"host": "/var/run/my postgres", "port": "5432", "dbname": "crm", "user": "ann"}

    assert conninfo_to_dict(Warehouse(address, embedded=False).url("admin")) == address


def test_helper_databases_are_made_once_and_closed_to_others(session_warehouse: Warehouse) -> None:
    url = session_warehouse.database("shop")

    assert session_warehouse.database("shop") == url
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists orders (order_id text)")
        row = connection.execute("select current_database(), current_user").fetchone()
    assert row == ("shop", "shop")
    for role in ROLES[1:]:
        for closed in ("shop", "postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(session_warehouse.url(role).rpartition("/")[0] + f"/{closed}")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url.rpartition("/")[0] + "/evergreen")


def test_an_existing_server_serves_the_same_way(
    use_home: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another home's server, of the oldest version that will do, under a user who is no superuser."""
    monkeypatch.setenv("EVERGREEN_POSTGRES_VERSION", "16")
    use_home("somebody else's")
    there = Warehouse.open()
    with there.connect("admin", autocommit=True) as admin:
        admin.execute(f"create role ann login createrole createdb password '{SECRET}'")
        admin.execute("create database crm owner ann")
    host = f"{there.parameters('admin')['host']}:{there.parameters('admin')['port']}"
    monkeypatch.delenv("EVERGREEN_POSTGRES_VERSION")
    home = use_home("ours")
    use_url(monkeypatch, f"postgresql://ann:{QUOTED}@{host}/crm")

    with Warehouse.borrowed() as warehouse:
        assert migrate.apply(warehouse)
        assert migrate.apply(warehouse) == []

    assert warehouse.name == "crm"
    assert warehouse.parameters("reader")["user"] == "crm_reader"
    with warehouse.connect("transformer") as transformer:
        transformer.execute("create table marts_1.orders as select 1 as orders")
        transformer.execute("create view marts.orders as select * from marts_1.orders")
    with warehouse.connect("reader") as reader:
        assert reader.execute("select orders from orders").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select from marts_1.orders")
    with psycopg.connect(warehouse.database("airflow")) as connection:
        row = connection.execute("select current_database(), current_user").fetchone()
    assert row == ("crm_airflow", "crm_airflow")
    # nothing of ours was started
    assert not server.is_running()
    assert not list(home.glob("postgres[0-9]*"))


def test_what_is_wrong_with_an_existing_server_is_said_in_one_line(
    session_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_warehouse.connect("admin", autocommit=True) as admin:
        admin.execute("drop role if exists bob")
        admin.execute(f"create role bob login password '{SECRET}'")
        admin.execute("create database bobs owner bob")
        admin.execute("create database others")
        latin = "encoding 'LATIN1' locale_provider libc locale 'C'"
        admin.execute(f"create database latin {latin} template template0")
    port = session_warehouse.parameters("admin")["port"]
    login = f"postgresql://bob:{QUOTED}@127.0.0.1:{port}"
    admins = f"postgresql://postgres:{password('admin')}@127.0.0.1:{port}"
    try:
        assert "ALTER ROLE bob CREATEROLE" in refusal(monkeypatch, f"{login}/bobs")
        assert "ALTER DATABASE others OWNER TO bob" in refusal(monkeypatch, f"{login}/others")
        assert "there is no database nowhere: create it" in refusal(monkeypatch, f"{login}/nowhere")
        assert "encoding is LATIN1" in refusal(monkeypatch, f"{admins}/latin")
        wrong = refusal(monkeypatch, f"postgresql://bob:p%40ss@127.0.0.1:{port}/bobs")
        assert "refuses user bob with this password: correct it in EVERGREEN_DATABASE_URL" in wrong
        missing = refusal(monkeypatch, f"postgresql://bob@127.0.0.1:{port}/bobs")
        assert "refuses user bob with this password" in missing
        monkeypatch.setattr(connections, "LEAST_VERSION", 99)
        too_old = refusal(monkeypatch, f"{admins}/evergreen")
        assert f"is PostgreSQL {settings.settings().postgres_version}: 99 or later" in too_old
    finally:
        with session_warehouse.connect("admin", autocommit=True) as admin:
            admin.execute("drop database bobs")
            admin.execute("drop database latin")
            admin.execute("drop database others")
            admin.execute("drop role bob")


def test_a_connection_that_is_broken_off_is_tried_again(session_warehouse: Warehouse) -> None:
    """A session that is killed takes along those that are just being opened."""
    parameters = session_warehouse.parameters("admin")
    with crashing(int(parameters["port"]), times=3) as port:
        there = Warehouse(parameters | {"port": str(port)}, embedded=False)
        with there.connect("admin") as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_not_for_long(session_warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", dict.fromkeys(connections.PATIENCE, 0.2))
    parameters = session_warehouse.parameters("admin")
    with crashing(int(parameters["port"]), times=1_000) as port:
        there = Warehouse(parameters | {"port": str(port)}, embedded=False)
        with pytest.raises(EvergreenError, match=r"cannot connect as postgres .*: is the server up"):
            there.connect("admin")


@contextmanager
def crashing(server_port: int, times: int) -> Iterator[int]:
    """Have a port that breaks off so many connections, and lets the next one through to the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as opened:

        def serve() -> None:
            with suppress(OSError):  # the listener goes when the test is over
                for _ in range(times):
                    listener.accept()[0].close()
                client = opened.enter_context(listener.accept()[0])
                there = opened.enter_context(socket.create_connection(("127.0.0.1", server_port)))
                threading.Thread(target=pump, args=(client, there), daemon=True).start()
                pump(there, client)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def pump(one: socket.socket, other: socket.socket) -> None:
    """Pass on what comes, until nothing does."""
    with suppress(OSError):
        while sent := one.recv(65_536):
            other.sendall(sent)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "postgresql://bob:SECRET@127.0.0.1:1/crm",
            "127.0.0.1:1/crm: cannot connect as bob",
        ),
        (
            "postgresql://bob:SECRET@no.such.host.invalid/crm",
            "no.such.host.invalid:5432/crm: ",
        ),
        ("mysql://bob:SECRET@host/crm", "EVERGREEN_DATABASE_URL: postgresql://USER"),
        ("postgresql://bob:SECRET@host", "DATABASE is missing"),
        ("postgresql:///crm", "USER is missing"),
        ("postgresql://bob:p%40ss%ZZ@host/crm", "EVERGREEN_DATABASE_URL: postgresql://USER"),
    ],
)
def test_a_url_that_leads_nowhere_is_said_in_one_line(
    session_home: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    try:
        assert said in refusal(monkeypatch, url.replace("SECRET", QUOTED))
    finally:
        monkeypatch.delenv("EVERGREEN_DATABASE_URL")
        settings.reset()
