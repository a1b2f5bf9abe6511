"""Every row of the condition table, operation by operation."""
