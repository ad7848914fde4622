"""What is done with a Volume: a Volume in, a Volume or a number out."""
