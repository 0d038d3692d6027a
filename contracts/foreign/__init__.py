"""Contracts of others: their packages, fetched and checked, their code, and calls of it."""
