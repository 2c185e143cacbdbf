"""Who we are on AWS: the Region, and credentials as they are at the moment."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import botocore.session
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError, NoRegionError


@dataclass
class Identity:
    """Looked up at first use, since a SnapStart snapshot must not hold them; botocore renews them."""

    _found: Any = field(default=None, init=False)

    def credentials(self) -> ReadOnlyCredentials:
        """Raises NoCredentialsError."""
        self._found = self._found or self._session.get_credentials()
        if self._found is None:
            raise NoCredentialsError
        frozen: ReadOnlyCredentials = self._found.get_frozen_credentials()
        return frozen

    @cached_property
    def region(self) -> str:
        """Raises NoRegionError."""
        region = self._session.get_config_variable("region")
        if not region:
            raise NoRegionError
        return str(region)

    @cached_property
    def _session(self) -> botocore.session.Session:
        return botocore.session.get_session()
