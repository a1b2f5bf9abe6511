"""What the OpenAPI document says beyond what Powertools reads off the routes."""
