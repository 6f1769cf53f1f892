"""Stories of two hundred tokens and more: each stage has several sentences, so no two are alike."""

from __future__ import annotations

from typing import Final

from . import words
from .conversation import Conversation
from .phrasing import order
from .world import World, article, capital

_STAGES: Final = (
    ("{n} lived in a small house near the {place}.", "{n} lived at the edge of a wide {place}.", "{n} lived in a quiet {place} far away.", "The home of {n} was a little hut by the {place}."),
    ("Every morning {n} went for a walk and looked at the sky.", "Every day {n} dreamed of a great adventure.", "{n} was {mood} and loved to sing.", "{n} was known for being very {mood}."),
    ("One day {n} found a {thing} under a tree.", "One evening the wind brought a {thing} to the door.", "One night {n} saw a {thing} on the road.", "On a rainy day {n} pulled a {thing} out of the river."),
    ('"What is this?" asked {n}.', '"I wonder who lost it," said {n}.', "{n} had never seen anything like it.", "It was warm and it glowed a little."),
    ("Soon {n} met {other_a} called {m}.", "Behind the hill {n} came across {other_a} by the name of {m}.", "While {n} was thinking, {other_a} called {m} came by."),
    ('"That {thing} is mine," said {m}. "I lost it a long time ago."', '"I know that {thing}," said {m}. "It belongs to the queen of the {place}."', '"Take the {thing} to the top of the mountain," said {m}. "There you will learn what it is for."'),
    ("So they walked together through the {place} for three days.", "So they crossed a river and slept under the stars.", "They packed some {food} and set out at once."),
    ("It rained, and they were cold and hungry, but they did not give up.", "On the way they shared their {food} and told each other stories.", "When {n} was tired, {m} carried the bag."),
    ("At last they came to a great door, and the {thing} began to shine.", "In the end they found an old woman who smiled when she saw the {thing}.", "Finally they reached a tower that no one had entered for a hundred years."),
    ("The door opened, and behind it was a room full of light.", '"Thank you," said a friendly voice. "You have a kind heart."', "There they put the {thing} in its old place, and everything became bright."),
    ("{n} laughed, and {m} danced for joy.", "They had a big feast with music and {food}.", "All the animals of the {place} came to celebrate."),
    ("From that day on, {n} and {m} were best friends.", "{n} and {m} went home together and stayed friends for ever.", "Since then {n} and {m} have never been apart."),
)  # fmt: skip
_HEROES: Final = ("robot", "wizard", "princess", "pirate", "king", "sailor", "painter", "dragon", "llama", "baker", "knight", "astronaut", "farmer", "child")


def story_turn(world: World, chat: Conversation) -> None:
    """A request for a story, and the story."""
    hero = world.pick(world.choice(words.ANIMALS), world.choice(words.ANIMALS), world.choice(_HEROES), world.noun())
    name = world.choice(world.first_names)  # what a model makes up itself must be words that it knows
    core = world.pick(f"tell me a story about {article(hero)}", f"write a story about {article(hero)}", f"tell a short story about {article(hero)}", f"write a long story about {article(hero)}", f"make up a story about {article(hero)}", f"tell me a bedtime story about {article(hero)}")
    if world.chance(0.3):
        name = world.pick(world.first_name(), world.pseudo(capital=True, syllables=2))
        core += world.pick(f" named {name}", f" called {name}")
    elif world.chance(0.3):
        core = world.pick("tell me a story", "write a story", "tell me a long story", "write a story about anything", "I want to hear a story", "make up a story")
        hero, name = "fox", "Nina"
    chat.user(order(world, core) if not core.startswith("I ") else f"{core}.")
    chat.answer(_told(world, hero, name), f"I will tell a story about {article(hero)}.")
    chat.skill = chat.skill or "story"


def _told(world: World, hero: str, name: str) -> str:
    friend = world.choice([each for each in words.FIRST_NAMES[:60] if each != name])
    places = {
        "{n}": name, "{m}": friend, "{place}": world.pick("forest", "village", "garden", "valley", "harbor", "island", "desert"),
        "{thing}": world.pick("golden key", "red lamp", "silver ring", "magic book", "tiny box", "blue stone", "lost letter", "glass ball"),
        "{other_a}": article(world.choice([each for each in words.ANIMALS[:30] if each != hero])), "{mood}": world.pick("brave", "gentle", "curious", "clever", "friendly"),
        "{food}": world.pick("bread", "soup", "cake", "apples", "cheese"),
    }  # fmt: skip
    sentences = [world.pick(f"Once upon a time there was {article(hero)} named {name}.", f"There once was {article(hero)} whose name was {name}.")]
    for stage in _STAGES:
        sentence = world.choice(stage)
        for place, word in places.items():
            sentence = sentence.replace(place, word)
        sentences.append(capital(sentence))
    return " ".join([*sentences, "The end."])
