"""A night's numbers as one directory: its manifest, the atomic swap to it, history and the way back."""
