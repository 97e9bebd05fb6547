"""What a command needs beyond the everyday installation."""

from importlib.util import find_spec

from micrographia.errors import MissingDependencyError

__all__ = ["need_training"]

_MODULES = ("torch", "lightning", "timm", "sklearn")


def need_training(purpose: str, modules: tuple[str, ...] = _MODULES, otherwise: str = "") -> None:
    """Make sure that what training needs is installed.

    Parameters
    ----------
    purpose : str
        What the command is about to do, as the beginning of the message.
    modules : tuple of str
        What it needs.
    otherwise : str
        What can be done without, as the end of the message.

    Raises
    ------
    MissingDependencyError
        If a module is missing; the message says how to get it.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            f"{purpose} needs {', '.join(missing)}; pip install 'micrographia[train]' brings "
            f"{'it' if len(missing) == 1 else 'them'}{otherwise}"
        )
