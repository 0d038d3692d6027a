"""`pargrade hedge`: a module for each command."""
