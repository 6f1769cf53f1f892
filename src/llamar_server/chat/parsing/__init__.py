"""The parts of the parser: how text is read, and how each thing in it becomes events.

``reader`` is at the bottom, ``turn`` and ``routed`` on top; ``chat.parser`` is the door.
"""
