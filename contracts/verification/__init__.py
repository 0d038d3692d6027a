"""What explorers need to verify a deployment, and the check that they will make of it."""
