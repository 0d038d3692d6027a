"""Scripts that Alembic runs, one for each version of the tables."""
