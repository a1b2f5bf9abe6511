"""The parts stacks are made of, one a file."""
