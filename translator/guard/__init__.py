"""Whether a statement may run: `guard`, `Guard`."""

from translator.guard.access import AD_HOC, GOVERNED, Access
from translator.guard.guard import Guard, GuardReport, guard, refusal

__all__ = ["AD_HOC", "GOVERNED", "Access", "Guard", "GuardReport", "guard", "refusal"]
