"""The site of a version that does not exist yet, whose database has had one more migration."""

from musicsite.settings import *  # noqa: F403

VERSION = "9.9.9"
MIGRATION_MODULES = {"jobs": "tests.upgrade.later"}
