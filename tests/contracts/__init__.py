"""What services rely on of each other: one set of tests for each real service and for the fakes of it."""
