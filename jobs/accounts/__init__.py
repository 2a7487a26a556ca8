"""Who somebody is and how often they may try: the log-in back-end, the throttle, invitations, sessions,
changes of the e-mail address, the export of all data, and what goes with an account.

The pages of an account belong to pages. Imports queue, storage and models.
"""
