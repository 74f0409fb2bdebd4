"""What tests about people may ask for."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET
from tests.people.identity_provider import Provider, running_provider


@pytest.fixture(scope="session")
def provider_address() -> Iterator[str]:
    with running_provider() as address:
        yield address


@pytest.fixture
def provider(provider_address: str, settings: Settings) -> Provider:
    """The identity provider of this deployment, at which whoever comes is one subject."""
    settings.OIDC_ISSUER = provider_address
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.OIDC_NAME = "Politielogin"
    provider = Provider(provider_address)
    provider.knows()
    return provider
