"""What one GPU delivers, measured on the machine that has it."""

__all__ = ["kit"]
