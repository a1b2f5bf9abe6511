"""Settings as a model: read once from the environment, at import, and never again."""

import os
from typing import Self

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Subclass it with a field per variable; `table_name` is read from `TABLE_NAME`."""

    model_config = ConfigDict(frozen=True)

    boxoffice_environment: str = "local"

    @classmethod
    def from_environment(cls) -> Self:
        """Raises pydantic's ValidationError, naming each variable that is absent or unusable."""
        names = {name: name.upper() for name in cls.model_fields}
        return cls.model_validate(
            {
                name: os.environ[variable]
                for name, variable in names.items()
                if variable in os.environ
            }
        )
