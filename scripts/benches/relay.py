"""The order relay: what an order costs, from the socket to the disk, beside a straightforward one.

orders_s           orders per second of the server's processor time: HTTP in batches of 100, JSON,
                   verification, funds, matching, log synced to disk, signed receipts
orders_over_peer   the same of verification and matching alone over pydantic, eth_account and a
                   sorted list
match_us           placing an order with 100,000 resting, half of them crossing
match_over_peer    a sorted list's time over that
cancel_us          cancelling one of them
bytes_per_order    the log's file, for each order
fan_out_p99_ms     from a change to its arrival at 1,000 subscribers at 20 Hz: the 99th percentile
fan_out_us         processor time of a delivery
batch_p99_ms       a batch of 100 at half of the load measured first

python scripts/benches/relay.py [--json]
"""

import gc
import json
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.request import Request, urlopen

from relay_fan_out import fan_out_rows
from relay_peer import PeerBatch, PeerBook, is_signed
from rows import Row, report

from bridge.orders.book.book import Book, SeriesBook
from bridge.orders.book.entry import BookOrder, TimeInForce
from bridge.orders.funds.chain_state import MarketState
from bridge.orders.funds.means import Means, TokenMeans
from bridge.orders.log.store import LogStore
from bridge.orders.relay.api import RelayHttp, create_api, read_body, read_submissions
from bridge.orders.relay.rates import Rates
from bridge.orders.relay.relay import Relay
from bridge.orders.signed.listing import Listing, VenueRules
from bridge.orders.signed.order import NOBODY, SignedOrder
from bridge.orders.signed.signature import FastKey
from bridge.orders.signed.verification import Verifier
from bridge.orders.signed.way import ALL_WAYS
from pargrade.chain.hashing import Address, address_of
from pargrade.devnet.anvil import devnet_keys
from pargrade.futures.order import exchange_domain
from pargrade.web.server import listen, serve_beside

RESTING: Final = 100_000
FLOW: Final = 20_000
BATCHES: Final = 30
KEYS: Final = tuple(FastKey(bytes([number]) * 32) for number in range(1, 41))
STEP: Final = 1_000_000
