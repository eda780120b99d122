"""Publish a coalition's social-media campaign: one plan, every platform, nothing twice, nothing lost."""
