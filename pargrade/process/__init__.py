"""Child processes that never outlive us, and places at which a test may kill one."""
