"""Keys by one name everywhere: text, environment, file, keystore, or an external signer."""

__all__ = ["remote_signer", "source"]
