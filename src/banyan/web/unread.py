"""Connections whose clients take nothing are ended by the operating system: the web server has no limit for them."""

import os
import socket

import psutil

from banyan.foundation.limits import MILLISECONDS


def end_unread_connections(seconds: int) -> None:
    """Of the sockets on which this process listens, every connection from now on that has not taken what was sent to it
    for so long; where the operating system can't (it is Linux that can), they last as long as their clients.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is None:
        return
    for connection in psutil.Process().net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN:
            with socket.socket(fileno=os.dup(connection.fd)) as listening:
                listening.setsockopt(socket.IPPROTO_TCP, option, seconds * MILLISECONDS)
