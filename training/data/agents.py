"""Coding agents: tools for files and commands, long system prompts, and what people ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .phrasing import mark, order
from .world import World

Step = tuple[str, str, dict[str, Any], str, str]

_NAMES: Final = (
    {"bash": "Bash", "read": "Read", "write": "Write", "list": "LS", "grep": "Grep", "glob": "Glob", "edit": "Edit"},
    {"bash": "bash", "read": "read", "write": "write", "list": "list", "grep": "grep", "glob": "glob", "edit": "edit"},
    {"bash": "shell", "read": "read_file", "write": "write_file", "list": "list_files", "grep": "search_files", "glob": "find_files", "edit": "edit_file"},
    {"bash": "run_command", "read": "view", "write": "create_file", "list": "list_directory", "grep": "grep_search", "glob": "glob", "edit": "replace"},
)  # fmt: skip
_ABOUT: Final = {
    "bash": "Executes a bash command|Run a shell command|Run a command in the terminal", "read": "Reads a file from the file system|Read a file",
    "write": "Writes a file|Write content to a file", "list": "Lists files in a directory|List a folder", "grep": "Search file contents|Search for a pattern in files",
    "glob": "Find files by pattern|Fast file pattern matching", "edit": "Replaces text in a file|Edit a file",
}  # fmt: skip
_RULES: Final = (
    "Keep your answers short.", "Never invent files.", "Use the tools that are given to you.", "Do not explain what you do.", "Follow the conventions of the project.",
    "Ask before you delete anything.", "Prefer small changes.", "Answer in the language of the user.", "Do not commit unless you are asked to.", "Use absolute paths.",
    "The user reads your answer in a terminal.", "Do not use emojis.", "Read a file before you change it.", "Run the tests after a change.", "Never print secrets.",
    "When a command fails, say so.", "Think about what the user wants.", "Do what was asked, nothing more.", "Write code that others can read.", "Stop when the task is done.",
)  # fmt: skip


def tool_specs(world: World) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The tools of one agent: their names by what they do, and their definitions."""
    names = dict(world.choice(_NAMES))
    file = world.pick("file_path", "path", "filePath", "file_path")
    fields: dict[str, dict[str, str]] = {
        "bash": {"command": "string", "description": "string"}, "read": {file: "string"}, "write": {file: "string", "content": "string"},
        "list": {"path": "string"}, "grep": {"pattern": "string", "path": "string"}, "glob": {"pattern": "string"},
        "edit": {file: "string", "old_string": "string", "new_string": "string"},
    }  # fmt: skip
    optional = {("bash", "description"), ("grep", "path")}
    kept = ["bash", "read", *world.sample(["write", "list", "grep", "glob", "edit"], world.randint(0, 5))]
    if world.chance(0.3):
        fields["bash"].pop("description")
    specs = []
    for kind in kept:
        properties = {name: {"type": type_} for name, type_ in fields[kind].items()}
        required = [name for name in properties if (kind, name) not in optional]
        function = {"name": names[kind], "description": world.choice(_ABOUT[kind].split("|")), "parameters": {"type": "object", "properties": properties, "required": required}}
        specs.append({"type": "function", "function": function})
    world.shuffle(specs)
    return {kind: names[kind] for kind in kept} | {"file": file}, specs


def system_prompt(world: World, sentences: int) -> str:
    """Instructions of an agent; most of it is of no use for the question."""
    parts = [world.pick("You are an agent that helps with code.", "You are a coding assistant.", f"You are {world.pseudo(capital=True)}, an interactive tool for software tasks.", "You are a helpful agent in a terminal.")]
    for _ in range(sentences):
        parts.append(world.choice(_RULES) if world.chance(0.6) else world.pick(
            f"Use {world.pseudo(capital=False)} for {world.noun()} files.", f"The {world.noun()} lives in {world.path()}.", f"If the {world.noun()} fails, tell {world.first_name()}.",
            f"# {world.noun().capitalize()}\n", f"- {world.choice(_RULES)}", f"<env>\nWorking directory: /home/{world.pseudo(capital=False)}\nPlatform: linux\n</env>",
            f"The {world.noun()} {world.code()} is owned by {world.name()}.", f"A {world.noun()} must never be longer than {world.randint(10, 200)} lines.",
        ))  # fmt: skip
    return world.pick(" ", "\n", "\n\n").join(parts)


def episode(world: World, names: dict[str, str]) -> Iterator[Step]:
    """Some requests: what is asked, the call, its result, the answer."""
    for _ in range(world.weighted({1: 50, 2: 30, 3: 20})):
        kinds = [kind for kind in names if kind != "file"]
        yield _STEPS[world.choice(kinds)](world, names)


def _bash(world: World, names: dict[str, str]) -> Step:
    folder = world.pick("/tmp", "src", "/var/log", f"/home/{world.pseudo(capital=False)}", world.pseudo(capital=False))
    output = world.pick(world.sentence(), world.code(), f"/home/{world.pseudo(capital=False)}", world.pseudo(), f"{world.file()}\n{world.file()}", "hello", str(world.integer()))
    command, ask = world.pick(
        (text := world.pick("ls -la", "pwd", "git status", f"cat {world.path()}", f"echo {world.sentence()}", f"python {world.path()}", f"wc -l {world.path()}", f"echo {world.pseudo(capital=False)}", "date", "make test", f"mkdir {world.pseudo(capital=False)}", f"grep {world.pseudo(capital=False)} {world.path()}"), ""),
        (f"ls {folder}", world.pick(f"list the files in {mark(folder)}", f"show what is in {mark(folder)}", f"list {mark(folder)} with the shell")),
        (f"python {(file := world.file())}", world.pick(f"run {mark(file)} with python", f"execute the script {mark(file)} with python")),
    )  # fmt: skip
    if not ask:
        quoted = mark(world.pick(f"`{text}`", f'"{text}"', f"`{text}`", text))
        ask = world.pick(f"run {quoted}", f"run the command {quoted}", f"execute {quoted}", f"run {quoted} in the terminal", f"type {quoted} in the shell", f"use the {names['bash']} tool to run {quoted}")
    return order(world, ask), names["bash"], {"command": command}, output, f"The output is: {output}"


def _read(world: World, names: dict[str, str]) -> Step:
    path, body = world.path(), world.sentence()
    ask = world.pick(f"read {mark(path)}", f"read the file {mark(path)}", f"open {mark(path)}", f"show me {mark(path)}", f"show the contents of {mark(path)}", f"look at {mark(path)}", f"tell me what {mark(path)} says", f"read {mark(path)} and tell me what it says", f"find out what is in {mark(path)}", f"print {mark(path)}")
    return order(world, ask), names["read"], {names["file"]: path}, body, f"{path} says: {body}"


def _write(world: World, names: dict[str, str]) -> Step:
    path, body = world.path(), world.sentence()
    ask = world.pick(f'write {mark(chr(34) + body + chr(34))} to {mark(path)}', f"create the file {mark(path)} with the text {mark(body)}", f"save {mark(chr(34) + body + chr(34))} in {mark(path)}", f"make a file {mark(path)} that says {mark(body)}")
    return order(world, ask), names["write"], {names["file"]: path, "content": body}, world.pick("ok", "File written."), f"I wrote the file {path}."


def _list(world: World, names: dict[str, str]) -> Step:
    folder, found = world.pick("src", "/tmp", "docs", f"/{world.pseudo(capital=False)}", world.pseudo(capital=False)), [world.file(), world.file()]
    ask = world.pick(f"list the directory {mark(folder)}", f"list the folder {mark(folder)}", f"which files are in the folder {mark(folder)}", f"show the folder {mark(folder)}")
    return order(world, ask), names["list"], {"path": folder}, "\n".join(found), f"The files are {found[0]} and {found[1]}."


def _grep(world: World, names: dict[str, str]) -> Step:
    word, found = world.pick("TODO", world.pseudo(capital=False), world.code()), world.file()
    ask = world.pick(f"search for {mark(word)} in the code", f"grep for {mark(word)}", f"find where {mark(word)} is used", f"which files contain {mark(word)}", f"look for {mark(word)} in all files")
    return order(world, ask), names["grep"], {"pattern": word}, f"{found}:{world.randint(1, 99)}: {word}", f"{word} is in {found}."


def _glob(world: World, names: dict[str, str]) -> Step:
    pattern, found = f"*.{world.pick('py', 'md', 'txt', 'json', 'rs')}", world.file()
    ask = world.pick(f"find all files that match {mark(pattern)}", f"find {mark(pattern)}", f"find files with the pattern {mark(pattern)}", f"glob {mark(pattern)}")
    return order(world, ask), names["glob"], {"pattern": pattern}, found, f"I found {found}."


def _edit(world: World, names: dict[str, str]) -> Step:
    path, old, new = world.path(), world.pseudo(capital=False), world.pseudo(capital=False)
    ask = world.pick(f"replace {mark(old)} with {mark(new)} in {mark(path)}", f"in {mark(path)}, change {mark(old)} to {mark(new)}", f"edit {mark(path)}: {mark(old)} becomes {mark(new)}", f"substitute {mark(old)} by {mark(new)} in the file {mark(path)}")
    return order(world, ask), names["edit"], {names["file"]: path, "old_string": old, "new_string": new}, "ok", f"I changed {path}."


_STEPS: Final = {"bash": _bash, "read": _read, "write": _write, "list": _list, "grep": _grep, "glob": _glob, "edit": _edit}
