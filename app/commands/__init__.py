"""A command is one file: its ``command`` and the ``SECTION`` of the help that it stands in."""
