"""Commands of who makes a market."""
