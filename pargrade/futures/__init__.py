"""Futures as arithmetic: what a lot pays, what may be done now, signed orders, statements.

Values in, values out. Prices are USD per SCU with 8 decimals, quantities are lots of 0.01 SCU, and
every rounding favours who stays. `payoff` and `next_action` are functions of the modules of their
names.
"""

from typing import TYPE_CHECKING

from pargrade.face import face

if TYPE_CHECKING:
    from pargrade.futures.ladder import Rung as Rung
    from pargrade.futures.ladder import admits as admits
    from pargrade.futures.ladder import last_price as last_price
    from pargrade.futures.ladder import last_spans as last_spans
    from pargrade.futures.ladder import rung as rung
    from pargrade.futures.next_action import Action as Action
    from pargrade.futures.next_action import IndexView as IndexView
    from pargrade.futures.next_action import NextAction as NextAction
    from pargrade.futures.next_action import describe as describe
    from pargrade.futures.order import ANYONE as ANYONE
    from pargrade.futures.order import CANCELLED as CANCELLED
    from pargrade.futures.order import CLOSING as CLOSING
    from pargrade.futures.order import MOST_PERCENT as MOST_PERCENT
    from pargrade.futures.order import OPENING as OPENING
    from pargrade.futures.order import BadRoll as BadRoll
    from pargrade.futures.order import Lane as Lane
    from pargrade.futures.order import NotTradable as NotTradable
    from pargrade.futures.order import OrderOver as OrderOver
    from pargrade.futures.order import OutOfBand as OutOfBand
    from pargrade.futures.order import digest as digest
    from pargrade.futures.order import exchange_domain as exchange_domain
    from pargrade.futures.order import fee as fee
    from pargrade.futures.order import is_near as is_near
    from pargrade.futures.order import is_tradable as is_tradable
    from pargrade.futures.order import is_within as is_within
    from pargrade.futures.order import mask as mask
    from pargrade.futures.order import near_index as near_index
    from pargrade.futures.order import payment as payment
    from pargrade.futures.order import roll_of as roll_of
    from pargrade.futures.order import sign as sign
    from pargrade.futures.order import struct_hash as struct_hash
    from pargrade.futures.payoff import BadBand as BadBand
    from pargrade.futures.payoff import Band as Band
    from pargrade.futures.payoff import LongPayout as LongPayout
    from pargrade.futures.payoff import LotPayoff as LotPayoff
    from pargrade.futures.payoff import Settled as Settled
    from pargrade.futures.payoff import ShortPayout as ShortPayout
    from pargrade.futures.payoff import Style as Style
    from pargrade.futures.payoff import TooManyLots as TooManyLots
    from pargrade.futures.payoff import UnknownGrade as UnknownGrade
    from pargrade.futures.payoff import banded_payoff as banded_payoff
    from pargrade.futures.payoff import lot_value as lot_value
    from pargrade.futures.payoff import month_of as month_of
    from pargrade.futures.payoff import redeem_long as redeem_long
    from pargrade.futures.payoff import redeem_short as redeem_short
    from pargrade.futures.permission import Cancellation as Cancellation
    from pargrade.futures.permission import OperatorPermit as OperatorPermit
    from pargrade.futures.permission import TokenPermit as TokenPermit
    from pargrade.futures.permission import market_domain as market_domain
    from pargrade.futures.statement import BusinessDay as BusinessDay
    from pargrade.futures.statement import Figures as Figures
    from pargrade.futures.statement import Fix as Fix
    from pargrade.futures.statement import Span as Span
    from pargrade.futures.statement import Stretch as Stretch
    from pargrade.futures.statement import business_days as business_days
    from pargrade.futures.statement import digest_of as digest_of
    from pargrade.futures.statement import figures_of as figures_of
    from pargrade.futures.statement import figures_over as figures_over
    from pargrade.futures.statement import held_in as held_in

__getattr__, __dir__ = face(__name__)
