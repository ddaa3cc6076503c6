"""Scoring: agents of strangers run safely, their matches, ratings with intervals, competitions and reports."""
