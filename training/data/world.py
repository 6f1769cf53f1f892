"""Chance, and the made-up values of the generated conversations: names, codes, dates, paths, numbers.

``World`` is a random generator that also knows which words it may use. Refuses to know conversations.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from . import words

T = TypeVar("T")

_ONSETS = ["b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kr", "l", "m", "n", "p", "pl", "qu", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "y", "z", "", ""]
_VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "y", "ai", "ea", "oo"]
_CODAS = ["", "", "", "", *["n", "r", "l", "s", "m", "x", "t", "k", "nd", "rt", "ck", "g", "th", "p", "sh"]]
_ENDINGS = ["ia", "o", "us", "or", "ix", "ify", "ton", "ville", "ex", "a", "er"]


class World(random.Random):
    """A source of chance over the training words, or over the held-out ones."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        super().__init__(seed)
        self.held_out = held_out
        self.first_names = self._part(words.FIRST_NAMES)
        self.last_names = self._part(words.LAST_NAMES)
        self.cities = self._part(words.CITIES)
        self.jobs = self._part(words.JOBS)
        self.foods = self._part(words.FOODS)
        self.hobbies = self._part(words.HOBBIES)
        self.nouns = self._part(words.NOUNS)
        self.items = self._part(words.ITEMS)
        self.verbs = self._part(tuple(words.VERBS))
        self.attributes = self._part(tuple(words.ATTRIBUTES))

    def _part(self, known: Sequence[str]) -> list[str]:
        return words.split(known, held_out=self.held_out)

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def weighted(self, options: Mapping[T, float]) -> T:
        return self.choices(list(options), list(options.values()))[0]

    def pick(self, *options: T) -> T:
        return self.choice(options)

    def familiar(self, options: Sequence[T]) -> T:
        """One of ``options``, the first ones more often: people ask most for what everybody knows."""
        return self.choices(options, [1 / (rank + 4) for rank in range(len(options))])[0]

    # -- words

    def pseudo(self, *, capital: bool | None = None, syllables: int = 0) -> str:
        """A word that does not exist."""
        count = syllables or self.pick(1, 2, 2, 2, 3)
        parts = [self.choice(_ONSETS) + self.choice(_VOWELS) + self.choice(_CODAS) for _ in range(count)]
        word = "".join(parts) + (self.choice(_ENDINGS) if self.chance(0.15) else "")
        if len(word) < 3:
            word += self.choice("nrlst") + self.choice("aeio")
        return word.capitalize() if capital or (capital is None and self.chance(0.5)) else word

    def first_name(self) -> str:
        return self.choice(self.first_names) if self.chance(0.6) else self.pseudo(capital=True)

    def last_name(self) -> str:
        return self.choice(self.last_names) if self.chance(0.5) else self.pseudo(capital=True)

    def name(self) -> str:
        return self.first_name() + (f" {self.last_name()}" if self.chance(0.3) else "")

    def city(self) -> str:
        return self.choice(self.cities) if self.chance(0.7) else self.pseudo(capital=True)

    def place(self) -> str:
        """A city, sometimes with what lies around it."""
        around = ("CA", "NY", "TX", "MA", "UK", "France", "Japan", "Germany", "Italy", "Spain")
        return self.city() + (f", {self.choice(around)}" if self.chance(0.06) else "")

    def noun(self) -> str:
        """A noun, in training sometimes one that does not exist: what is held out is new in any case."""
        if not self.held_out and self.chance(0.15):
            return self.pseudo(capital=False)
        return self.choice(self.nouns)

    def verb(self) -> str:
        """A verb, in training sometimes one that does not exist."""
        if not self.held_out and self.chance(0.2):
            return self.pseudo(capital=False)
        return self.choice(self.verbs)

    def thing(self) -> str:
        """Something with a proper name, by which a person might ask for it."""
        kind = self.random()
        if kind < 0.3:
            return self.pseudo(capital=True)
        if kind < 0.5:
            return f"{self.pseudo(capital=True)} {self.noun().capitalize()}"
        if kind < 0.65:
            return f"{self.choice(words.ADJECTIVES).capitalize()} {self.noun().capitalize()}"
        return self.name() if kind < 0.8 else self.city()

    # -- values

    def digits(self, count: int) -> str:
        return "".join(self.choice("0123456789") for _ in range(count))

    def letters(self, count: int, alphabet: str = string.ascii_uppercase) -> str:
        return "".join(self.choice(alphabet) for _ in range(count))

    def code(self) -> str:
        shape = self.pick("A-9", "A9", "9", "a_9", "A-9-A", "hex", "a-9", "A", "#9", "A9A", "word-9")
        if shape == "hex":
            return self.letters(self.randint(6, 8), "0123456789abcdef")
        if shape == "word-9":
            return f"{self.pseudo(capital=False)}-{self.digits(2)}"
        return "".join(self._code_part(part) for part in shape)

    def _code_part(self, part: str) -> str:
        if part == "A":
            return self.letters(self.randint(1, 4))
        if part == "a":
            return self.letters(self.randint(2, 5), string.ascii_lowercase)
        return self.digits(self.randint(2, 5)) if part == "9" else part

    def integer(self) -> int:
        top = self.weighted({20: 45, 100: 20, 999: 20, 99999: 10})
        value = self.randint(0, top)
        return -value if self.chance(0.05) else value

    def decimal(self) -> float:
        value = round(self.uniform(0, self.pick(1, 10, 100, 1000)), self.pick(1, 2, 2))
        return -value if self.chance(0.1) else value

    def number(self) -> int | float:
        return self.decimal() if self.chance(0.6) else self.integer()

    def date(self) -> str:
        year, month, day = self.randint(1990, 2031), self.randint(1, 12), self.randint(1, 28)
        name = words.MONTHS[month - 1]
        forms = (
            f"{year}-{month:02d}-{day:02d}", f"{year}-{month:02d}-{day:02d}", f"{name} {day}", f"{day} {name} {year}",
            f"{day:02d}/{month:02d}/{year}", self.choice(words.DAYS), f"{name} {year}",
            self.pick("today", "tomorrow", "next week", "yesterday", "tonight", "next Friday"),
        )  # fmt: skip
        return self.choice(forms)

    def time(self) -> str:
        minute = self.pick(0, 5, 10, 15, 20, 30, 45, 50)
        if self.chance(0.7):
            return f"{self.randint(0, 23):02d}:{minute:02d}"
        return f"{self.randint(1, 12)} {self.pick('am', 'pm')}" if self.chance(0.6) else self.pick("noon", "9:30 am")

    def email(self) -> str:
        user = self.first_name().lower() + (f".{self.last_name().lower()}" if self.chance(0.3) else "")
        return f"{user}@{self.pseudo(capital=False)}.{self.pick('com', 'org', 'net', 'io')}"

    def phone(self) -> str:
        return self.pick(f"{self.digits(3)}-{self.digits(4)}", f"+{self.digits(2)} {self.digits(7)}", f"555-{self.digits(4)}")

    def file(self) -> str:
        stem = self.pick("notes", "todo", "config", "main", "data", "report", "index", "app", "hello", "result")
        if self.chance(0.12):
            return self.pick("README.md", "Makefile", "package.json", "LICENSE", "hosts")
        stem = self.pseudo(capital=False) if self.chance(0.5) else stem
        return f"{stem}.{self.pick('txt', 'md', 'py', 'json', 'csv', 'log', 'yaml', 'rs', 'html', 'toml')}"

    def path(self) -> str:
        folder = self.pick("src", "docs", "data", "tests", "lib", self.pseudo(capital=False))
        root = self.pick("/tmp", "/etc", "/home", "/var/log", "/opt", f"/home/{self.pseudo(capital=False)}", f"/{folder}")
        return self.pick("", "", f"{folder}/", f"{root}/", f"{root}/", f"{root}/{folder}/") + self.file()

    def url(self) -> str:
        tail = self.pick("", "", f"/{self.pseudo(capital=False)}", f"/{self.pseudo(capital=False)}/{self.randint(1, 99)}")
        host = f"{self.pseudo(capital=False)}.{self.pick('com', 'org', 'net', 'io', 'dev')}"
        return self.pick("https://", "https://", "http://", "www.") + host + tail

    def query(self) -> str:
        """What somebody might search for."""
        thing = self.choice(words.THINGS)
        noun, adjective = self.noun(), self.choice(words.ADJECTIVES)
        forms = (
            thing, f"{adjective} {thing}", f"{thing} in {self.city()}", f"best {thing} near {self.city()}",
            f"history of {self.thing()}", f"how to make a {adjective} {noun}", f"{self.thing()} and {self.first_name()}",
            f"cheap {noun} for {self.first_name()}", f"latest news about {self.thing()}", f"{noun} repair in {self.city()}",
            " ".join(self.pseudo(capital=False) for _ in range(self.randint(1, 3))), f"{adjective} {noun} with {thing}",
            f"the {adjective} {noun} of {self.thing()}", f"opening hours of the {noun} in {self.city()}",
        )  # fmt: skip
        return self.choice(forms)

    def sentence(self) -> str:
        """A short message of a person."""
        noun, who = self.noun(), self.first_name()
        forms = (
            f"Hello {who}", f"See you at {self.time()}", f"The {noun} is ready", "I will be late", f"Please call {who}",
            f"Meet me in {self.city()}", f"Buy {self.choice(self.items)} and {self.choice(self.items)}",
            f"Happy birthday, {who}", f"The {self.choice(words.ADJECTIVES)} {noun} is broken", "hello world",
            f"{who} likes the {noun}", f"Bring the {noun} to {who}", f"Thanks for the {noun}", f"We meet on {self.date()}",
            f"Do not forget the {noun}", f"The code is {self.code()}", " ".join(self.pseudo(capital=False) for _ in range(3)),
        )  # fmt: skip
        return self.choice(forms)

    def any_text(self) -> str:
        makers = (self.city, self.name, self.code, self.pseudo, self.query, self.date, self.thing)
        return self.choice(makers)()

    def any_value(self) -> Any:
        return self.any_text() if self.chance(0.6) else self.number()


def listed(parts: Sequence[str], conjunction: str = "and") -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def article(word: str) -> str:
    """``word`` with its indefinite article."""
    return f"{'an' if word[0].lower() in 'aeiou' else 'a'} {word}"


def capital(text: str) -> str:
    """``text`` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]
