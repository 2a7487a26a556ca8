from django.urls import path

from jobs.pages.delivery import track_file
from jobs.pages.views import accounts, library, make, share, track

urlpatterns = [
    path("", make.home, name="home"),
    path("music/", make.music, name="music"),
    path("music/understood", make.understood, name="understood"),
    path("library/", library.library, name="library"),
    path("theme", accounts.theme, name="theme"),
    path("accounts/login/", accounts.LogIn.as_view(), name="login"),
    path("accounts/password_reset/", accounts.ResetPassword.as_view(), name="password_reset"),
    path("accounts/logout_everywhere/", accounts.logout_everywhere, name="logout_everywhere"),
    path("accounts/signup/", accounts.sign_up, name="signup"),
    path("tracks/cancel", track.cancel_all, name="tracks_cancel"),
    path("tracks/<uuid:pk>/", track.track, name="track"),
    path("tracks/<uuid:pk>/parts/<slug:part>", track.track_part, name="track_part"),
    path("tracks/<uuid:pk>/retry", track.retry, name="track_retry"),
    path("tracks/<uuid:pk>/cancel", track.cancel, name="track_cancel"),
    path("tracks/<uuid:pk>/delete", track.delete, name="track_delete"),
    path("tracks/<uuid:pk>/restore", track.restore, name="track_restore"),
    path("tracks/<uuid:pk>/purge", track.purge, name="track_purge"),
    path("tracks/<uuid:pk>/rename", track.rename, name="track_rename"),
    path("tracks/<uuid:pk>/favourite", track.favourite, name="track_favourite"),
    path("tracks/<uuid:pk>/share", share.share, name="track_share"),
    path("tracks/<uuid:pk>/unshare", share.unshare, name="track_unshare"),
    path("tracks/<uuid:pk>/vary", track.vary, name="track_vary"),
    path("tracks/<uuid:pk>/export", track.export, name="track_export"),
    path("tracks/<uuid:pk>/dismiss", track.dismiss, name="track_dismiss"),
    path("tracks/<uuid:pk>/<slug:kind>", track_file, name="track_file"),
    path("shared/<slug:token>/", share.shared, name="shared"),
    path("shared/<slug:token>/<slug:kind>", share.shared_file, name="shared_file"),
]
