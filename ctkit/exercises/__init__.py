"""Exercises that know which mistake was made, and show it."""
