"""LocalStack for Boxoffice: as it comes in its image, or as a process of this machine."""
