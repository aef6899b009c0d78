"""What the worker can do. A new task is one function here and one line in `registry`."""
