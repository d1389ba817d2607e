"""The tests mirror the package; what several share is in `helpers`."""
