"""Tests. A package, so that no dependency that installs a package of this name stands before it."""
