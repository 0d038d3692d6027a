"""From the compiler's JSON to typed Python."""
