"""banyan serve"""

import socket
from pathlib import Path
from typing import Annotated

import typer

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.cli.output import DEFAULT_TENANT, people
from banyan.cli.worker import all_workers
from banyan.cli.working_in import open_database
from banyan.foundation.database import data_dir, keep_database_running
from banyan.foundation.limits import refuse_wrong_limits
from banyan.foundation.metrics_folder import empty_metrics_folder, remove_metrics_folder
from banyan.foundation.secret_key import keep_secret_key
from banyan.foundation.supervision import Child, Supervisor
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import all_tenants
from banyan.kernel.refusals import conflict

WEB_MODULE = "banyan.web.server"
METRICS_MODULE = "banyan.web.metrics_server"
LAST_PORT = 65535


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    web_processes: Annotated[int, typer.Option(min=1, help="Processes that answer requests.")] = 2,
    workers_inside: Annotated[
        int, typer.Option(min=0, help="Worker processes, and half as many for imports and exports; 0: they run apart.")
    ] = 1,
    metrics_host: Annotated[str, typer.Option(help="The address to show /metrics on.")] = "127.0.0.1",
    metrics_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port of /metrics, by default the one after --port; 0: none."),
    ] = None,
) -> None:
    """Serve console and API, and do jobs, until Ctrl-C."""
    refuse_wrong_limits()
    refuse_taken_port(host, port)
    if metrics_port:
        refuse_taken_port(metrics_host, metrics_port, "metrics_port")
    open_database()
    keep_secret_key(data_dir())
    if not all_tenants():
        create_tenant(DEFAULT_TENANT, "Default", (), set_up_tenant)
    folder = empty_metrics_folder(data_dir(), port)
    web = Child(WEB_MODULE, (host, str(port), str(web_processes), str(folder)))
    people.print(f"console  http://{host}:{port}/\nAPI      http://{host}:{port}/api/v1  (documented at /api/v1/docs)")
    numbers = _metrics_server(metrics_host, port + 1 if metrics_port is None else metrics_port, folder)
    people.print("Ctrl-C stops it")
    try:
        children = [web, *numbers, *all_workers(workers_inside)]
        healthy = Supervisor(children, keep_database_running).run()
    finally:
        remove_metrics_folder(folder)
    raise typer.Exit(0 if healthy else 1)


def _metrics_server(host: str, port: int, folder: Path) -> list[Child]:
    if not 0 < port <= LAST_PORT:
        return []
    people.print(f"metrics  http://{host}:{port}/metrics")
    return [Child(METRICS_MODULE, (host, str(port), str(folder)), essential=False)]


def refuse_taken_port(host: str, port: int, option: str = "port") -> None:
    """Say so before anything is started; a listener of ours that just ended is no reason."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            message = f"can't listen on {host}:{port}: {failure.strerror}; choose another --{option.replace('_', '-')}"
            raise conflict(option, "taken", message, "SYS-4", port) from failure
