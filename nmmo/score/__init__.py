"""Scoring: agents of strangers run safely, their matches, ratings with intervals, events and reports."""
