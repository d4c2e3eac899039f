"""What people are told by mail, and in which words."""
