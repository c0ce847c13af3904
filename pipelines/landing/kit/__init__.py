"""What several connectors share: local formats, labels, value maps, settings, documents without ids."""
