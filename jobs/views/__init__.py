"""The pages, a module for each. What a job may do is the queue's affair; a view asks it and says what came of it."""
