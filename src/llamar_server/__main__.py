"""``python -m llamar_server`` is the command ``llamar``."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="llamar")
