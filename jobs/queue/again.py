"""Keys of a WSGI environment by which the web server and the site speak of a request; no header has such a name."""

COUNTED = "musicsite.counted"  # as whose the request was counted: the id of a user, or an address
AGAIN = "musicsite.again"  # nobody has sent it anew: asked for those who wait, it counts towards no limit or figure
