"""The command line: the same engine as the windows, for one case or a script."""
