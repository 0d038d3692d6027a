"""Commands of routes between chains: for who sets them up, who attests, carries, sends, watches."""

__all__ = ["commands"]
