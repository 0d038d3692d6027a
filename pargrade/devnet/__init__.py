"""A development chain, who acts on it, and what is deployed there."""
