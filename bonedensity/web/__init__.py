"""The windows in a browser: the same workflows, served on this machine to this machine."""
