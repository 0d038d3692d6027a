"""Signatures of a quorum over one message, put together as the gate takes them. Pure."""

from collections.abc import Iterable

from pargrade.bindings.structs import Attestation, AttesterConfig
from pargrade.chain.keys import BadSignature, Signature, recover
from pargrade.gate.transfer import Crossing, End


class Tally:
    """Messages to one gate, and the signatures over each that count so far, by set position."""

    def __init__(
        self,
        destination: End,
        config: AttesterConfig,
        crossings: Iterable[Crossing],
        enough: int = 1,
    ) -> None:
        """`enough` is how many messages with a quorum end the counting."""
        self.destination = destination
        self.config = config
        self._crossings = {each.nonce: each for each in crossings}
        self._counted: dict[int, dict[int, Signature]] = {nonce: {} for nonce in self._crossings}
        self._missing = min(enough, len(self._crossings))

    @property
    def nonces(self) -> list[int]:
        """Of the messages, as they were given."""
        return list(self._crossings)

    @property
    def is_complete(self) -> bool:
        """Whether enough messages have a quorum."""
        return self._missing <= 0

    def add(self, nonce: int, signature: Signature) -> None:
        """Counts a signature if it is one of the set over that message, and still needed."""
        crossing, counted = self._crossings.get(nonce), self._counted.get(nonce)
        if crossing is None or counted is None or len(counted) >= self.config.threshold:
            return
        counted |= sort_signatures(crossing, self.destination, self.config, (signature,))
        if len(counted) == self.config.threshold:
            self._missing -= 1

    def signed(self, nonce: int) -> dict[int, Signature]:
        """What counts for a message, by set position; at most a quorum."""
        return self._counted[nonce]


def sort_signatures(
    crossing: Crossing, destination: End, config: AttesterConfig, given: Iterable[Signature]
) -> dict[int, Signature]:
    """The signatures that count, by set position: of this message, epoch and set alone."""
    digest = crossing.digest(destination, config.epoch)
    positions = {address: place for place, address in enumerate(config.attesters)}
    found: dict[int, Signature] = {}
    for signature in given:
        try:
            signer = recover(digest, signature)
        except BadSignature:
            continue
        if signer in positions:
            found[positions[signer]] = signature
    return found


def attestation_of(config: AttesterConfig, signed: dict[int, Signature]) -> Attestation | None:
    """As few signatures as the gate asks for, in order of position; None where there are fewer."""
    if len(signed) < config.threshold:
        return None
    chosen = sorted(signed)[: config.threshold]
    mask = sum(1 << position for position in chosen)
    compact = b"".join(signed[position].compact for position in chosen)
    return Attestation(config.epoch, mask, compact)
