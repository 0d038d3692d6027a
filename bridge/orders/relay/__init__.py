"""The relay as a process: sequencing, funds, settlement, its API and its stream."""

__all__: list[str] = []
