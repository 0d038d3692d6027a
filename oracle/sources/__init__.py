"""One fetcher per kind of source; which venues are fetched is the venue table's affair."""
