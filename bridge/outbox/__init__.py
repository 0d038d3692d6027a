"""Transactions that are written down before they leave, and finished after any crash."""
