"""Whole transactions in the steady state, measured by their receipts: one module per noun."""
