"""User names that nobody can tell apart from another, or from nothing."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

pytestmark = pytest.mark.django_db
PASSWORDS = {"password1": "correct horse 9", "password2": "correct horse 9"}
UNSEEN = ["\u3164", "\u115f\u1160", "mina\u3164", "mi\u115fna", "\uffa0mina"]


@pytest.mark.parametrize("name", UNSEEN)
def test_nobody_signs_up_under_one(client: Client, name: str) -> None:
    response = client.post("/accounts/signup/", {"username": name, **PASSWORDS})
    assert list(response.context["form"].errors) == ["username"]
    assert not User.objects.exists()


def test_neither_staff_nor_a_command_makes_one(client: Client) -> None:
    client.force_login(User.objects.create_superuser("operator"))
    response = client.post("/admin/auth/user/add/", {"username": UNSEEN[2], "usable_password": "true", **PASSWORDS})
    assert "username" in response.context["adminform"].form.errors
    with pytest.raises((CommandError, ValidationError)):
        call_command("createsuperuser", interactive=False, username=UNSEEN[2], email="x@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", ["mina", "\ubbf8\ub098", "\u0645\u064a\u0646\u0627", "m.i+n-a_1@x"])
def test_other_names_are_taken(client: Client, name: str) -> None:
    assert client.post("/accounts/signup/", {"username": name, **PASSWORDS}).status_code == 302
    assert User.objects.get().username == name
