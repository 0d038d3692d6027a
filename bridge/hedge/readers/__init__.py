"""Readers of what teams already have: text or rows in, exact usage and named refusals out."""
