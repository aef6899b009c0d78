"""What the windows of the Slicer modules share: worker on a timer, packages at first use, pictures."""
