"""How well the services of a route are: figures for Prometheus, and whether one is well."""

__all__ = ["api", "looks"]
