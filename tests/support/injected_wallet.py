"""A wallet in a browser's window (EIP-6963) that signs with a development chain's own keys.

What the page asks comes to Python, which refuses it as a person would, or passes it to the node.
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page

from pargrade.chain.errors import RpcRefused
from pargrade.chain.hashing import Address
from pargrade.devnet.anvil import DevChain

_UUID: Final = "350670db-19fa-4704-a166-e52e178b59d2"
_ICON: Final = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
_REFUSED: Final = (4001, "User rejected the request.")
_UNKNOWN_CHAIN: Final = (4902, "Unrecognized chain ID.")

_SCRIPT: Final = """
(() => {
  const listeners = {};
  const emit = (event, value) => (listeners[event] ?? []).forEach((each) => each(value));
  const provider = {
    async request({ method, params = [] }) {
      const reply = await window.askTestWallet(method, JSON.stringify(params));
      for (const [event, value] of reply.events) emit(event, value);
      if (reply.error) {
        throw Object.assign(new Error(reply.error[1]), { code: reply.error[0] });
      }
      return reply.result;
    },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
    removeListener(event, listener) {
      listeners[event] = (listeners[event] ?? []).filter((each) => each !== listener);
    },
  };
  window.emitFromTestWallet = emit;
  const info = Object.freeze(INFO);
  const announce = () => window.dispatchEvent(
    new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) })
  );
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


@dataclass
class InjectedWallet:
    """One account on some chains."""

    account: Address
    chains: dict[int, DevChain]
    chain_id: int
    name: str = "Test wallet"
    refuses: set[str] = field(default_factory=set)
    """Methods that its owner says no to."""
    unknown: set[int] = field(default_factory=set)
    """Chains that it has to be told of first."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """What the page wanted, in order."""
    sent: list[str] = field(default_factory=list)
    """Hashes of its transactions."""
    is_connected: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(self, context: BrowserContext) -> None:
        """Into every page that the context opens from now on."""
        info = {"uuid": _UUID, "rdns": "org.example.wallet", "name": self.name, "icon": _ICON}
        context.expose_function("askTestWallet", self._respond)
        context.add_init_script(_SCRIPT.replace("INFO", json.dumps(info)))

    def count(self, method: str) -> int:
        """How often the page asked for something."""
        return sum(asked == method for asked, _ in self.asked)

    def move_to(self, page: Page, chain_id: int) -> None:
        """Its owner changes the chain in the wallet itself."""
        self.chain_id = chain_id
        page.evaluate("chain => emitFromTestWallet('chainChanged', chain)", hex(chain_id))

    def change_account(self, page: Page, account: Address) -> None:
        """Its owner chooses another account there."""
        self.account = account
        page.evaluate("found => emitFromTestWallet('accountsChanged', [found])", account)

    def replace_last(self) -> None:
        """Its owner speeds the last transaction up into another one: nothing to oneself."""
        chain = self.chains[self.chain_id]
        nonce = chain.request("eth_getTransactionCount", self.account, "latest")
        price = hex(10**12)
        other = {"from": self.account, "to": self.account, "nonce": nonce, "gas": "0x5208"}
        chain.request("eth_sendTransaction", {**other, "gasPrice": price})

    def _respond(self, method: str, raw: str) -> dict[str, Any]:
        params = json.loads(raw)
        with self._lock:
            self.asked.append((method, params))
        events: list[tuple[str, Any]] = []
        try:
            result = self._do(method, params, events)
        except _Refusal as refusal:
            return {"events": events, "error": refusal.args[0]}
        except RpcRefused as refused:
            return {"events": events, "error": (-32_000, str(refused))}
        return {"events": events, "result": result}

    def _do(self, method: str, params: list[Any], events: list[tuple[str, Any]]) -> Any:
        if method in self.refuses:
            raise _Refusal(_REFUSED)
        chain = self.chains[self.chain_id]
        match method:
            case "eth_requestAccounts":
                self.is_connected = True
                return [self.account]
            case "eth_accounts":
                return [self.account] if self.is_connected else []
            case "eth_chainId":
                return hex(self.chain_id)
            case "wallet_switchEthereumChain" | "wallet_addEthereumChain":
                return self._switch(method, int(params[0]["chainId"], 16), events)
            case "wallet_revokePermissions":
                self.is_connected = False
                return None
            case "eth_signTypedData_v4":
                return chain.request(method, params[0], json.loads(params[1]))
            case "eth_sendTransaction":
                self.sent.append(chain.request(method, *params))
                return self.sent[-1]
            case _:
                raise _Refusal((4200, f"{method} is not supported"))

    def _switch(self, method: str, chain_id: int, events: list[tuple[str, Any]]) -> None:
        if method == "wallet_switchEthereumChain" and chain_id in self.unknown:
            raise _Refusal(_UNKNOWN_CHAIN)
        self.unknown.discard(chain_id)
        self.chain_id = chain_id
        events.append(("chainChanged", hex(chain_id)))


class _Refusal(Exception):
    """Code and message, as EIP-1193 has them."""
