"""Artifacts, storage layouts and typed Python bindings of the contracts."""
