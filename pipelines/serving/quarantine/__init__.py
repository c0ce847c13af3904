"""What a release set aside, by the money that waits in it, and what would heal it. Changes nothing in the release."""
