"""Messages over a NATS server with JetStream, for fleets; over HTTP wherever it does not reach."""

__all__ = ["assembly", "carriage", "link", "presence", "servers", "shares", "stream"]
