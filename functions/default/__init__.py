"""$default: answers client messages."""
