"""Prices seen at venues, as columns of integers and words."""
