"""Switches recovery off in the API that walks this package: the control, which shows that the audit can fail."""
