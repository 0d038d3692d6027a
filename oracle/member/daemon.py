"""A committee node as a service: threads that drive it, and its API in the main thread."""

import logging
import os
import socket
import sys
from typing import Final

from oracle.member.api import create_api
from oracle.member.config import MemberConfig
from oracle.member.index_ledger import IndexLedger
from oracle.member.member import CommitteeNode
from oracle.node.daemon import listen_at
from oracle.transport.entry import MessageHttp
from pargrade.chain.endpoints import Endpoints
from pargrade.web import server as web

_log = logging.getLogger(__name__)

_LAST_STEP_S: Final = 1.0
"""How long what is under way may take to finish after SIGTERM."""


def open_ledger(config: MemberConfig) -> IndexLedger:
    """The index of a configuration. Raises BadConfig, RpcDown, WrongChain, DatabaseDown."""
    pace, chain = config.pace, config.chain
    endpoints = Endpoints(chain.rpc, chain.id, pace.rpc_timeout_ms / 1000)
    endpoints.check()
    return IndexLedger(endpoints, chain.index, config.load_key(), config.fees, config.data)


def run_member(config: MemberConfig) -> None:
    """Run a node until SIGTERM or SIGINT. Raises what CommitteeNode.open raises, and BadConfig."""
    with listen_at(config.path, config.host, config.port) as listening:
        ledger = open_ledger(config)
        member = CommitteeNode.open(config, ledger)
        with ledger.key.watching():
            serve(member, listening)


def serve(member: CommitteeNode, listening: socket.socket) -> None:
    """Run an open node in the main thread until SIGTERM or SIGINT, then close it."""
    server = web.make_server(create_api(member), MessageHttp)
    member.start()
    _log.info("%s answers at %s", member.config.name, member.config.url)
    try:
        server.run(sockets=[listening])
    finally:
        if not member.close(_LAST_STEP_S):
            # Nothing is lost: what was promised is on disk, and what was sent will be mined.
            sys.stdout.flush()
            logging.shutdown()
            os._exit(143)
