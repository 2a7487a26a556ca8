import pytest


@pytest.fixture(autouse=True)
def _clean_state() -> None:
    """Instead of the site's, of which the composer knows nothing."""
