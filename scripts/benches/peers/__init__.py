"""Contracts of others, driven through the same kind of action as ours."""
