"""What hedges led to: FOCUS rows for a team's bill, and figures for Prometheus."""

__all__ = ["figures", "fill", "fills_reader", "focus_rows"]
