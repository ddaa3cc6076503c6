"""What can be read of a world, whether it is a ``World`` or one of several ``Worlds``."""

from nmmo.core._engine import Reader as WorldReader

__all__ = ["WorldReader"]
