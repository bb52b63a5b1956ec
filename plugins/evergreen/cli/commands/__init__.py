"""What `evergreen` understands, by subject; each command imports what it needs when it is called."""
