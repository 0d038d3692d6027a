"""One transfer as a person sees it: sent, followed over both chains, taken back, claimed."""

__all__ = ["forgeries", "listing", "outlook", "payable", "progress", "stage"]
