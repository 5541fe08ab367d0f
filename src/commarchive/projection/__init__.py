"""What the gateway serves: filled by sync, read only as somebody."""
