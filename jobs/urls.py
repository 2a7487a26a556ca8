from django.urls import path

from jobs import views
from jobs.accounts import logout_everywhere
from jobs.audio import track_file

urlpatterns = [
    path("", views.home, name="home"),
    path("music/", views.music, name="music"),
    path("library/", views.library, name="library"),
    path("accounts/logout_everywhere/", logout_everywhere, name="logout_everywhere"),
    path("accounts/signup/", views.sign_up, name="signup"),
    path("tracks/<uuid:pk>/", views.track, name="track"),
    path("tracks/<uuid:pk>/parts/<slug:part>", views.track_part, name="track_part"),
    path("tracks/<uuid:pk>/retry", views.retry, name="track_retry"),
    path("tracks/<uuid:pk>/cancel", views.cancel, name="track_cancel"),
    path("tracks/<uuid:pk>/delete", views.delete, name="track_delete"),
    path("tracks/<uuid:pk>/favourite", views.favourite, name="track_favourite"),
    path("tracks/<uuid:pk>/vary", views.vary, name="track_vary"),
    path("tracks/<uuid:pk>/dismiss", views.dismiss, name="track_dismiss"),
    path("tracks/<uuid:pk>/<slug:kind>", track_file, name="track_file"),
]
