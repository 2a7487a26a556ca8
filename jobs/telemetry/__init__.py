"""What the site tells those who watch it: logs, request ids, metrics, health, probes, counts, error reports.

Figures that operators look at in the admin are drawn in operators. Imports queue and what it imports; ``logs`` imports
nothing of ours, and everybody imports it.
"""
