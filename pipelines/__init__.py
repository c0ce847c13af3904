"""Tenure: the account-management warehouse. See README.md and docs/ for the rooms of this package."""
