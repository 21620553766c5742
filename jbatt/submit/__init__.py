"""Submissions: two ranked attempts for every test input of a data set, and the score of such a file."""
