"""The edge passes requests on as they are, and answers problem+json for itself."""
