"""Every platform against its stand-in."""
