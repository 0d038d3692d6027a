"""Commands of who runs a relay, or audits one."""
