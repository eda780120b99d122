"""How we talk to platforms: one way to send, one way to say what became of it."""
