"""What operators see: the admin, the dashboard with its charts, and how durations are written.

They steer through ``jobs.queue`` like everybody. Imports pages (for the delivery of files) and what it imports.
"""
