"""What people read: the summary, projected from the stream."""
