"""Running a program of the user's, with all it starts, so that nothing of it outlives its job."""
