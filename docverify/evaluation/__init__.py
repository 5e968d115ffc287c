"""Evaluation of readings and verdicts against labelled documents."""
