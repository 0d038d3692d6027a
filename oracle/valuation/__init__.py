"""The index method behind the protocol: lists of quotes in, figures of a report out."""
