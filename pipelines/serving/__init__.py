"""The one door to a release for our own code: a locked, read-only connection, and who may see which rows.

`release` opens a warehouse, `principal` says whose eyes are looking, `query` answers `tenure sql`. Nothing here draws,
and nothing outside this room connects to a published warehouse.
"""
