"""What a quorum signs: prices that f+1 attest, the figures made of them, one report per slot."""

__all__ = ["attested", "common_report", "input_set", "line_price", "valuation"]
