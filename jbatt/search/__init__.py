"""Candidates: typed mutation of programs, enumeration of new ones, and the search that uses both."""
