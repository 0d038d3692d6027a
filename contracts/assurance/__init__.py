"""What is run against the contracts beyond the tests of every day, and the records of it."""
