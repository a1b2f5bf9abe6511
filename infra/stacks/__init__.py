"""The stacks, one a file; each reads as a paragraph."""
