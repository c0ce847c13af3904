"""Tells people when a run needs them: composes messages, delivers them through Apprise, and remembers what was told.

What ended a run belongs to `defs`; this room is told it. It reads releases, and changes nothing in one.
"""
