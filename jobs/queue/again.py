"""The mark of a question that nobody has sent anew: the web server asks it for those who wait (musicsite.waiting)."""

AGAIN = "musicsite.again"  # key of a WSGI environment; no header has such a name. It counts towards no limit or figure
