"""Scripts that Alembic runs, a folder for each file."""
