"""Keys by one name everywhere: text, environment, file, keystore, a signer, or the chain's node."""

__all__ = ["node_account", "remote_signer", "signed_fields", "source"]
