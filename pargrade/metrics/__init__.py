"""Figures of a running service for Prometheus, read when they are asked for."""

__all__ = ["families", "page"]
