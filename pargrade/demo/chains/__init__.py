"""The demo over two chains: wrapped at home, traded and settled on the other, carried back."""

__all__ = ["stage", "story", "summary"]
