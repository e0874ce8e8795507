"""Each module is one kind of report: its parameters, and the facts that it gathers."""
