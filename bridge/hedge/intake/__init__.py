"""Where files and Prometheus servers are read from; everything else is pure."""
