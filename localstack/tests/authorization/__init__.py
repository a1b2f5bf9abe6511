"""Who may do what to whose things: every route of every domain, in every role."""
