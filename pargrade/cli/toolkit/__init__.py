"""What all commands share: options, tables, JSON, errors, wallets."""
