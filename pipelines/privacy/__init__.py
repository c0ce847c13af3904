"""Personal data: keyed pseudonyms, and the erasure of one person from everything that a home keeps."""
