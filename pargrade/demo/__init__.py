"""A whole delivery month in under a minute, on a chain and with processes of its own."""
