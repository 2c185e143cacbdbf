"""Plans and releases what is due."""
