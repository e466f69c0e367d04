"""What WSGI calls the environment, from what ASGI calls the scope."""

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from banyan.web.answering import Environ
from banyan.web.bodies import Body

Scope = dict[str, Any]
_OF_THE_CONNECTION = {"content-length", "content-type", "transfer-encoding", "expect", "connection", "keep-alive"}


def headers_of(scope: Scope) -> dict[str, str]:
    """By name in lower case; what came several times is joined. A name with an underscore could pose as another's."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" not in name:
            found[name] = f"{found[name]}{'; ' if name == 'cookie' else ','}{value}" if name in found else value
    return found


def environ_of(scope: Scope, headers: dict[str, str], body: Body, length: int) -> Environ:
    """For a body that is here in full: its length is what came, whatever way it was sent."""
    server, port = scope.get("server") or ("localhost", 80)
    client, client_port = scope.get("client") or ("", 0)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        **{
            f"HTTP_{name.upper().replace('-', '_')}": value
            for name, value in headers.items()
            if name not in _OF_THE_CONNECTION
        },
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
