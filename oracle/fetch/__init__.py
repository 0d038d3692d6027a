"""Asks venues over HTTP, within limits of size, time and pages."""
