"""The embedded stack: Boxoffice whole on one machine, without Docker and without an account."""
