"""One file per page; each offers a ``VIEW``, and is found by walking this folder."""
